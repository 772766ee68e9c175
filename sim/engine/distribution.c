/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Each kind draws one double; draws are rounded in one place.
 * Source of the gamma generator: Marsaglia & Tsang, A simple method for generating gamma variables,
 * ACM TOMS 26 (2000).
 */
#include "engine/distribution.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/exact_math.h"

/* The 99th percentile of the standard normal distribution. */
#define NORMAL_P99 2.3263478740408408
#define INV_SQRT_2PI 0.3989422804014327
#define LOG_SQRT_2PI 0.9189385332046727

/* 292 Julian years, so that adding one to any likely instant does not overflow. */
#define DRAW_MAX_NS ((sim_ns)292 * 8766 * NS_PER_HOUR)

struct distribution distribution_constant(sim_ns value_ns)
{
    return (struct distribution){.kind = DISTRIBUTION_CONSTANT, .value_ns = value_ns};
}

static struct distribution two_parameters(enum distribution_kind kind, double a, double b)
{
    return (struct distribution){.kind = kind, .a = a, .b = b};
}

struct distribution distribution_lognormal_quantiles(sim_ns p50_ns, sim_ns p99_ns)
{
    EP_REQUIRE(p50_ns > 0 && p99_ns >= p50_ns);

    const double mu = exact_log((double)p50_ns);

    return two_parameters(DISTRIBUTION_LOGNORMAL, mu,
                          (exact_log((double)p99_ns) - mu) / NORMAL_P99);
}

struct distribution distribution_lognormal_moments(sim_ns mean_ns, double cv)
{
    EP_REQUIRE(mean_ns > 0 && cv >= 0);

    const double variance = exact_log(1.0 + cv * cv);

    return two_parameters(DISTRIBUTION_LOGNORMAL, exact_log((double)mean_ns) - variance / 2,
                          sqrt(variance));
}

struct distribution distribution_exponential(sim_ns mean_ns)
{
    return two_parameters(DISTRIBUTION_EXPONENTIAL, (double)mean_ns, 0);
}

struct distribution distribution_uniform(sim_ns min_ns, sim_ns max_ns)
{
    return two_parameters(DISTRIBUTION_UNIFORM, (double)min_ns, (double)max_ns);
}

struct distribution distribution_normal(sim_ns mean_ns, sim_ns sd_ns)
{
    return two_parameters(DISTRIBUTION_NORMAL, (double)mean_ns, (double)sd_ns);
}

struct distribution distribution_gamma(double shape, sim_ns scale_ns)
{
    EP_REQUIRE(shape > 0);
    return two_parameters(DISTRIBUTION_GAMMA, shape, (double)scale_ns);
}

struct distribution distribution_weibull(double shape, sim_ns scale_ns)
{
    EP_REQUIRE(shape > 0);
    return two_parameters(DISTRIBUTION_WEIBULL, shape, (double)scale_ns);
}

struct distribution distribution_pareto(sim_ns min_ns, double alpha)
{
    EP_REQUIRE(alpha > 0);
    return two_parameters(DISTRIBUTION_PARETO, (double)min_ns, alpha);
}

static int compare_ns(const void *left, const void *right)
{
    const sim_ns a = *(const sim_ns *)left;
    const sim_ns b = *(const sim_ns *)right;

    return (a > b) - (a < b);
}

struct distribution distribution_empirical(struct arena *arena, const sim_ns *samples,
                                           uint32_t count)
{
    sim_ns *const sorted = ARENA_NEW_ARRAY(arena, count, sim_ns);

    EP_REQUIRE(count > 0);
    memcpy(sorted, samples, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_ns);
    return (struct distribution){
        .kind = DISTRIBUTION_EMPIRICAL, .samples = sorted, .sample_count = count};
}

