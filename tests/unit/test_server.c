/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/random.h"
#include "traffic/server.h"

static int set_up(void **state)
{
    static struct arena arena;

    arena_init(&arena);
    *state = &arena;
    return 0;
}

static int tear_down(void **state)
{
    arena_deinit(*state);
    return 0;
}

/* The departure under first come, first served, by a plain look at every worker. */
static sim_ns departure_by_scan(sim_ns *free_ns, uint32_t worker_count, sim_ns now_ns,
                                sim_ns demand_ns)
{
    uint32_t earliest = 0;

    for (uint32_t i = 1; i < worker_count; i++)
        if (free_ns[i] < free_ns[earliest])
            earliest = i;
    free_ns[earliest] = (free_ns[earliest] > now_ns ? free_ns[earliest] : now_ns) + demand_ns;
    return free_ns[earliest];
}

static void crowded_departures_are_those_of_first_come_first_served(void **state)
{
    for (uint32_t workers = 1; workers <= 9; workers++) {
        struct server server = {0};
        sim_ns free_ns[9] = {0};
        struct random random = random_at(7, workers);
        sim_ns now_ns = 0;

        server_reset(&server, workers, UINT32_MAX);
        server_crowd(&server);
        for (int i = 0; i < 2000; i++) {
            const sim_ns demand_ns = (sim_ns)random_below(&random, 100);

            now_ns += (sim_ns)random_below(&random, 200 / workers);
            assert_int_equal(server_enter(&server, *state, now_ns, demand_ns),
                             departure_by_scan(free_ns, workers, now_ns, demand_ns));
            server_leave(&server);
        }
    }
}

static void requests_in_service_when_it_becomes_crowded_keep_their_workers(void **state)
{
    struct server server = {0};

    server_reset(&server, 3, 10);
    server_crowd(&server);
    server_occupy(&server, *state, 70);
    server_occupy(&server, *state, 50);
    assert_int_equal(server_enter(&server, *state, 10, 5), 15);
    assert_int_equal(server_enter(&server, *state, 11, 5), 20);
    assert_int_equal(server_enter(&server, *state, 12, 100), 120);
    assert_int_equal(server_enter(&server, *state, 13, 1), 51);
}

static void room_is_concurrency_plus_queue(void **state)
{
    struct server server = {0};

    server_reset(&server, 2, 3);
    server_crowd(&server);
    for (int i = 0; i < 5; i++) {
        assert_true(server_has_room(&server));
        server_enter(&server, *state, 0, 10);
    }
    assert_false(server_has_room(&server));
    server_leave(&server);
    assert_true(server_has_room(&server));
}

static void a_server_without_other_connections_serves_at_once(void **state)
{
    struct server server = {0};

    server_reset(&server, 1, 0);
    assert_int_equal(server_enter(&server, *state, 100, 7), 107);
}

static void only_listened_ports_accept(void **state)
{
    static const uint16_t ports[] = {80, 443};
    struct server server = {
        .ports = ports, .port_count = 2, .first_port = 80, .state = SERVER_LISTENING};

    (void)state;
    assert_true(server_listens(&server, 80));
    assert_true(server_listens(&server, 443));
    assert_false(server_listens(&server, 8080));
    server.state = SERVER_DRAINING;
    assert_false(server_listens(&server, 80));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crowded_departures_are_those_of_first_come_first_served),
        cmocka_unit_test(requests_in_service_when_it_becomes_crowded_keep_their_workers),
        cmocka_unit_test(room_is_concurrency_plus_queue),
        cmocka_unit_test(a_server_without_other_connections_serves_at_once),
        cmocka_unit_test(only_listened_ports_accept),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
