/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where requests from outside enter: among the nodes that a load balancer holds for healthy.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/traffic_rig.h"

#define NODES 10u
#define COUNT 5000u

static void init(struct rig *rig)
{
    rig_init(rig, NODES, 3);
    rig->cluster.has_balancer = true;
    rig->cluster.is_healthy = ARENA_NEW_ARRAY(&rig->arena, NODES, bool);
    for (uint32_t i = 0; i < NODES; i++)
        rig->cluster.is_healthy[i] = true;
    rig->clients[0].is_outside = true;
    rig->clients[0].rate_per_s = 1000;
    rig->setup.until_ns = 6 * NS_PER_S;
}

/* How many of the first COUNT requests entered at each node. */
static void count_nodes(const struct rig *rig, uint32_t counts[NODES])
{
    for (uint32_t i = 0; i < NODES; i++)
        counts[i] = 0;
    for (uint32_t number = 1; number <= COUNT; number++)
        counts[rig_result(rig, 0, number)->node]++;
}

static void run(struct rig *rig)
{
    rig_start(rig);
    rig_run(rig, 20 * NS_PER_S);
}

static void all_healthy_nodes_get_alike(void **state)
{
    uint32_t counts[NODES];
    struct rig rig;

    (void)state;
    init(&rig);
    rig.cluster.is_healthy[2] = rig.cluster.is_healthy[7] = false;
    run(&rig);
    count_nodes(&rig, counts);
    for (uint32_t i = 0; i < NODES; i++) {
        if (i == 2 || i == 7)
            assert_int_equal(counts[i], 0);
        else
            assert_in_range(counts[i], 625 - 94, 625 + 94); /* four standard errors of 5000 / 8 */
    }
    rig_deinit(&rig);
}

static void a_node_that_fails_moves_its_own_share_only(void **state)
{
    uint32_t node_of[COUNT + 1];
    uint32_t moved_count = 0;
    struct rig rig;

    (void)state;
    init(&rig);
    run(&rig);
    for (uint32_t number = 1; number <= COUNT; number++)
        node_of[number] = rig_result(&rig, 0, number)->node;
    rig_deinit(&rig);
    init(&rig);
    rig.cluster.is_healthy[4] = false;
    run(&rig);
    for (uint32_t number = 1; number <= COUNT; number++) {
        const uint32_t node = rig_result(&rig, 0, number)->node;

        assert_true(node == node_of[number] || node_of[number] == 4);
        moved_count += node != node_of[number];
    }
    assert_in_range(moved_count, 500 - 85, 500 + 85);
    rig_deinit(&rig);
}

static void if_none_is_healthy_all_get_connections(void **state)
{
    uint32_t counts[NODES];
    struct rig rig;

    (void)state;
    init(&rig);
    for (uint32_t i = 0; i < NODES; i++)
        rig.cluster.is_healthy[i] = false;
    run(&rig);
    count_nodes(&rig, counts);
    for (uint32_t i = 0; i < NODES; i++)
        assert_true(counts[i] > 400);
    rig_deinit(&rig);
}

static void a_target_that_names_its_node_asks_no_balancer(void **state)
{
    static const char *const nodes[] = {"node-3"};
    struct rig rig;

    (void)state;
    init(&rig);
    rig.cluster.is_healthy[2] = false;
    rig.clients[0].entry_node = "node-3";
    rig.clients[0].from_nodes = nodes;
    rig.clients[0].from_node_count = 1;
    run(&rig);
    for (uint32_t number = 1; number <= COUNT; number++)
        assert_int_equal(rig_result(&rig, 0, number)->node, 2);
    rig_deinit(&rig);
}

static void inside_nobody_asks_it(void **state)
{
    uint32_t counts[NODES];
    struct rig rig;

    (void)state;
    init(&rig);
    rig.clients[0].is_outside = false;
    rig.cluster.is_healthy[5] = false;
    run(&rig);
    count_nodes(&rig, counts);
    assert_true(counts[5] > 400);
    rig_deinit(&rig);
}

/* A SYN that is dropped is sent again, and enters anew. */
static void a_retransmitted_syn_enters_where_it_is_healthy_by_then(void **state)
{
    static const struct endpoint_table nowhere = {.if_empty = EMPTY_DROPS};
    struct rig rig;
    uint32_t first;

    (void)state;
    init(&rig);
    rig.clients[0].rate_per_s = 1;
    rig.setup.until_ns = 100 * NS_PER_S;
    rig_start(&rig);
    first = client_node(&rig.traffic->clients[0], 1);
    rig.cluster.tables[first] = nowhere;
    rig.cluster.lapse = 7;
    rig_run(&rig, 1500 * NS_PER_MS); /* it was sent at 1 s */
    rig.cluster.is_healthy[first] = false;
    rig.cluster.belief_count++;
    rig_run(&rig, 10 * NS_PER_S);
    assert_int_equal(rig_result(&rig, 0, 1)->outcome, OUTCOME_OK);
    assert_int_equal(rig_result(&rig, 0, 1)->t_pick_ns, 2 * NS_PER_S);
    assert_int_not_equal(rig_result(&rig, 0, 1)->node, first);
    assert_int_equal(rig_result(&rig, 0, 1)->lapse, 0);
    rig_deinit(&rig);
}

static void a_loss_where_there_is_no_endpoint_carries_the_lapse(void **state)
{
    static const struct endpoint_table nowhere = {.if_empty = EMPTY_DROPS};
    struct rig rig;

    (void)state;
    init(&rig);
    rig.cluster.lapse = 7;
    rig.clients[0].rate_per_s = 1;
    rig.clients[0].timeout_ns = 500 * NS_PER_MS;
    rig_start(&rig);
    for (uint32_t i = 0; i < NODES; i++)
        rig.cluster.tables[i] = nowhere;
    rig_run(&rig, 2 * NS_PER_S);
    assert_int_equal(rig_result(&rig, 0, 1)->outcome, OUTCOME_TIMEOUT);
    assert_int_equal(rig_result(&rig, 0, 1)->lapse, 8);
    assert_int_equal(rig_result(&rig, 0, 1)->news, ID_NONE);
    rig_deinit(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_healthy_nodes_get_alike),
        cmocka_unit_test(a_node_that_fails_moves_its_own_share_only),
        cmocka_unit_test(if_none_is_healthy_all_get_connections),
        cmocka_unit_test(a_target_that_names_its_node_asks_no_balancer),
        cmocka_unit_test(inside_nobody_asks_it),
        cmocka_unit_test(a_retransmitted_syn_enters_where_it_is_healthy_by_then),
        cmocka_unit_test(a_loss_where_there_is_no_endpoint_carries_the_lapse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
