/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/report.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "report/figures.h"

#define SUMMARY \
    "{\n  \"scenario\": \"demo\",\n  \"seed\": 18446744073709551615,\n  \"until_s\": 100\n}\n"
#define SERIES_HEAD "t_s,metric,key,value\n0,bin_s,,0.5\n"
#define REQUESTS_HEAD                                                                          \
    "id,t_s,t_pick_s,client,node,service,pod,ip,outcome,attempts,latency_s,pod_state,stale_s," \
    "stage,cause\n"

/* One pod replaces another at 40 s; one request is lost at 41.25 s. */
static const char rollout[] = SERIES_HEAD
    "0,pod_image,old,demo:v1\n0,pod_owner,old,rs-1\n0,pod_state,old,ready\n"
    "1,requests,ok,3\n"
    "40,timeline,set image deployment/demo,0\n"
    "40,pod_image,new,demo:v2\n40,pod_owner,new,rs-2\n40,pod_state,new,pending\n"
    "40.5,pod_state,new,starting\n40.75,pod_state,new,ready\n"
    "41,connections,old,4\n41,connections_failed,old,1\n41,pod_state,old,terminating\n"
    "41,pod_state,old,stopped\n41,requests,ok,3\n41,requests,refused,1\n41.5,pod_state,old,gone\n";
static const char one_loss[] = REQUESTS_HEAD
    "1,41.2,41.25,c,node-1,default/demo,old,10.0.0.1,refused,1,0.001,stopped,0.25,proxy_wait,"
    "rollout\n";

struct fixture {
    char folder[256];
    struct report_result result;
    struct error err;
};

static void write_file(const struct fixture *f, const char *name, const char *text)
{
    char path[400];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", f->folder, name);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* A new result folder with these files; NULL: without. */
static void set_up(struct fixture *f, const char *summary, const char *series, const char *requests)
{
    const char *parent = getenv("TMPDIR");

    snprintf(f->folder, sizeof f->folder, "%s/report.XXXXXX", parent != NULL ? parent : "/tmp");
    assert_non_null(mkdtemp(f->folder));
    if (summary != NULL)
        write_file(f, "summary.json", summary);
    if (series != NULL)
        write_file(f, "timeseries.csv", series);
    if (requests != NULL)
        write_file(f, "requests.csv", requests);
}

static void tear_down(const struct fixture *f)
{
    static const char *const files[] = {"summary.json", "timeseries.csv", "requests.csv",
                                        "traffic.csv",  "changes.csv",    "propagation.csv",
                                        "report.html"};
    static const char *const endings[] = {"dat", "gp", "txt"};
    char path[400];

    for (size_t i = 0; i < EP_COUNT_OF(files); i++) {
        snprintf(path, sizeof path, "%s/%s", f->folder, files[i]);
        (void)remove(path);
    }
    for (uint32_t i = 0; figures_name(i) != NULL; i++) {
        for (size_t k = 0; k < EP_COUNT_OF(endings); k++) {
            snprintf(path, sizeof path, "%s/plots/%s.%s", f->folder, figures_name(i), endings[k]);
            (void)remove(path);
        }
    }
    snprintf(path, sizeof path, "%s/plots", f->folder);
    (void)remove(path);
    assert_int_equal(rmdir(f->folder), 0);
}

static enum status draw(struct fixture *f)
{
    const struct report_options options = {.has_no_images = true};

    return report_draw(f->folder, &options, &f->result, &f->err);
}

/* The text of a file; the caller's to free. */
static char *read_file(const struct fixture *f, const char *name)
{
    char path[400];
    char *text = calloc(1, 1 << 20);
    FILE *file;

    snprintf(path, sizeof path, "%s/plots/%s", f->folder, name);
    file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
    fclose(file);
    return text;
}

static void expect_text(const struct fixture *f, const char *name, const char *part)
{
    char *text = read_file(f, name);

    if (strstr(text, part) == NULL)
        fail_msg("%s lacks \"%s\":\n%s", name, part, text);
    free(text);
}

static void expect_no_text(const struct fixture *f, const char *name, const char *part)
{
    char *text = read_file(f, name);

    if (strstr(text, part) != NULL)
        fail_msg("%s holds \"%s\":\n%s", name, part, text);
    free(text);
}

static void test_states_become_boxes_that_follow_each_other(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, SUMMARY, rollout, one_loss);
    assert_int_equal(draw(&f), STATUS_OK);
    assert_int_equal(f.result.figure_count, 2);
    expect_text(&f, "rollout-timeline.dat", "# ready\n0 41 ");
    expect_text(&f, "rollout-timeline.dat", "\n40.75 100 ");
    expect_text(&f, "rollout-timeline.dat", "# pending\n40 40.5 ");
    expect_text(&f, "rollout-timeline.dat", "# stopped\n41 41.5 ");
    expect_no_text(&f, "rollout-timeline.dat", "# unready");
    tear_down(&f);
}

