/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CPU time of the engine's hot paths, in nanoseconds an operation: the median of five rounds in
 * which the competitors take turns, in one process. `--quick` does less of each; `--strict` exits
 * with 1 if a limit is missed.
 *
 * hold: take the earliest event, schedule one a random delay later, at a constant number of pending
 * events.
 *   heap   a plain binary heap of 16-byte entries, the floor that any structure must beat
 *   list   the bare event list
 *   typed  the kernel: typed events from a pool, dispatched by a switch over eight kinds; the kinds
 *          come in runs, so that the kernel is measured and not the processor
 *   mixed  the same, the kinds in unforeseeable order: the difference is the mispredicted jump
 */
#include <stdio.h>
#include <string.h>

#include "bench/timing.h"
#include "engine/distribution.h"
#include "engine/kernel.h"

#define ROUND_COUNT 5
#define TARGET_MAX 4
#define KIND_COUNT 8u
#define RUN_BITS 28 /* a quarter of a second */
#define SIZE_COUNT 5

static const uint32_t pending_counts[SIZE_COUNT] = {100, 1000, 10000, 100000, 1000000};

typedef sim_ns delay_function(struct random *r);

/* One competitor: what it works on, filled once, then run again and again. */
struct load {
    struct arena arena;
    struct random random;
    delay_function *delay;
    uint32_t pending_count;
    uint64_t now_ns;
    uint64_t next_sequence;
    struct event_list *list;
    struct event_entry *heap; /* 1-based */
    uint32_t heap_count;
    struct kernel kernel;
    uint32_t *generations;
    bool is_mixed;
    uint64_t tallies[KIND_COUNT];
    uint64_t checksum;
};

struct target {
    const char *name;
    void (*fill)(struct load *load);
    void (*run)(struct load *load, uint32_t operation_count);
};

struct options {
    bool is_quick;
    uint32_t missed_count;
};

/* A line of the table; limit 0: none. */
struct row {
    const char *name;
    uint32_t pending_count;
    double value;
    const char *unit;
    double limit;
};

static void print_row(struct options *options, struct row row)
{
    printf("%-34s %8u %9.2f %-3s", row.name, (unsigned)row.pending_count, row.value, row.unit);
    if (row.limit > 0) {
        printf(" limit %6.2f  %s", row.limit, row.value <= row.limit ? "ok" : "MISSED");
        options->missed_count += row.value > row.limit;
    }
    printf("\n");
    fflush(stdout);
}

/* ---- delays ---- */

static sim_ns exponential_delay(struct random *r)
{
    return (sim_ns)(random_exponential(r) * 1e9);
}

/* Requests and probes: nine in ten near 0.1 ms, one near 10 s. */
static sim_ns bimodal_delay(struct random *r)
{
    const double scale_ns = random_next(r) % 10 < 9 ? 1e5 : 1e10;

    return (sim_ns)((0.5 + random_unit(r)) * scale_ns);
}

/* ---- heap ---- */

__extension__ typedef unsigned __int128 uint128;

/* One comparison of 128 bits: half the price of two with a jump between them. */
static inline bool is_before(struct event_entry a, struct event_entry b)
{
    return ((uint128)a.at_ns << 64 | a.order) < ((uint128)b.at_ns << 64 | b.order);
}

static inline void heap_push(struct load *load, struct event_entry entry)
{
    uint32_t i = ++load->heap_count;

    for (; i > 1 && is_before(entry, load->heap[i / 2]); i /= 2)
        load->heap[i] = load->heap[i / 2];
    load->heap[i] = entry;
}

static inline struct event_entry heap_pop(struct load *load)
{
    struct event_entry *const heap = load->heap;
    const struct event_entry earliest = heap[1];
    const struct event_entry last = heap[load->heap_count--];
    uint32_t i = 1;

    for (uint32_t child; (child = 2 * i) <= load->heap_count; i = child) {
        if (child < load->heap_count)
            child += is_before(heap[child + 1], heap[child]);
        if (!is_before(heap[child], last))
            break;
        heap[i] = heap[child];
    }
    heap[i] = last;
    return earliest;
}