struct distribution distribution_mixture(struct arena *arena, const struct distribution *parts,
                                         const double *weights, uint32_t count)
{
    struct distribution *const own_parts = ARENA_NEW_ARRAY(arena, count, struct distribution);
    double *const cumulative = ARENA_NEW_ARRAY(arena, count, double);
    double sum = 0;
    double so_far = 0;

    EP_REQUIRE(count > 0);
    memcpy(own_parts, parts, count * sizeof *own_parts);
    for (uint32_t i = 0; i < count; i++) {
        EP_REQUIRE(weights[i] > 0);
        sum += weights[i];
    }
    for (uint32_t i = 0; i < count; i++) {
        so_far += weights[i];
        cumulative[i] = so_far / sum;
    }
    cumulative[count - 1] = 1.0;
    return (struct distribution){.kind = DISTRIBUTION_MIXTURE,
                                 .parts = own_parts,
                                 .part_count = count,
                                 .weights = cumulative};
}

struct distribution distribution_affine(struct arena *arena, struct distribution base,
                                        struct distribution per)
{
    struct distribution *const parts = ARENA_NEW_ARRAY(arena, 2, struct distribution);

    parts[0] = base;
    parts[1] = per;
    return (struct distribution){.kind = DISTRIBUTION_AFFINE, .parts = parts, .part_count = 2};
}

/* Mean `shape`, scale 1. */
static double draw_gamma(double shape, struct random *r)
{
    if (shape < 1.0) { /* gamma(shape + 1) * U^(1/shape) */
        const double factor = exact_exp(-random_exponential(r) / shape);

        return factor * draw_gamma(shape + 1.0, r);
    }

    const double d = shape - 1.0 / 3;
    const double c = 1.0 / (3 * sqrt(d));

    for (;;) {
        const double x = random_normal(r);
        const double root = 1.0 + c * x;

        if (root <= 0)
            continue;

        const double v = root * root * root;
        const double u = 1.0 - random_unit(r); /* in (0, 1] */

        if (u < 1.0 - 0.0331 * (x * x) * (x * x))
            return d * v;
        if (exact_log(u) < 0.5 * x * x + d * (1.0 - v + exact_log(v)))
            return d * v;
    }
}

static const struct distribution *pick_part(const struct distribution *d, struct random *r)
{
    const double u = random_unit(r);
    uint32_t part = 0;

    while (u >= d->weights[part])
        part++;
    return &d->parts[part];
}

static double not_below_zero(double x)
{
    return x > 0 ? x : 0;
}

/* In nanoseconds, not yet rounded; may be below zero or beyond all time. */
static double draw_real(const struct distribution *d, uint64_t units, struct random *r)
{
    switch (d->kind) {
    case DISTRIBUTION_CONSTANT:
        return (double)d->value_ns;
    case DISTRIBUTION_LOGNORMAL:
        return random_exp(d->a + d->b * random_normal(r));
    case DISTRIBUTION_EXPONENTIAL:
        return d->a * random_exponential(r);
    case DISTRIBUTION_UNIFORM:
        return d->a + (d->b - d->a) * random_unit(r);
    case DISTRIBUTION_NORMAL:
        return d->a + d->b * random_normal(r);
    case DISTRIBUTION_GAMMA:
        return d->b * draw_gamma(d->a, r);
    case DISTRIBUTION_WEIBULL:
        return d->b * exact_pow(random_exponential(r), 1.0 / d->a);
    case DISTRIBUTION_PARETO: /* a * U^(-1/b) */
        return d->a * exact_exp(random_exponential(r) / d->b);
    case DISTRIBUTION_EMPIRICAL:
        return (double)d->samples[random_below(r, d->sample_count)];
    case DISTRIBUTION_MIXTURE:
        return draw_real(pick_part(d, r), units, r);
    case DISTRIBUTION_AFFINE:
        break;
    }

    const double base = not_below_zero(draw_real(&d->parts[0], 0, r));

    if (units == 0) /* also keeps infinity times nothing away */
        return base;
    return base + not_below_zero(draw_real(&d->parts[1], 0, r)) * (double)units;
}

/* To the nearest nanosecond, halves up. */
static sim_ns round_to_ns(double x)
{
    if (!(x > 0))
        return 0;
    if (x >= (double)DRAW_MAX_NS)
        return DRAW_MAX_NS;
    return (sim_ns)(x + 0.5);
}

sim_ns distribution_draw(const struct distribution *d, struct random *r)
{
    return distribution_draw_units(d, 0, r);
}

