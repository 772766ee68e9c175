/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What pod changes cost the simulator: the pod's version, the syncs of Endpoints and slices that follow, their versions,
 * and the proxies of three nodes, all hops with their default latencies. Pods are moved by hand (no kubelets). CPU time,
 * not wall time; each row beside its target. `--quick` does less; `--strict` exits with 1 if a target is missed. For
 * profilers: `--only life|flips|services`, `--only flips --size N` with so many endpoints alone.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/timing.h"
#include "cluster/api_server.h"
#include "cluster/names.h"
#include "support/fixture.h"

#define ROUND_COUNT 5
#define FLIP_LIMIT_US 5.0
#define FLIP_LIMIT_RATIO 2.0
#define SERVICES_LIMIT_S 1.0
#define LIFE_LIMIT_S 1.0
#define LIFE_LIMIT_MB 200.0

struct rig {
    struct fixture f;
    struct pod_spec *pods;
    struct service_spec *services;
};

static struct label_set labels_of(struct rig *rig, uint32_t service)
{
    struct label *label = ARENA_NEW(&rig->f.arena, struct label);

    *label = (struct label){"app", arena_printf(&rig->f.arena, "web-%u", (unsigned)service)};
    return labels_from(&rig->f.arena, label, 1);
}

static struct pod_spec pod_of(struct rig *rig, const struct label_set *labels, uint32_t number)
{
    struct fixture *f = &rig->f;
    const char **ip = ARENA_NEW(&f->arena, const char *);

    *ip = arena_printf(&f->arena, "10.%u.%u.%u", 32 + (unsigned)(number >> 16),
                       (unsigned)(number >> 8 & 255), (unsigned)(number & 255));
    return (struct pod_spec){
        .meta = {.name = arena_printf(&f->arena, "web-%u", (unsigned)number),
                 .ns = "default",
                 .labels = *labels},
        .containers = f->containers,
        .container_count = 1,
        .node_name = f->nodes[number % f->spec.cluster.node_count].name,
        .ip = *ip,
        .ips = ip,
        .ip_count = 1,
        .is_pinned = true,
        .has_status = true,
        .status_ready = true,
        .status_phase = "Running",
    };
}

/* So many services, and that many pods each, ready. */
static void start(struct rig *rig, uint32_t service_count, uint32_t pod_count)
{
    struct fixture *f = &rig->f;
    struct cluster_spec *spec = &f->spec.cluster;
    uint32_t number = 0;

    fixture_init(f);
    memset(&f->observer, 0, sizeof f->observer);
    rig->services = ARENA_NEW_ARRAY(&f->arena, service_count, struct service_spec);
    rig->pods = ARENA_NEW_ARRAY(&f->arena, service_count * pod_count + 1, struct pod_spec);
    for (uint32_t i = 0; i < service_count; i++) {
        const struct label_set labels = labels_of(rig, i);
        rig->services[i] = f->services[0];
        rig->services[i].meta.name = arena_printf(&f->arena, "web-%u", (unsigned)i);
        rig->services[i].selector = labels_selector(&f->arena, &labels);
        for (uint32_t k = 0; k < pod_count; k++, number++)
            rig->pods[number] = pod_of(rig, &labels, number);
    }
    spec->services = rig->services;
    spec->service_count = service_count;
    spec->pods = rig->pods;
    spec->pod_count = number;
    spec->workload_count = 0;
    spec->has_kubelet = false;
    spec_default_latency(&f->arena, spec->latency);
    fixture_start(f);
}

static void flip(struct rig *rig, uint32_t pod)
{
    struct cluster *cluster = rig->f.cluster;
    struct pod_view view = cluster->pods[pod]->stored;

    view.is_ready = !view.is_ready;
    view.ready_since_ns = cluster->kernel->now_ns / NS_PER_S * NS_PER_S;
    api_server_put_pod(cluster, pod, &view, WRITE_UPDATE);
}

static void run_for(struct rig *rig, sim_ns span_ns)
{
    fixture_run(&rig->f, rig->f.kernel.now_ns + span_ns);
}

static uint64_t slice_writes(const struct rig *rig)
{
    return rig->f.cluster->logs[RESOURCE_SLICES].next;
}

/* One pod after the other turns unready and ready again; everything settles in between. Microseconds a flip: the median
 * of the rounds, and the least. */
