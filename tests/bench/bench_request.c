/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CPU time of a whole request: arrival, name lookup, pick, connection, service and answer, with the
 * default latencies and a deadline that cannot fire, on a cluster that stands still. Every pod gets
 * 50 requests a second. `--quick` does less of each; `--strict` exits with 1 if a target is missed.
 */
#include <stdio.h>
#include <string.h>

#include "bench/timing.h"
#include "unit/traffic_rig.h"

#define ROUND_COUNT 5

struct row {
    uint32_t node_count;
    uint32_t pod_count;
    double target_ns;
};

static void set_up(struct rig *rig, const struct row *row)
{
    rig_init(rig, row->node_count, row->pod_count);
    rig->is_silent = true;
    rig->app.service_time = distribution_exponential(10 * NS_PER_MS);
    rig->cluster_spec.latency[HOP_DNS_QUERY] =
        distribution_lognormal_quantiles(300 * NS_PER_US, 5 * NS_PER_MS);
    rig->cluster_spec.latency[HOP_NETWORK_RTT] =
        distribution_lognormal_quantiles(300 * NS_PER_US, 2 * NS_PER_MS);
    rig->clients[0].arrivals = ARRIVALS_POISSON;
    rig->clients[0].rate_per_s = 50.0 * row->pod_count;
    rig_start(rig);
}

/* Prints the median over the rounds; true if it is within the target. */
static bool measure(const struct row *row, double request_count)
{
    double spans_ns[ROUND_COUNT];
    double event_count = 0;
    struct rig rig;

    set_up(&rig, row);

    const sim_ns round_ns = (sim_ns)(1e9 * request_count / rig.clients[0].rate_per_s);

    rig_run(&rig, NS_PER_S / 2);
    for (int i = 0; i < ROUND_COUNT; i++) {
        const uint32_t before_count = rig.result_count;
        const uint64_t before_events = rig.kernel.executed_count;
        const double start_ns = timing_cpu_ns();

        rig_run(&rig, rig.kernel.now_ns + round_ns);
        spans_ns[i] = (timing_cpu_ns() - start_ns) / (rig.result_count - before_count);
        event_count =
            (double)(rig.kernel.executed_count - before_events) / (rig.result_count - before_count);
    }
    rig_deinit(&rig);

    const double median_ns = timing_median(spans_ns, ROUND_COUNT);

    printf("%8u %8u %11.1f ns %9.0f ns %14.2f\n", row->node_count, row->pod_count, median_ns,
           row->target_ns, event_count);
    return median_ns <= row->target_ns;
}

int main(int argc, char **argv)
{
    static const struct row rows[] = {{3, 100, 150}, {1000, 10000, 300}};
    double request_count = 500000;
    bool is_strict = false;
    bool is_missed = false;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quick") == 0)
            request_count = 100000;
        is_strict = is_strict || strcmp(argv[i], "--strict") == 0;
    }
    printf("%8s %8s %14s %12s %14s\n", "nodes", "pods", "a request", "target", "events");
    for (size_t i = 0; i < EP_COUNT_OF(rows); i++)
        is_missed = !measure(&rows[i], request_count) || is_missed;
    return is_strict && is_missed ? 1 : 0;
}