static void test_lost_requests_are_marked_at_the_instant_of_their_pick(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, SUMMARY, rollout, one_loss);
    assert_int_equal(draw(&f), STATUS_OK);
    expect_text(&f, "rollout-timeline.dat", "# lost\n41.25 ");
    tear_down(&f);
}

static void test_without_rows_of_requests_losses_are_marked_in_the_middle_of_their_bin(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, SUMMARY, rollout, NULL);
    assert_int_equal(draw(&f), STATUS_OK);
    expect_text(&f, "rollout-timeline.dat", "# lost\n41.25 ");
    expect_text(&f, "rollout-timeline.dat", "# connections\n41 41.5 ");
    tear_down(&f);
}

static void test_quiet_parts_are_cut_off_and_the_figure_says_so(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, SUMMARY, rollout, one_loss);
    assert_int_equal(draw(&f), STATUS_OK);
    expect_text(&f, "rollout-timeline.gp", "set xrange [39:43]");
    expect_text(&f, "rollout-timeline.gp", "the run is 0 to 100 s, quiet outside this part");
    expect_text(&f, "requests-by-outcome.gp", "set xrange [39:43]");
    expect_text(&f, "rollout-timeline.txt", "39 s to 43 s of 0 s to 100 s");
    tear_down(&f);
}

static void test_run_without_an_event_is_drawn_whole(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, SUMMARY, SERIES_HEAD "0,pod_state,p,ready\n0,requests,ok,5\n", REQUESTS_HEAD);
    assert_int_equal(draw(&f), STATUS_OK);
    expect_text(&f, "rollout-timeline.gp", "set xrange [0:100]");
    expect_no_text(&f, "rollout-timeline.gp", "quiet outside");
    expect_text(&f, "requests-by-outcome.gp", "no request was lost");
    tear_down(&f);
}

static void test_captions_name_the_seed_exactly_and_the_number_of_requests(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, SUMMARY, rollout, one_loss);
    assert_int_equal(draw(&f), STATUS_OK);
    expect_text(&f, "rollout-timeline.txt",
                "Scenario demo, seed 18446744073709551615, n = 7 requests, 1 of them lost.");
    tear_down(&f);
}

static void test_names_cannot_break_out_of_the_script(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, SUMMARY,
           SERIES_HEAD "0,pod_state,it's `date` {/Bold x}_y,ready\n"
                       "5,timeline,\"a', system('x'), 'b\",0\n0,requests,ok,1\n",
           NULL);
    assert_int_equal(draw(&f), STATUS_OK);
    expect_text(&f, "rollout-timeline.gp", "set label 'it''s `date` {/Bold x}_y'");
    expect_text(&f, "rollout-timeline.gp", "set label 'a'', system(''x''), ''b at 5 s'");
    expect_text(&f, "rollout-timeline.gp", "noenhanced");
    tear_down(&f);
}

static void test_bytes_do_not_depend_on_the_folder(void **state)
{
    static const char *const names[] = {
        "rollout-timeline.gp",    "rollout-timeline.dat",    "rollout-timeline.txt",
        "requests-by-outcome.gp", "requests-by-outcome.dat", "requests-by-outcome.txt",
    };
    struct fixture a;
    struct fixture b;

    (void)state;
    set_up(&a, SUMMARY, rollout, one_loss);
    set_up(&b, SUMMARY, rollout, one_loss);
    assert_int_equal(draw(&a), STATUS_OK);
    assert_int_equal(draw(&b), STATUS_OK);
    for (size_t i = 0; i < EP_COUNT_OF(names); i++) {
        char *left = read_file(&a, names[i]);
        char *right = read_file(&b, names[i]);

        assert_string_equal(left, right);
        assert_null(strstr(left, a.folder));
        free(left);
        free(right);
    }
    tear_down(&a);
    tear_down(&b);
}

static void test_of_many_pods_those_that_lost_requests_are_drawn_and_the_caption_says_so(
    void **state)
{
    struct fixture f;
    char series[8192] = SERIES_HEAD;
    size_t used = strlen(series);

    (void)state;
    for (int pod = 0; pod < 100; pod++)
        used +=
            (size_t)snprintf(series + used, sizeof series - used, "0,pod_state,p%02d,ready\n", pod);
    snprintf(series + used, sizeof series - used,
             "7,connections,p99,2\n7,connections_failed,p99,1\n");
    set_up(&f, SUMMARY, series, NULL);
    assert_int_equal(draw(&f), STATUS_OK);
    expect_text(&f, "rollout-timeline.gp", "'p99'");
    expect_text(&f, "rollout-timeline.gp", "'p58'");
    expect_no_text(&f, "rollout-timeline.gp", "'p59'");
    expect_text(&f, "rollout-timeline.txt", "Of 100 pods, at most 60 are drawn");
    tear_down(&f);
}