static double measure_flips(uint32_t pod_count, uint32_t flip_count, double *least_us)
{
    double spans_us[ROUND_COUNT];
    struct rig rig;
    uint32_t pod = 0;

    start(&rig, 1, pod_count);
    run_for(&rig, 10 * NS_PER_S);
    for (uint32_t round = 0; round < ROUND_COUNT; round++) {
        const uint64_t writes = slice_writes(&rig);
        const double start_ns = timing_cpu_ns();

        for (uint32_t i = 0; i < flip_count; i++) {
            flip(&rig, pod);
            run_for(&rig, 3 * NS_PER_S);
            if (i % 2 == 1)
                pod = (pod + 1237) % pod_count;
        }
        spans_us[round] = (timing_cpu_ns() - start_ns) / flip_count / 1e3;
        if (slice_writes(&rig) - writes != flip_count)
            printf("bench_syncs: %u slice writes for %u flips\n",
                   (unsigned)(slice_writes(&rig) - writes), (unsigned)flip_count);
    }
    fixture_deinit(&rig.f);

    const double median_us = timing_median(spans_us, ROUND_COUNT);

    *least_us = spans_us[0]; /* they are sorted now */
    return median_us;
}

static bool print_row(const char *what, double value, const char *unit, double limit)
{
    printf("%-62s %9.2f %-2s", what, value, unit);
    if (limit > 0)
        printf(" %9.2f %-2s%s", limit, unit, value <= limit ? "" : "  missed");
    printf("\n");
    fflush(stdout);
    return limit <= 0 || value <= limit;
}

/* Microseconds a flip; *is_met stays true if they are within the limit (0: none). */
static double measure_size(uint32_t pod_count, bool is_quick, double limit_us, bool *is_met)
{
    double least_us;
    const double span_us = measure_flips(pod_count, is_quick ? 500 : 5000, &least_us);
    char what[80];

    snprintf(what, sizeof what, "one pod flip among %u endpoints (least: %.2f)",
             (unsigned)pod_count, least_us);
    *is_met = print_row(what, span_us, "us", limit_us) && *is_met;
    return span_us;
}

static bool measure_sizes(bool is_quick)
{
    bool is_met = true;
    const double first_us = measure_size(100, is_quick, 0, &is_met);

    measure_size(1000, is_quick, 0, &is_met);

    const double last_us = measure_size(5000, is_quick, FLIP_LIMIT_US, &is_met);

    return print_row("  the last against the first", last_us / first_us, "", FLIP_LIMIT_RATIO) &&
           is_met;
}

/* Every pod of many services turns unready once, 60 ms apart: each is synced and written by itself. */
static double measure_services(uint32_t service_count)
{
    const uint32_t pod_count = 10;
    struct rig rig;
    double start_ns;
    double span_s;

    start(&rig, service_count, pod_count);
    run_for(&rig, 10 * NS_PER_S);
    start_ns = timing_cpu_ns();
    for (uint32_t k = 0; k < pod_count; k++) {
        for (uint32_t i = 0; i < service_count; i++) {
            flip(&rig, i * pod_count + k);
            run_for(&rig, 60 * NS_PER_MS);
        }
    }
    span_s = (timing_cpu_ns() - start_ns) / 1e9;
    fixture_deinit(&rig.f);
    return span_s;
}

static void create(struct rig *rig, const struct label_set *labels, uint32_t number)
{
    struct cluster *cluster = rig->f.cluster;
    struct pod_spec *spec = ARENA_NEW(&rig->f.arena, struct pod_spec);
    struct pod_view view = {.phase = PHASE_RUNNING, .owner = ID_NONE, .exists = true};
    uint32_t pod;

    *spec = pod_of(rig, labels, number);
    pod = names_new_named_pod(cluster, "default", spec->meta.name, spec);
    view.node = number % cluster->node_count;
    cluster->pods[pod]->node = view.node;
    names_assign_ip(cluster, pod);
    view.has_ip = true;
    view.is_ready = true;
    view.addresses = cluster->pods[pod]->addresses;
    view.labels = &spec->meta.labels;
    view.ready_since_ns = cluster->kernel->now_ns / NS_PER_S * NS_PER_S;
    api_server_put_pod(cluster, pod, &view, WRITE_CREATE);
}