static struct event_entry new_entry(struct load *load)
{
    const uint64_t at_ns = load->now_ns + (uint64_t)load->delay(&load->random);

    return (struct event_entry){at_ns, load->next_sequence++ << EVENT_LIST_SLOT_BITS};
}

static void heap_fill(struct load *load)
{
    load->heap = ARENA_NEW_ARRAY(&load->arena, load->pending_count + 2, struct event_entry);
    for (uint32_t i = 0; i < load->pending_count; i++)
        heap_push(load, new_entry(load));
}

static void heap_run(struct load *load, uint32_t operation_count)
{
    for (uint32_t i = 0; i < operation_count; i++) {
        const struct event_entry entry = heap_pop(load);

        load->now_ns = entry.at_ns;
        load->checksum += entry.at_ns;
        heap_push(load, new_entry(load));
    }
}

/* ---- list ---- */

static void list_fill(struct load *load)
{
    load->list = event_list_new(&load->arena);
    for (uint32_t i = 0; i < load->pending_count; i++)
        event_list_push(load->list, new_entry(load));
}

static void list_run(struct load *load, uint32_t operation_count)
{
    for (uint32_t i = 0; i < operation_count && event_list_peek(load->list, NS_NEVER) != NULL;
         i++) {
        const struct event_entry entry = event_list_pop(load->list);

        load->now_ns = entry.at_ns;
        load->checksum += entry.at_ns;
        event_list_push(load->list, new_entry(load));
    }
}

/* ---- typed and mixed ---- */

/* Kinds by instant: runs of them. */
static void typed_schedule(struct load *load, struct event ev)
{
    const sim_ns at_ns = load->kernel.now_ns + load->delay(&load->random);

    if (!load->is_mixed)
        ev.kind = (uint16_t)((uint64_t)at_ns >> RUN_BITS & (KIND_COUNT - 1));
    kernel_schedule(&load->kernel, at_ns, ev);
}

static void typed_fill(struct load *load)
{
    kernel_init(&load->kernel, &load->arena);
    for (uint32_t i = 0; i < load->pending_count; i++)
        typed_schedule(load, (struct event){.kind = (uint16_t)(i % KIND_COUNT), .a = i});
}

static void mixed_fill(struct load *load)
{
    load->is_mixed = true;
    typed_fill(load);
}

/* Eight handlers that differ, so that the switch is a real one. */
static void typed_dispatch(struct load *load, const struct event *ev)
{
    switch (ev->kind) {
    case 0:
        load->tallies[0] += ev->a;
        break;
    case 1:
        load->tallies[1] ^= ev->b;
        break;
    case 2:
        load->tallies[2] += ev->b + 1;
        break;
    case 3:
        load->tallies[3] -= ev->a;
        break;
    case 4:
        load->tallies[4] ^= ev->flag;
        break;
    case 5:
        load->tallies[5] = ev->a;
        break;
    case 6:
        load->tallies[6] += load->tallies[5];
        break;
    default:
        load->tallies[7] |= ev->a;
        break;
    }
    typed_schedule(load, (struct event){.kind = ev->kind, .a = ev->a, .b = ev->b + 1});
}

static void typed_run(struct load *load, uint32_t operation_count)
{
    struct event ev;

    for (uint32_t i = 0; i < operation_count && kernel_next(&load->kernel, NS_NEVER, &ev); i++)
        typed_dispatch(load, &ev);
    load->checksum += (uint64_t)load->kernel.now_ns;
}

/* ---- reschedule: half of the operations move a random pending event, by a generation that makes
 * the old one stale ---- */

static void reschedule_fill(struct load *load)
{
    kernel_init(&load->kernel, &load->arena);
    load->generations = ARENA_NEW_ARRAY(&load->arena, load->pending_count, uint32_t);
    for (uint32_t i = 0; i < load->pending_count; i++)
        typed_schedule(load, (struct event){.a = i});
}

/* The next event that is not stale. */
static struct event next_fresh(struct load *load)
{
    struct event ev = {0};

    while (kernel_next(&load->kernel, NS_NEVER, &ev) && ev.b != load->generations[ev.a]) {
    }
    return ev;
}