static void test_outcomes_are_stacked_and_only_those_that_occurred_have_a_block(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, SUMMARY,
           SERIES_HEAD
           "0,pod_state,p,ready\n0,requests,ok,8\n0,requests,refused,2\n0,requests,reset,1\n",
           NULL);
    assert_int_equal(draw(&f), STATUS_OK);
    expect_text(&f, "requests-by-outcome.dat", "# all_ok\n0 0.5 0 16\n");
    expect_text(&f, "requests-by-outcome.dat", "# all_lost\n0 0.5 16 22\n");
    expect_text(&f, "requests-by-outcome.dat", "# refused\n0 0.5 0 2\n");
    expect_text(&f, "requests-by-outcome.dat", "# reset\n0 0.5 2 3\n");
    expect_no_text(&f, "requests-by-outcome.dat", "# timeout");
    tear_down(&f);
}

/* A quote within 'text' would end it: every line of a script holds an even number. */
static void test_quotes_of_every_outcome_are_balanced(void **state)
{
    static const char *const outcomes[] = {"ok",    "refused",      "timeout",
                                           "reset", "no_endpoints", "overload",
                                           "error", "dns",          "deadline"};
    struct fixture f;
    char series[2048] = SERIES_HEAD;
    char *script;

    (void)state;
    for (size_t i = 0; i < EP_COUNT_OF(outcomes); i++)
        snprintf(series + strlen(series), sizeof series - strlen(series), "0,requests,%s,1\n",
                 outcomes[i]);
    set_up(&f, SUMMARY, series, NULL);
    assert_int_equal(draw(&f), STATUS_OK);
    script = read_file(&f, "requests-by-outcome.gp");
    for (const char *line = script; *line != '\0'; line += strcspn(line, "\n") + 1) {
        size_t quotes = 0;

        for (const char *at = line; *at != '\n' && *line != '#'; at++)
            quotes += *at == '\'';
        if (quotes % 2 != 0)
            fail_msg("odd number of quotes: %.200s", line);
    }
    free(script);
    tear_down(&f);
}

static void test_requests_in_flight_are_counted_and_the_warm_up_is_marked(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f,
           "{\"scenario\": \"demo\", \"seed\": 1, \"until_s\": 100, \"warmup_s\": 20.5,\n"
           "\"requests\": {\"in_flight\": 3}}\n",
           SERIES_HEAD "0,pod_state,p,ready\n25,requests,ok,5\n", REQUESTS_HEAD);
    assert_int_equal(draw(&f), STATUS_OK);
    expect_text(&f, "requests-by-outcome.txt", "n = 8 requests, 0 of them lost");
    expect_text(&f, "requests-by-outcome.gp", "from graph 0, graph 0 to first 20.5, graph 1");
    tear_down(&f);
}

static void test_what_is_no_result_is_refused_by_the_file_that_is_wrong(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, NULL, NULL, NULL);
    assert_int_equal(draw(&f), STATUS_IO);
    assert_non_null(strstr(f.err.text, "summary.json: No such file"));
    write_file(&f, "summary.json", "{\"scenario\": 1");
    assert_int_equal(draw(&f), STATUS_INVALID);
    assert_non_null(strstr(f.err.text, "summary.json:1:"));
    write_file(&f, "summary.json", SUMMARY);
    assert_int_equal(draw(&f), STATUS_IO);
    assert_non_null(strstr(f.err.text, "timeseries.csv: No such file"));
    write_file(&f, "timeseries.csv", "t_s,metric,key\n");
    assert_int_equal(draw(&f), STATUS_INVALID);
    assert_non_null(strstr(f.err.text, "timeseries.csv:1: no column value"));
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states_become_boxes_that_follow_each_other),
        cmocka_unit_test(test_lost_requests_are_marked_at_the_instant_of_their_pick),
        cmocka_unit_test(
            test_without_rows_of_requests_losses_are_marked_in_the_middle_of_their_bin),
        cmocka_unit_test(test_quiet_parts_are_cut_off_and_the_figure_says_so),
        cmocka_unit_test(test_run_without_an_event_is_drawn_whole),
        cmocka_unit_test(test_captions_name_the_seed_exactly_and_the_number_of_requests),
        cmocka_unit_test(test_names_cannot_break_out_of_the_script),
        cmocka_unit_test(test_bytes_do_not_depend_on_the_folder),
        cmocka_unit_test(
            test_of_many_pods_those_that_lost_requests_are_drawn_and_the_caption_says_so),
        cmocka_unit_test(test_outcomes_are_stacked_and_only_those_that_occurred_have_a_block),
        cmocka_unit_test(test_quotes_of_every_outcome_are_balanced),
        cmocka_unit_test(test_requests_in_flight_are_counted_and_the_warm_up_is_marked),
        cmocka_unit_test(test_what_is_no_result_is_refused_by_the_file_that_is_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
