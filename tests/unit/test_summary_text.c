/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_world.h"
#include "record/summary_text.h"

/* A summary of `runs` equal replications with `total` requests, to which losses are added. */
static void start(struct summary *summary, struct arena *arena, const struct world_spec *spec,
                  uint32_t runs)
{
    arena_init(arena);
    summary_init(summary, arena, spec);
    summary->replication_count = runs;
}

static void set_figure(struct summary *summary, enum figure_id id, int64_t value)
{
    for (uint32_t i = 0; i < summary->replication_count; i++)
        figure_add(&summary->figures[id], (struct figure_value){.is_known = true, .value = value},
                   false);
}

static void add_loss(struct summary *summary, struct summary_loss loss, int64_t count)
{
    ARENA_GROW(summary->arena, summary->losses, &summary->loss_capacity, summary->loss_count + 1);
    for (uint32_t i = 0; i < summary->replication_count; i++)
        figure_add(&loss.count, (struct figure_value){.is_known = true, .value = count}, false);
    summary->losses[summary->loss_count++] = loss;
}

static void expect_answer(const struct summary *summary, const char *text)
{
    struct out out;

    out_open_memory(&out);
    summary_text_put_answer(summary, &out);
    assert_string_equal(out_text(&out), text);
    out_discard(&out);
}

static void test_answer_names_the_largest_groups(void **state)
{
    const struct world_spec spec = fake_spec(1);
    struct summary summary;
    struct arena arena;

    (void)state;
    start(&summary, &arena, &spec, 1);
    set_figure(&summary, FIGURE_TOTAL, 24012);
    set_figure(&summary, FIGURE_FAILED, 38);
    add_loss(&summary,
             (struct summary_loss){.outcome = OUTCOME_REFUSED,
                                   .pod_state = POD_STATE_TERMINATING,
                                   .stage = STAGE_PROXY_WAIT,
                                   .cause = CAUSE_ROLLOUT,
                                   .node = "node-2",
                                   .max_stale_ns = 500 * NS_PER_MS},
             20);
    add_loss(&summary,
             (struct summary_loss){.outcome = OUTCOME_REFUSED,
                                   .pod_state = POD_STATE_STOPPED,
                                   .stage = STAGE_WATCH_NODE,
                                   .cause = CAUSE_ROLLOUT,
                                   .node = "node-2",
                                   .max_stale_ns = 810 * NS_PER_MS},
             11);
    add_loss(&summary,
             (struct summary_loss){
                 .outcome = OUTCOME_RESET, .pod_state = POD_STATE_STOPPED, .stage = STAGE_NONE},
             6);
    add_loss(&summary,
             (struct summary_loss){.outcome = OUTCOME_NO_ENDPOINTS,
                                   .pod_state = POD_STATE_COUNT,
                                   .stage = STAGE_NONE},
             1);
    expect_answer(
        &summary,
        "lost 38 of 24,012 requests (0.158 %): 31 refused by pods that had stopped listening "
        "while node-2 was up to 0.81 s stale, 6 cut off when their pods ended, "
        "1 found no endpoint");
    arena_deinit(&arena);
}

static void test_answer_in_the_singular(void **state)
{
    const struct world_spec spec = fake_spec(1);
    struct summary summary;
    struct arena arena;

    (void)state;
    start(&summary, &arena, &spec, 1);
    set_figure(&summary, FIGURE_TOTAL, 1);
    set_figure(&summary, FIGURE_FAILED, 1);
    add_loss(&summary,
             (struct summary_loss){.outcome = OUTCOME_TIMEOUT,
                                   .pod_state = POD_STATE_GONE,
                                   .stage = STAGE_DETECT,
                                   .node = "node-1",
                                   .max_stale_ns = 2 * NS_PER_S},
             1);
    expect_answer(
        &summary,
        "lost 1 of 1 request (100 %): 1 timed out at an address that was gone while node-1 was "
        "2.00 s stale");
    arena_deinit(&arena);
}

static void test_answer_when_nothing_is_lost(void **state)
{
    const struct world_spec spec = fake_spec(1);
    struct summary summary;
    struct arena arena;

    (void)state;
    start(&summary, &arena, &spec, 1);
    expect_answer(&summary, "no requests were made");
    set_figure(&summary, FIGURE_TOTAL, 24012);
    set_figure(&summary, FIGURE_FAILED, 0);
    expect_answer(&summary, "lost none of 24,012 requests");
    arena_deinit(&arena);
}

static void test_answer_over_replications(void **state)
{
    const struct world_spec spec = fake_spec(1);
    struct summary summary;
    struct arena arena;

    (void)state;
    start(&summary, &arena, &spec, 30);
    set_figure(&summary, FIGURE_TOTAL, 1000);
    set_figure(&summary, FIGURE_FAILED, 5);
    add_loss(&summary,
             (struct summary_loss){.outcome = OUTCOME_REFUSED,
                                   .pod_state = POD_STATE_STARTING,
                                   .max_stale_ns = NS_PER_S},
             5);
    expect_answer(
        &summary,
        "lost 5.00 \xC2\xB1 0 of 1,000 requests a run (0.500 %, mean of 30 runs): 5.00 refused by "
        "pods that did not listen yet while nodes were up to 1.00 s stale");
    arena_deinit(&arena);

    start(&summary, &arena, &spec, 30);
    set_figure(&summary, FIGURE_TOTAL, 1000);
    set_figure(&summary, FIGURE_FAILED, 0);
    expect_answer(&summary, "lost none of 1,000 requests a run (mean of 30 runs)");
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer_names_the_largest_groups),
        cmocka_unit_test(test_answer_in_the_singular),
        cmocka_unit_test(test_answer_when_nothing_is_lost),
        cmocka_unit_test(test_answer_over_replications),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
