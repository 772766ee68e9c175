/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/gnuplot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* A folder with a made-up gnuplot: a shell script. */
struct fixture {
    char folder[200];
    char program[300];
};

static void set_up(struct fixture *f, const char *script)
{
    const char *parent = getenv("TMPDIR");
    FILE *file;

    snprintf(f->folder, sizeof f->folder, "%s/gnuplot.XXXXXX", parent != NULL ? parent : "/tmp");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->program, sizeof f->program, "%s/gnuplot", f->folder);
    file = fopen(f->program, "w");
    assert_non_null(file);
    fprintf(file, "#!/bin/sh\n%s\n", script);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(f->program, 0755), 0);
}

static void tear_down(const struct fixture *f)
{
    char made[300];

    snprintf(made, sizeof made, "%s/made", f->folder);
    (void)unlink(made);
    unlink(f->program);
    assert_int_equal(rmdir(f->folder), 0);
}

static bool run(const struct fixture *f, int timeout_s, char message[200])
{
    static const char *const scripts[] = {"x.gp"};
    const struct gnuplot_job job = {.path = f->program,
                                    .folder = f->folder,
                                    .scripts = scripts,
                                    .script_count = 1,
                                    .timeout_s = timeout_s};

    return gnuplot_run(&job, message, 200);
}

static void test_runs_in_the_folder_on_the_script(void **state)
{
    struct fixture f;
    char message[200];
    char made[300];

    (void)state;
    set_up(&f, "[ \"$1 $2\" = '-d x.gp' ] && echo > made");
    assert_true(run(&f, 20, message));
    snprintf(made, sizeof made, "%s/made", f.folder);
    assert_int_equal(access(made, F_OK), 0);
    tear_down(&f);
}

static void test_failure_is_told_in_its_own_words_on_one_line(void **state)
{
    struct fixture f;
    char message[200];

    (void)state;
    set_up(&f, "echo 'line 3: no such' >&2; echo 'thing' >&2; exit 1");
    assert_false(run(&f, 20, message));
    assert_string_equal(message, "x.gp: line 3: no such thing ");
    tear_down(&f);
}

static void test_one_that_hangs_is_killed(void **state)
{
    struct fixture f;
    char message[200];
    const time_t before = time(NULL);

    (void)state;
    set_up(&f, "exec sleep 30");
    assert_false(run(&f, 1, message));
    assert_string_equal(message, "x.gp: not done after 1 s");
    assert_true(time(NULL) - before < 15);
    tear_down(&f);
}

static void test_one_that_crashes_is_told_by_its_signal(void **state)
{
    struct fixture f;
    char message[200];

    (void)state;
    set_up(&f, "kill -SEGV $$");
    assert_false(run(&f, 20, message));
    assert_string_equal(message, "x.gp: killed by signal 11");
    tear_down(&f);
}

/* Each process notes its arguments in a file named after its first script. */
static void test_scripts_are_shared_by_two_processes_and_told_the_theme(void **state)
{
    static const char *const scripts[] = {"a.gp", "b.gp", "c.gp"};
    struct fixture f;
    char message[200];
    char path[300];
    char said[2][64] = {"", ""};

    (void)state;
    set_up(&f, "echo \"$*\" > said-$4");
    const struct gnuplot_job job = {.path = f.program,
                                    .folder = f.folder,
                                    .scripts = scripts,
                                    .script_count = 3,
                                    .theme = "dark",
                                    .timeout_s = 20};

    assert_true(gnuplot_run(&job, message, sizeof message));
    for (int i = 0; i < 2; i++) {
        FILE *file;

        snprintf(path, sizeof path, "%s/said-%s", f.folder, scripts[i]);
        file = fopen(path, "r");
        assert_non_null(file);
        assert_non_null(fgets(said[i], sizeof said[i], file));
        fclose(file);
        assert_int_equal(remove(path), 0);
    }
    assert_string_equal(said[0], "-d -e theme='dark' a.gp c.gp\n");
    assert_string_equal(said[1], "-d -e theme='dark' b.gp\n");
    tear_down(&f);
}

static void test_one_of_several_that_fails_is_told(void **state)
{
    static const char *const scripts[] = {"a.gp", "b.gp"};
    struct fixture f;
    char message[200];

    (void)state;
    set_up(&f, "[ $2 = a.gp ] || { echo 'no such thing' >&2; exit 1; }");
    const struct gnuplot_job job = {.path = f.program,
                                    .folder = f.folder,
                                    .scripts = scripts,
                                    .script_count = 2,
                                    .timeout_s = 20};

    assert_false(gnuplot_run(&job, message, sizeof message));
    assert_string_equal(message, "b.gp: no such thing ");
    tear_down(&f);
}

static void test_one_that_is_told_to_stop_is_killed_soon(void **state)
{
    static const char *const scripts[] = {"x.gp"};
    static const volatile int stop = 1;
    struct fixture f;
    char message[200];
    const time_t before = time(NULL);

    (void)state;
    set_up(&f, "exec sleep 30");
    const struct gnuplot_job job = {.path = f.program,
                                    .folder = f.folder,
                                    .scripts = scripts,
                                    .script_count = 1,
                                    .stop = &stop,
                                    .timeout_s = 25};

    assert_false(gnuplot_run(&job, message, sizeof message));
    assert_string_equal(message, "interrupted");
    assert_true(time(NULL) - before < 15);
    tear_down(&f);
}

static void test_is_found_by_path_or_not_at_all(void **state)
{
    struct fixture f;
    char found[300];
    char *path = strdup(getenv("PATH"));
    char around[300];

    (void)state;
    set_up(&f, "exit 0");
    snprintf(around, sizeof around, "/nonexistent::%s:/also", f.folder);
    assert_int_equal(setenv("PATH", around, 1), 0);
    assert_true(gnuplot_find(found, sizeof found));
    assert_string_equal(found, f.program);
    assert_int_equal(setenv("PATH", "/nonexistent", 1), 0);
    assert_false(gnuplot_find(found, sizeof found));
    assert_int_equal(setenv("PATH", path, 1), 0);
    free(path);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_in_the_folder_on_the_script),
        cmocka_unit_test(test_failure_is_told_in_its_own_words_on_one_line),
        cmocka_unit_test(test_one_that_hangs_is_killed),
        cmocka_unit_test(test_one_that_crashes_is_told_by_its_signal),
        cmocka_unit_test(test_scripts_are_shared_by_two_processes_and_told_the_theme),
        cmocka_unit_test(test_one_of_several_that_fails_is_told),
        cmocka_unit_test(test_one_that_is_told_to_stop_is_killed_soon),
        cmocka_unit_test(test_is_found_by_path_or_not_at_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
