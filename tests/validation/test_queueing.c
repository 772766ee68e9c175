/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Servers in pods against the closed forms of queueing theory, network and name lookup switched
 * off.
 *
 * M/M/c: offered load a = lambda / mu, rho = a / c; an arrival waits with probability C(c, a)
 * (Erlang's second formula), mean wait C / (c mu - lambda), mean sojourn that plus 1 / mu. M/M/1: C
 * = rho. A million requests, fixed seeds; the tolerances are some three standard errors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "unit/traffic_rig.h"

#define REQUEST_COUNT 1000000
#define MEAN_MS 10.0

struct means {
    double wait; /* in units of the mean demand */
    double sojourn;
};

struct tally {
    struct rig *rig;
    double sojourn_ns;
    double wait_ns;
    uint64_t count;
};

static void add_result(void *self, const struct request_result *result)
{
    struct tally *tally = self;
    const uint64_t key = tally->rig->traffic->clients[0].demand_key;
    const sim_ns demand_ns = draws_one_ns(&tally->rig->app.service_time, key, result->number);
    const sim_ns sojourn_ns = result->t_end_ns - result->t_start_ns;

    assert_int_equal(result->outcome, OUTCOME_OK);
    tally->sojourn_ns += (double)sojourn_ns;
    tally->wait_ns += (double)(sojourn_ns - demand_ns);
    tally->count++;
}

/* Runs `pod_count` servers of `worker_count` workers each at load `rho`. */
static struct means simulate(uint32_t pod_count, uint32_t worker_count, double rho,
                             struct distribution service)
{
    struct rig rig;
    struct tally tally = {.rig = &rig};

    rig_init(&rig, 3, pod_count);
    rig.is_silent = true;
    rig.app.concurrency = worker_count;
    rig.app.queue = UINT32_MAX;
    rig.app.service_time = service;
    rig.clients[0].arrivals = ARRIVALS_POISSON;
    rig.clients[0].rate_per_s = rho * pod_count * worker_count * (1000.0 / MEAN_MS);
    rig.clients[0].timeout_ns = NS_PER_HOUR;
    rig.setup.until_ns = (sim_ns)(REQUEST_COUNT / rig.clients[0].rate_per_s * 1e9);
    rig_start(&rig);
    traffic_observe(rig.traffic,
                    &(struct traffic_observer){.self = &tally, .request_done = add_result});
    rig_run(&rig, rig.setup.until_ns);

    const double scale = 1 / ((double)tally.count * MEAN_MS * 1e6);
    const struct means means = {.wait = tally.wait_ns * scale, .sojourn = tally.sojourn_ns * scale};

    rig_deinit(&rig);
    return means;
}

static void check(const char *what, double value, double expected, double tolerance)
{
    if (value < expected * (1 - tolerance) || value > expected * (1 + tolerance))
        fail_msg("%s: %.6g, expected %.6g within %g %%", what, value, expected, 100 * tolerance);
}

static struct distribution exponential_service(void)
{
    return distribution_exponential((sim_ns)(MEAN_MS * 1e6));
}

static void one_worker_is_m_m_1(void **state)
{
    const struct means means = simulate(1, 1, 0.7, exponential_service());

    (void)state;
    check("M/M/1 wait", means.wait, 0.7 / 0.3, 0.02);
    check("M/M/1 sojourn", means.sojourn, 1 / 0.3, 0.02);
}

static void ten_workers_are_m_m_10(void **state)
{
    const struct means means = simulate(1, 10, 0.9, exponential_service());

    (void)state;
    check("M/M/10 wait", means.wait, 0.668732 / (10 * 0.1), 0.05);
    check("M/M/10 sojourn", means.sojourn, 1 + 0.668732, 0.03);
}

static void ten_workers_at_medium_load_are_m_m_10(void **state)
{
    const struct means means = simulate(1, 10, 0.7, exponential_service());

    (void)state;
    check("M/M/10 wait", means.wait, 0.221731 / (10 * 0.3), 0.03);
    check("M/M/10 sojourn", means.sojourn, 1 + 0.221731 / (10 * 0.3), 0.005);
}

/* Independent uniform picks split a Poisson stream into Poisson streams. */
static void five_pods_behind_uniform_picks_are_five_m_m_1(void **state)
{
    const struct means means = simulate(5, 1, 0.7, exponential_service());

    (void)state;
    check("5 x M/M/1 sojourn", means.sojourn, 1 / 0.3, 0.02);
}

/* Pollaczek and Khinchine: wait rho / (2 (1 - rho)) for a constant demand. */
static void constant_demands_are_m_d_1(void **state)
{
    const struct means means = simulate(1, 1, 0.7, distribution_constant((sim_ns)(MEAN_MS * 1e6)));

    (void)state;
    check("M/D/1 wait", means.wait, 0.7 / (2 * 0.3), 0.02);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_worker_is_m_m_1),
        cmocka_unit_test(ten_workers_are_m_m_10),
        cmocka_unit_test(ten_workers_at_medium_load_are_m_m_10),
        cmocka_unit_test(five_pods_behind_uniform_picks_are_five_m_m_1),
        cmocka_unit_test(constant_demands_are_m_d_1),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