sim_ns distribution_draw_units(const struct distribution *d, uint64_t units, struct random *r)
{
    return round_to_ns(draw_real(d, units, r));
}

bool distribution_is_zero(const struct distribution *d)
{
    switch (d->kind) {
    case DISTRIBUTION_CONSTANT:
        return d->value_ns <= 0;
    case DISTRIBUTION_LOGNORMAL:
        return false;
    case DISTRIBUTION_EXPONENTIAL:
    case DISTRIBUTION_PARETO:
        return d->a <= 0;
    case DISTRIBUTION_UNIFORM:
        return d->a <= 0 && d->b <= 0;
    case DISTRIBUTION_NORMAL:
        return d->a <= 0 && d->b <= 0;
    case DISTRIBUTION_GAMMA:
    case DISTRIBUTION_WEIBULL:
        return d->b <= 0;
    case DISTRIBUTION_EMPIRICAL:
        return d->samples[d->sample_count - 1] <= 0;
    case DISTRIBUTION_MIXTURE:
    case DISTRIBUTION_AFFINE:
        break;
    }
    for (uint32_t i = 0; i < d->part_count; i++) {
        if (!distribution_is_zero(&d->parts[i]))
            return false;
    }
    return true;
}

/* Gamma function for x >= 1: Stirling's series at x + 12, divided down. */
static double gamma_function(double x)
{
    double divisor = 1;

    for (int i = 0; i < 12; i++, x += 1)
        divisor *= x;

    const double series = 1 / (12 * x) - 1 / (360 * x * x * x) + 1 / (1260 * x * x * x * x * x);

    return exact_exp((x - 0.5) * exact_log(x) - x + LOG_SQRT_2PI + series) / divisor;
}

/* E max(0, X) of a normal X: mean Phi(z) + sd phi(z), z = mean / sd. */
static double cut_normal_mean(double mean, double sd)
{
    const double z = mean / sd;

    if (!(sd > 0) || z > 8)
        return not_below_zero(mean);
    if (z < -8)
        return 0;

    const double density = INV_SQRT_2PI * exact_exp(-0.5 * z * z);
    double term = z;
    double sum = z;

    for (int i = 3; i < 300; i += 2) { /* Phi(z) = 1/2 + phi(z) (z + z^3/3 + z^5/15 + ...) */
        term *= z * z / i;
        sum += term;
    }
    return not_below_zero(mean * (0.5 + density * sum) + sd * density);
}

static double parts_mean_ns(const struct distribution *d)
{
    double mean = 0;

    for (uint32_t i = 0; i < d->part_count; i++)
        mean +=
            (d->weights[i] - (i > 0 ? d->weights[i - 1] : 0)) * distribution_mean_ns(&d->parts[i]);
    return mean;
}

static double samples_mean_ns(const struct distribution *d)
{
    double sum = 0;

    for (uint32_t i = 0; i < d->sample_count; i++)
        sum += not_below_zero((double)d->samples[i]);
    return sum / d->sample_count;
}

double distribution_mean_ns(const struct distribution *d)
{
    switch (d->kind) {
    case DISTRIBUTION_CONSTANT:
        return not_below_zero((double)d->value_ns);
    case DISTRIBUTION_LOGNORMAL:
        return exact_exp(d->a + d->b * d->b / 2);
    case DISTRIBUTION_EXPONENTIAL:
        return d->a;
    case DISTRIBUTION_UNIFORM:
        return (d->a + d->b) / 2;
    case DISTRIBUTION_NORMAL:
        return cut_normal_mean(d->a, d->b);
    case DISTRIBUTION_GAMMA:
        return d->a * d->b;
    case DISTRIBUTION_WEIBULL:
        return d->b * gamma_function(1.0 + 1.0 / d->a);
    case DISTRIBUTION_PARETO:
        return d->b <= 1.0 ? HUGE_VAL : d->a * d->b / (d->b - 1.0);
    case DISTRIBUTION_EMPIRICAL:
        return samples_mean_ns(d);
    case DISTRIBUTION_MIXTURE:
        return parts_mean_ns(d);
    case DISTRIBUTION_AFFINE:
        break;
    }
    return distribution_mean_ns(&d->parts[0]);
}