static void reschedule_run(struct load *load, uint32_t operation_count)
{
    for (uint32_t i = 0; i < operation_count; i++) {
        const uint64_t luck = random_next(&load->random);
        uint32_t entity;

        if ((luck & 1) != 0) {
            entity = (uint32_t)((luck >> 32) * load->pending_count >> 32);
            load->generations[entity]++;
        } else {
            entity = next_fresh(load).a;
        }
        typed_schedule(load, (struct event){.a = entity, .b = load->generations[entity]});
    }
    load->checksum += (uint64_t)load->kernel.now_ns;
}

/* ---- burst: 10,000 events at one instant; an operation is one event ---- */

#define BURST_COUNT 10000u

static void burst_fill(struct load *load)
{
    kernel_init(&load->kernel, &load->arena);
}

static void burst_run(struct load *load, uint32_t operation_count)
{
    struct event ev;

    for (uint32_t done = 0; done < operation_count; done += BURST_COUNT) {
        const sim_ns at_ns = load->kernel.now_ns + 1000000007;

        for (uint32_t i = 0; i < BURST_COUNT; i++)
            kernel_schedule(&load->kernel, at_ns, (struct event){.a = i});
        while (kernel_next(&load->kernel, NS_NEVER, &ev))
            load->checksum = load->checksum * 31 + ev.a;
    }
}

/* ---- rounds ---- */

struct plan {
    delay_function *delay;
    uint32_t pending_count;
    uint32_t operation_count; /* a round */
};

/* Nanoseconds an operation for each target, as the median over rounds in which they take turns. */
static void measure(const struct target *targets, int target_count, struct plan plan,
                    double result_ns[TARGET_MAX])
{
    struct load loads[TARGET_MAX];
    double times_ns[TARGET_MAX][ROUND_COUNT];
    const uint32_t warm_up_count = 2 * plan.pending_count > plan.operation_count
                                       ? 2 * plan.pending_count
                                       : plan.operation_count;

    for (int t = 0; t < target_count; t++) {
        loads[t] = (struct load){
            .delay = plan.delay, .pending_count = plan.pending_count, .random = random_at(42, 7)};
        arena_init(&loads[t].arena);
        targets[t].fill(&loads[t]);
        targets[t].run(&loads[t], warm_up_count);
    }
    for (int round = 0; round < ROUND_COUNT; round++) {
        for (int t = 0; t < target_count; t++) {
            const double start_ns = timing_cpu_ns();

            targets[t].run(&loads[t], plan.operation_count);
            times_ns[t][round] = (timing_cpu_ns() - start_ns) / plan.operation_count;
        }
    }
    for (int t = 0; t < target_count; t++) {
        result_ns[t] = timing_median(times_ns[t], ROUND_COUNT);
        EP_REQUIRE(loads[t].checksum != 0);
        arena_deinit(&loads[t].arena);
    }
}

/* Operations a round. */
static uint32_t hold_count(const struct options *options)
{
    return options->is_quick ? 400000 : 3000000;
}

static void bench_hold(struct options *options, const char *law, delay_function *delay,
                       bool has_limits)
{
    static const struct target targets[] = {
        {"heap", heap_fill, heap_run},
        {"list", list_fill, list_run},
        {"typed", typed_fill, typed_run},
        {"mixed", mixed_fill, typed_run},
    };
    static const double list_limits_ns[SIZE_COUNT] = {36, 36, 36, 36, 65};
    static const double ratio_limits[SIZE_COUNT] = {1.3, 1.3, 1.3, 1.7, 3.0};
    char name[64];

    for (int s = 0; s < SIZE_COUNT; s++) {
        double ns[TARGET_MAX];

        measure(targets, TARGET_MAX, (struct plan){delay, pending_counts[s], hold_count(options)},
                ns);
        for (int t = 0; t < TARGET_MAX; t++) {
            snprintf(name, sizeof name, "hold, %s, %s", law, targets[t].name);
            print_row(options, (struct row){name, pending_counts[s], ns[t], "ns",
                                            t == 1 && has_limits ? list_limits_ns[s] : 0});
        }
        snprintf(name, sizeof name, "hold, %s, typed / list", law);
        print_row(options, (struct row){name, pending_counts[s], ns[2] / ns[1], "x",
                                        has_limits ? ratio_limits[s] : 0});
    }
}

