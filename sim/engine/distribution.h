/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Distributions of durations, as scenarios name them. Immutable after distribution_* construction;
 * drawing rounds once, to the nearest nanosecond, never below zero, never above 292 years.
 */
#ifndef EPSIM_ENGINE_DISTRIBUTION_H
#define EPSIM_ENGINE_DISTRIBUTION_H

#include "base/arena.h"
#include "engine/random.h"

#include <stdbool.h>

enum distribution_kind {
    DISTRIBUTION_CONSTANT,    /* value_ns */
    DISTRIBUTION_LOGNORMAL,   /* a = mu (of ln nanoseconds), b = sigma */
    DISTRIBUTION_EXPONENTIAL, /* a = mean */
    DISTRIBUTION_UNIFORM,     /* a = min, b = max */
    DISTRIBUTION_NORMAL,      /* a = mean, b = standard deviation; cut at 0 */
    DISTRIBUTION_GAMMA,       /* a = shape, b = scale */
    DISTRIBUTION_WEIBULL,     /* a = shape, b = scale */
    DISTRIBUTION_PARETO,      /* a = minimum, b = tail index alpha */
    DISTRIBUTION_EMPIRICAL,   /* samples, uniformly */
    DISTRIBUTION_MIXTURE,     /* parts by weight */
    DISTRIBUTION_AFFINE,      /* base + per * units */
};

struct distribution {
    enum distribution_kind kind;
    sim_ns value_ns;
    double a; /* nanoseconds where it is a time */
    double b;
    const sim_ns *samples; /* empirical: ascending */
    uint32_t sample_count;
    uint32_t part_count;
    const struct distribution *parts; /* mixture: components; affine: [0] base, [1] per unit */
    const double *weights;            /* mixture: cumulative, the last is 1 */
};

struct distribution distribution_constant(sim_ns value_ns);
/* Median and 99th percentile in ns; 0 < p50 <= p99. */
struct distribution distribution_lognormal_quantiles(sim_ns p50_ns, sim_ns p99_ns);
/* Mean in ns and coefficient of variation; mean > 0, cv >= 0. */
struct distribution distribution_lognormal_moments(sim_ns mean_ns, double cv);
struct distribution distribution_exponential(sim_ns mean_ns);
struct distribution distribution_uniform(sim_ns min_ns, sim_ns max_ns);
struct distribution distribution_normal(sim_ns mean_ns, sim_ns sd_ns);
struct distribution distribution_gamma(double shape, sim_ns scale_ns);
struct distribution distribution_weibull(double shape, sim_ns scale_ns);
struct distribution distribution_pareto(sim_ns min_ns, double alpha);
/* Copies; samples need not be sorted; count > 0. */
struct distribution distribution_empirical(struct arena *arena, const sim_ns *samples,
                                           uint32_t count);
/* Copies; weights > 0, in any scale; count > 0. */
struct distribution distribution_mixture(struct arena *arena, const struct distribution *parts,
                                         const double *weights, uint32_t count);
/* base + per * units, `units` given at the draw. */
struct distribution distribution_affine(struct arena *arena, struct distribution base,
                                        struct distribution per);

/* One duration. For affine, units = 0. */
sim_ns distribution_draw(const struct distribution *d, struct random *r);

/* One duration for `units` pods, services or kilobytes: base + units * per; other kinds ignore
 * `units`. */
sim_ns distribution_draw_units(const struct distribution *d, uint64_t units, struct random *r);

/* True if every draw is 0: the hop is switched off. */
bool distribution_is_zero(const struct distribution *d);

/* Mean in ns (for load checks and documentation; not for results). Pareto with alpha <= 1:
 * HUGE_VAL. */
double distribution_mean_ns(const struct distribution *d);

#endif
