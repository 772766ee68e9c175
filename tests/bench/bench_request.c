/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CPU time of a whole request: arrival, name lookup, pick, connection, queue, answer, with the default latencies and a
 * deadline that does not fire, on a cluster that stands still.
 *
 * Usage: bench_request [requests]
 */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "unit/traffic_rig.h"

static double cpu_s(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

/* Nanoseconds of CPU a request; every pod gets 50 requests a second. */
static double measure(uint32_t node_count, uint32_t pod_count, double request_count,
                      double *event_count)
{
    struct rig rig;

    rig_init(&rig, node_count, pod_count);
    rig.is_silent = true;
    rig.app.service_time = distribution_exponential(10 * NS_PER_MS);
    rig.cluster_spec.latency[HOP_DNS_QUERY] =
        distribution_lognormal_quantiles(300 * NS_PER_US, 5 * NS_PER_MS);
    rig.cluster_spec.latency[HOP_NETWORK_RTT] =
        distribution_lognormal_quantiles(300 * NS_PER_US, 2 * NS_PER_MS);
    rig.clients[0].arrivals = ARRIVALS_POISSON;
    rig.clients[0].rate_per_s = 50.0 * pod_count;
    rig_start(&rig);

    const sim_ns end_ns = (sim_ns)(1e9 * request_count / rig.clients[0].rate_per_s);

    rig_run(&rig, end_ns / 10);

    const uint32_t before_count = rig.result_count;
    const uint64_t before_events = rig.kernel.executed_count;
    const double start_s = cpu_s();

    rig_run(&rig, end_ns);

    const double span_s = cpu_s() - start_s;
    const double measured = rig.result_count - before_count;

    *event_count = (double)(rig.kernel.executed_count - before_events) / measured;
    rig_deinit(&rig);
    return 1e9 * span_s / measured;
}

int main(int argc, char **argv)
{
    static const uint32_t sizes[][2] = {{3, 100}, {1000, 10000}};
    const double request_count = argc > 1 ? atof(argv[1]) : 3e6;

    printf("%8s %8s %12s %14s\n", "nodes", "pods", "ns/request", "events/request");
    for (size_t i = 0; i < EP_COUNT_OF(sizes); i++) {
        double event_count;
        const double ns = measure(sizes[i][0], sizes[i][1], request_count, &event_count);

        printf("%8u %8u %12.1f %14.2f\n", sizes[i][0], sizes[i][1], ns, event_count);
    }
    return 0;
}