static void bench_reschedule(struct options *options)
{
    static const struct target target = {"reschedule", reschedule_fill, reschedule_run};
    static const double limits_ns[SIZE_COUNT] = {60, 60, 60, 60, 0};
    double ns[TARGET_MAX];

    for (int s = 0; s < SIZE_COUNT; s++) {
        measure(&target, 1,
                (struct plan){exponential_delay, pending_counts[s], hold_count(options)}, ns);
        print_row(options, (struct row){"reschedule mix, typed", pending_counts[s], ns[0], "ns",
                                        limits_ns[s]});
    }
}

static void bench_burst(struct options *options)
{
    static const struct target target = {"burst", burst_fill, burst_run};
    double ns[TARGET_MAX];

    measure(&target, 1, (struct plan){exponential_delay, BURST_COUNT, hold_count(options)}, ns);
    print_row(options, (struct row){"burst at one instant, typed", BURST_COUNT, ns[0], "ns", 36});
}

/* ---- variates ---- */

static double draw_raw(const struct distribution *d, struct random *r)
{
    (void)d;
    return (double)(int64_t)random_next(r);
}

static double draw_exponential(const struct distribution *d, struct random *r)
{
    (void)d;
    return random_exponential(r);
}

static double draw_normal(const struct distribution *d, struct random *r)
{
    (void)d;
    return random_normal(r);
}

static double draw_duration(const struct distribution *d, struct random *r)
{
    return (double)distribution_draw(d, r);
}

/* Nanoseconds a draw, without the call through the pointer, which costs the same for all. */
static void bench_variates(struct options *options)
{
    const struct {
        const char *name;
        double (*draw)(const struct distribution *d, struct random *r);
        struct distribution distribution;
    } variates[] = {
        {"variate, 64 bits", draw_raw, {0}},
        {"variate, exponential", draw_exponential, {0}},
        {"variate, normal", draw_normal, {0}},
        {"duration, constant", draw_duration, distribution_constant(5)},
        {"duration, exponential", draw_duration, distribution_exponential(NS_PER_MS)},
        {"duration, lognormal", draw_duration,
         distribution_lognormal_quantiles(4 * NS_PER_MS, 14 * NS_PER_MS)},
        {"duration, normal", draw_duration, distribution_normal(NS_PER_MS, NS_PER_US)},
        {"duration, gamma", draw_duration, distribution_gamma(2.5, NS_PER_MS)},
        {"duration, weibull", draw_duration, distribution_weibull(1.5, NS_PER_MS)},
        {"duration, pareto", draw_duration, distribution_pareto(NS_PER_MS, 1.5)},
    };
    const uint32_t draw_count = options->is_quick ? 400000 : 4000000;

    for (size_t v = 0; v < EP_COUNT_OF(variates); v++) {
        double times_ns[ROUND_COUNT];
        double sum = 0;

        for (int round = 0; round < ROUND_COUNT; round++) {
            struct random r = random_at(1, (uint64_t)round);
            const double start_ns = timing_cpu_ns();

            for (uint32_t i = 0; i < draw_count; i++)
                sum += variates[v].draw(&variates[v].distribution, &r);
            times_ns[round] = (timing_cpu_ns() - start_ns) / draw_count;
        }
        EP_REQUIRE(sum != 0);
        print_row(options,
                  (struct row){variates[v].name, 1, timing_median(times_ns, ROUND_COUNT), "ns", 0});
    }
}

int main(int argc, char **argv)
{
    struct options options = {0};
    bool is_strict = false;

    for (int i = 1; i < argc; i++) {
        options.is_quick = options.is_quick || strcmp(argv[i], "--quick") == 0;
        is_strict = is_strict || strcmp(argv[i], "--strict") == 0;
    }
    printf("%-34s %8s %9s\n", "engine", "pending", "median");
    bench_hold(&options, "exponential", exponential_delay, true);
    bench_hold(&options, "bimodal", bimodal_delay, false);
    bench_reschedule(&options);
    bench_burst(&options);
    bench_variates(&options);
    return is_strict && options.missed_count > 0 ? 1 : 0;
}