static void end(struct rig *rig, uint32_t pod)
{
    struct pod_view view = rig->f.cluster->pods[pod]->stored;

    api_server_put_pod(rig->f.cluster, pod, &view, WRITE_DELETE);
}

/* pod_count pods are created, replaced one by one (one more, one terminating, gone) and removed: five versions a pod. */
static double measure_life(uint32_t pod_count, sim_ns gap_ns)
{
    struct rig rig;
    struct label_set labels;
    double start_ns;
    double span_s;

    start(&rig, 1, 0);
    labels = labels_of(&rig, 0);
    start_ns = timing_cpu_ns();
    for (uint32_t i = 0; i < pod_count; i++) {
        create(&rig, &labels, i);
        run_for(&rig, gap_ns);
    }
    for (uint32_t i = 0; i < pod_count; i++) {
        create(&rig, &labels, pod_count + i);
        run_for(&rig, gap_ns);
        cluster_delete_pod(rig.f.cluster, i, -1, false, CAUSE_ROLLOUT);
        run_for(&rig, gap_ns);
        end(&rig, i);
        run_for(&rig, gap_ns);
    }
    for (uint32_t i = 0; i < pod_count; i++) {
        end(&rig, pod_count + i);
        run_for(&rig, gap_ns);
    }
    run_for(&rig, 60 * NS_PER_S);
    span_s = (timing_cpu_ns() - start_ns) / 1e9;
    if (rig.f.cluster->services[0].ready_count != 0)
        printf("bench_syncs: endpoints are left\n");
    fixture_deinit(&rig.f);
    return span_s;
}

/* In a process of its own, whose memory counts. */
static bool measure_life_apart(const char *what, uint32_t pod_count, sim_ns gap_ns)
{
    struct rusage usage;
    double span_s = 0;
    int ends[2];
    int status = 0;
    pid_t child;
    bool is_met;

    fflush(stdout);
    if (pipe(ends) != 0)
        return false;
    child = fork();
    if (child == 0) {
        span_s = measure_life(pod_count, gap_ns);
        _exit(write(ends[1], &span_s, sizeof span_s) == (ssize_t)sizeof span_s ? 0 : 1);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0 ||
        read(ends[0], &span_s, sizeof span_s) != (ssize_t)sizeof span_s) {
        fprintf(stderr, "bench_syncs: %s: the process failed\n", what);
        exit(2);
    }
    close(ends[0]);
    close(ends[1]);
    getrusage(RUSAGE_CHILDREN, &usage);
    is_met = print_row(what, span_s, "s", LIFE_LIMIT_S);
    return print_row("  the most memory so far", (double)usage.ru_maxrss / 1024, "MB",
                     LIFE_LIMIT_MB) &&
           is_met;
}

/* The value of an option, NULL: it is not there. */
static const char *option(int argc, char **argv, const char *name)
{
    for (int i = 1; i + 1 < argc; i++) {
        if (strcmp(argv[i], name) == 0)
            return argv[i + 1];
    }
    return NULL;
}

int main(int argc, char **argv)
{
    const char *part = option(argc, argv, "--only");
    const char *size = option(argc, argv, "--size");
    bool is_quick = false;
    bool is_strict = false;
    bool is_met = true;

    for (int i = 1; i < argc; i++) {
        is_quick = is_quick || strcmp(argv[i], "--quick") == 0;
        is_strict = is_strict || strcmp(argv[i], "--strict") == 0;
    }
    printf("%-62s %12s %12s\n", "", "CPU", "target");
    if (part == NULL || strcmp(part, "life") == 0) {
        is_met = measure_life_apart("5,000 pods created, replaced, removed; 60 ms apart", 5000,
                                    60 * NS_PER_MS) &&
                 is_met;
        is_met = measure_life_apart("  the same 5 ms apart: syncs take several at once", 5000,
                                    5 * NS_PER_MS) &&
                 is_met;
    }
    if (size != NULL)
        measure_size((uint32_t)strtoul(size, NULL, 10), is_quick, 0, &is_met);
    else if (part == NULL || strcmp(part, "flips") == 0)
        is_met = measure_sizes(is_quick) && is_met;
    if (part == NULL || strcmp(part, "services") == 0)
        is_met = print_row("100,000 flips over 10,000 services", measure_services(10000), "s",
                           SERVICES_LIMIT_S) &&
                 is_met;
    return is_strict && !is_met ? 1 : 0;
}
