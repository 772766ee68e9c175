/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Distributions of durations before GSL as the judge: distribution function (Kolmogorov-Smirnov),
 * mean, tail. Seeds are fixed. sqrt(n) D beyond 1.95 has probability 0.1 %; scales are so large
 * that rounding to nanoseconds is invisible.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_gamma.h>

#include "engine/distribution.h"

#define DRAW_COUNT 200000u
#define KS_LIMIT 1.95

/* P(X <= x) with the parameters of the test at hand. */
typedef double cdf_function(double x, double a, double b);

static struct random test_stream(uint64_t n)
{
    return random_at(random_key(42, 0, RANDOM_USER, hash_string("test_distribution")), n);
}

static int compare_ns(const void *left, const void *right)
{
    const sim_ns a = *(const sim_ns *)left;
    const sim_ns b = *(const sim_ns *)right;

    return (a > b) - (a < b);
}

static void expect_near(const char *what, double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance))
        fail_msg("%s: got %.17g, want %.17g +- %g", what, got, want, tolerance);
}

/* The drawn values have this distribution function and this tail; each kind's draws come from its
 * own stream. */
static void expect_distribution(const struct distribution *d, cdf_function *cdf, double a, double b)
{
    struct random r = test_stream((uint64_t)d->kind * 1000 + (uint64_t)(a * 10));
    sim_ns *const values = malloc(DRAW_COUNT * sizeof *values);
    double largest = 0;
    uint32_t beyond = 0;

    assert_non_null(values);
    for (uint32_t i = 0; i < DRAW_COUNT; i++)
        values[i] = distribution_draw(d, &r);
    qsort(values, DRAW_COUNT, sizeof *values, compare_ns);
    for (uint32_t i = 0; i < DRAW_COUNT; i++) {
        const double p = cdf((double)values[i], a, b);

        largest = fmax(largest, fmax(p - (double)i / DRAW_COUNT, (double)(i + 1) / DRAW_COUNT - p));
        beyond += p > 1 - 1e-3;
    }
    free(values);
    expect_near("sqrt(n) D", sqrt(DRAW_COUNT) * largest, 0, KS_LIMIT);
    expect_near("draws beyond the 99.9th percentile", beyond, 1e-3 * DRAW_COUNT,
                5 * sqrt(1e-3 * DRAW_COUNT));
}

/* The mean that is stated is the mean of what is drawn, within five standard errors; returns the
 * stated one. */
static double expect_stated_mean(const struct distribution *d)
{
    struct random r = test_stream(77);
    const double want = distribution_mean_ns(d);
    double sum = 0;
    double square_sum = 0;

    for (uint32_t i = 0; i < DRAW_COUNT; i++) {
        const double x = (double)distribution_draw(d, &r) - want;

        sum += x;
        square_sum += x * x;
    }
    expect_near("mean of the draws minus the stated mean", sum / DRAW_COUNT, 0,
                5 * sqrt(square_sum) / DRAW_COUNT + 1e-6 * want);
    return want;
}

/* ---- kinds ---- */

static void test_constant_is_constant(void **state)
{
    const struct distribution d = distribution_constant(123456789012345);
    struct random r = test_stream(1);

    (void)state;
    assert_int_equal(distribution_draw(&d, &r), 123456789012345);
    assert_int_equal(distribution_draw(&d, &r), 123456789012345);
    assert_true(distribution_mean_ns(&d) == 123456789012345.0);
}

static double lognormal_cdf(double x, double mu, double sigma)
{
    return gsl_cdf_lognormal_P(x, mu, sigma);
}

static void test_lognormal_by_quantiles(void **state)
{
    const struct distribution d = distribution_lognormal_quantiles(4 * NS_PER_MS, 14 * NS_PER_MS);
    const double mu = log(4e6);
    const double sigma = log(14.0 / 4.0) / gsl_cdf_ugaussian_Pinv(0.99);

    (void)state;
    expect_near("P(p50)", lognormal_cdf(4e6, d.a, d.b), 0.50, 1e-12);
    expect_near("P(p99)", lognormal_cdf(14e6, d.a, d.b), 0.99, 1e-12);
    expect_distribution(&d, lognormal_cdf, mu, sigma);
    expect_stated_mean(&d);
}

static void test_lognormal_by_moments(void **state)
{
    const struct distribution d = distribution_lognormal_moments(10 * NS_PER_MS, 0.5);
    const double sigma = sqrt(log(1.25));

    (void)state;
    expect_distribution(&d, lognormal_cdf, log(10e6) - sigma * sigma / 2, sigma);
    expect_near("mean", expect_stated_mean(&d), 10e6, 1e-6);
}

static void test_lognormal_without_spread_is_its_median(void **state)
{
    const struct distribution by_quantiles = distribution_lognormal_quantiles(NS_PER_S, NS_PER_S);
    const struct distribution by_moments = distribution_lognormal_moments(NS_PER_S, 0);
    struct random r = test_stream(2);

    (void)state;
    assert_int_equal(distribution_draw(&by_quantiles, &r), NS_PER_S);
    assert_int_equal(distribution_draw(&by_moments, &r), NS_PER_S);
}

static double exponential_cdf(double x, double mean, double unused)
{
    (void)unused;
    return gsl_cdf_exponential_P(x, mean);
}

static void test_exponential(void **state)
{
    const struct distribution d = distribution_exponential(10 * NS_PER_MS);

    (void)state;
    expect_distribution(&d, exponential_cdf, 10e6, 0);
    assert_true(expect_stated_mean(&d) == 10e6);
}

static void test_uniform(void **state)
{
    const struct distribution d = distribution_uniform(20 * NS_PER_MS, 50 * NS_PER_MS);
    struct random r = test_stream(3);

    (void)state;
    expect_distribution(&d, gsl_cdf_flat_P, 20e6, 50e6);
    assert_true(expect_stated_mean(&d) == 35e6);
    for (int i = 0; i < 100000; i++) {
        const sim_ns x = distribution_draw(&d, &r);

        assert_true(x >= 20 * NS_PER_MS && x <= 50 * NS_PER_MS);
    }
}

static double cut_normal_cdf(double x, double mean, double sd)
{
    return gsl_cdf_gaussian_P(x - mean, sd);
}

static void test_normal(void **state)
{
    const struct distribution d = distribution_normal(100 * NS_PER_MS, 7 * NS_PER_MS);

    (void)state;
    expect_distribution(&d, cut_normal_cdf, 100e6, 7e6);
    assert_true(expect_stated_mean(&d) == 100e6);
}

static void test_normal_is_cut_at_zero(void **state)
{
    const struct distribution d = distribution_normal(NS_PER_MS, 2 * NS_PER_MS);
    struct random r = test_stream(4);
    uint32_t zeros = 0;

    (void)state;
    for (uint32_t i = 0; i < DRAW_COUNT; i++) {
        const sim_ns x = distribution_draw(&d, &r);

        assert_true(x >= 0);
        zeros += x == 0;
    }
    expect_near("zeros", zeros, DRAW_COUNT * gsl_cdf_ugaussian_P(-0.5),
                5 * sqrt(0.22 * DRAW_COUNT));
    expect_near("mean", expect_stated_mean(&d), 1395593.115,
                0.001); /* 1e6 Phi(1/2) + 2e6 phi(1/2) */
}

static void test_gamma(void **state)
{
    static const double shapes[] = {0.3, 0.99, 1.0, 2.5, 40.0};

    (void)state;
    for (size_t i = 0; i < EP_COUNT_OF(shapes); i++) {
        const struct distribution d = distribution_gamma(shapes[i], NS_PER_S);

        expect_distribution(&d, gsl_cdf_gamma_P, shapes[i], 1e9);
        assert_true(expect_stated_mean(&d) == shapes[i] * 1e9);
    }
}

static double weibull_cdf(double x, double shape, double scale)
{
    return gsl_cdf_weibull_P(x, scale, shape);
}

static void test_weibull(void **state)
{
    static const double shapes[] = {0.5, 1.0, 1.5, 5.0};

    (void)state;
    for (size_t i = 0; i < EP_COUNT_OF(shapes); i++) {
        const struct distribution d = distribution_weibull(shapes[i], NS_PER_S);
        const double mean = 1e9 * gsl_sf_gamma(1 + 1 / shapes[i]);

        expect_distribution(&d, weibull_cdf, shapes[i], 1e9);
        expect_near("mean", expect_stated_mean(&d), mean, 1e-10 * mean);
    }
}

static double pareto_cdf(double x, double minimum, double alpha)
{
    return gsl_cdf_pareto_P(x, alpha, minimum);
}

static void test_pareto(void **state)
{
    static const double alphas[] = {0.7, 1.5, 5.0};

    (void)state;
    for (size_t i = 0; i < EP_COUNT_OF(alphas); i++) {
        const struct distribution d = distribution_pareto(NS_PER_MS, alphas[i]);

        expect_distribution(&d, pareto_cdf, 1e6, alphas[i]);
    }

    const struct distribution light = distribution_pareto(NS_PER_MS, 5.0);
    const struct distribution heavy = distribution_pareto(NS_PER_MS, 1.0);

    expect_near("mean", expect_stated_mean(&light), 1.25e6, 1e-6);
    assert_true(distribution_mean_ns(&heavy) == HUGE_VAL);
}

static void test_empirical_draws_each_sample_alike(void **state)
{
    static const sim_ns samples[] = {40, 10, 20, 30, 10};
    struct arena arena;
    struct random r = test_stream(5);
    uint32_t tally[5] = {0};

    (void)state;
    arena_init(&arena);

    const struct distribution d = distribution_empirical(&arena, samples, 5);

    for (uint32_t i = 0; i < DRAW_COUNT; i++)
        tally[distribution_draw(&d, &r) / 10]++;
    assert_int_equal(tally[0], 0);
    expect_near("10", tally[1], 0.4 * DRAW_COUNT, 5 * sqrt(0.24 * DRAW_COUNT));
    for (int i = 2; i <= 4; i++)
        expect_near("20, 30, 40", tally[i], 0.2 * DRAW_COUNT, 5 * sqrt(0.16 * DRAW_COUNT));
    assert_true(distribution_mean_ns(&d) == 22.0);
    for (uint32_t i = 1; i < d.sample_count; i++)
        assert_true(d.samples[i - 1] <= d.samples[i]);
    arena_deinit(&arena);
}

static void test_mixture_takes_parts_by_weight(void **state)
{
    const struct distribution parts[] = {distribution_constant(1), distribution_constant(2),
                                         distribution_constant(3)};
    const double weights[] = {1, 6, 3};
    struct arena arena;
    struct random r = test_stream(6);
    uint32_t tally[4] = {0};

    (void)state;
    arena_init(&arena);

    const struct distribution d = distribution_mixture(&arena, parts, weights, 3);

    for (uint32_t i = 0; i < DRAW_COUNT; i++)
        tally[distribution_draw(&d, &r)]++;
    expect_near("1", tally[1], 0.1 * DRAW_COUNT, 5 * sqrt(0.09 * DRAW_COUNT));
    expect_near("2", tally[2], 0.6 * DRAW_COUNT, 5 * sqrt(0.24 * DRAW_COUNT));
    expect_near("3", tally[3], 0.3 * DRAW_COUNT, 5 * sqrt(0.21 * DRAW_COUNT));
    expect_near("mean", distribution_mean_ns(&d), 2.2, 1e-12);
    arena_deinit(&arena);
}

static void test_affine_counts_units(void **state)
{
    struct arena arena;
    struct random r = test_stream(7);

    (void)state;
    arena_init(&arena);

    const struct distribution d = distribution_affine(
        &arena, distribution_constant(2400 * NS_PER_US), distribution_constant(27 * NS_PER_US));

    assert_int_equal(distribution_draw(&d, &r), 2400 * NS_PER_US);
    assert_int_equal(distribution_draw_units(&d, 0, &r), 2400 * NS_PER_US);
    assert_int_equal(distribution_draw_units(&d, 100, &r), 5100 * NS_PER_US);
    arena_deinit(&arena);
}

static void test_affine_rounds_after_multiplying(void **state)
{
    struct arena arena;
    struct random r = test_stream(8);
    double sum = 0;

    (void)state;
    arena_init(&arena);

    /* half a nanosecond a unit on average: rounded before, it would be 0 or 1 */
    const struct distribution per = distribution_uniform(0, 1);
    const struct distribution d = distribution_affine(&arena, distribution_constant(0), per);
    bool has_odd = false;

    for (int i = 0; i < 10000; i++) {
        const sim_ns x = distribution_draw_units(&d, 1000, &r);

        sum += (double)x;
        has_odd = has_odd || (x != 0 && x != 1000);
    }
    assert_true(has_odd);
    expect_near("mean", sum / 10000, 500, 5 * 289 / 100.0);
    arena_deinit(&arena);
}

static void test_other_kinds_ignore_units(void **state)
{
    const struct distribution d = distribution_exponential(NS_PER_MS);
    struct random a = test_stream(9);
    struct random b = test_stream(9);

    (void)state;
    assert_int_equal(distribution_draw(&d, &a), distribution_draw_units(&d, 1000, &b));
}

/* ---- rounding and limits ---- */

static void test_draws_are_rounded_to_the_nearest_nanosecond(void **state)
{
    /* Uniform over [0, 3): 0, 1, 2 and 3 have the lengths 1/2, 1, 1, 1/2 */
    const struct distribution d = distribution_uniform(0, 3);
    struct random r = test_stream(10);
    uint32_t tally[4] = {0};

    (void)state;
    for (uint32_t i = 0; i < DRAW_COUNT; i++)
        tally[distribution_draw(&d, &r)]++;
    expect_near("0", tally[0], DRAW_COUNT / 6.0, 5 * sqrt(0.14 * DRAW_COUNT));
    expect_near("1", tally[1], DRAW_COUNT / 3.0, 5 * sqrt(0.23 * DRAW_COUNT));
    expect_near("2", tally[2], DRAW_COUNT / 3.0, 5 * sqrt(0.23 * DRAW_COUNT));
    expect_near("3", tally[3], DRAW_COUNT / 6.0, 5 * sqrt(0.14 * DRAW_COUNT));
}

static void test_draws_never_exceed_292_years(void **state)
{
    const struct distribution d = distribution_pareto(NS_PER_HOUR, 0.05);
    const sim_ns limit_ns = (sim_ns)292 * 36525 / 100 * 24 * NS_PER_HOUR;
    struct random r = test_stream(11);
    uint32_t at_limit = 0;

    (void)state;
    for (int i = 0; i < 10000; i++) {
        const sim_ns x = distribution_draw(&d, &r);

        assert_true(x >= NS_PER_HOUR && x <= limit_ns);
        at_limit += x == limit_ns;
    }
    assert_true(at_limit > 100);
}

static void test_zero_is_recognised(void **state)
{
    static const sim_ns no_samples[] = {0, 0};
    const struct distribution some = distribution_exponential(1);
    struct arena arena;

    (void)state;
    arena_init(&arena);

    const struct distribution zero = distribution_constant(0);
    const struct distribution zeros[] = {
        zero,
        distribution_exponential(0),
        distribution_uniform(0, 0),
        distribution_normal(0, 0),
        distribution_gamma(2, 0),
        distribution_weibull(2, 0),
        distribution_pareto(0, 2),
        distribution_empirical(&arena, no_samples, 2),
        distribution_affine(&arena, zero, zero),
    };
    const struct distribution others[] = {
        some,
        distribution_constant(1),
        distribution_uniform(0, 1),
        distribution_normal(0, 1),
        distribution_lognormal_quantiles(1, 1),
        distribution_affine(&arena, zero, some),
        distribution_affine(&arena, some, zero),
    };
    struct random r = test_stream(12);

    for (size_t i = 0; i < EP_COUNT_OF(zeros); i++) {
        assert_true(distribution_is_zero(&zeros[i]));
        assert_int_equal(distribution_draw_units(&zeros[i], 1000, &r), 0);
    }
    for (size_t i = 0; i < EP_COUNT_OF(others); i++)
        assert_false(distribution_is_zero(&others[i]));
    arena_deinit(&arena);
}

static void test_draws_have_the_bits_they_always_had(void **state)
{
    const struct distribution kinds[] = {
        distribution_lognormal_quantiles(4 * NS_PER_MS, 14 * NS_PER_MS),
        distribution_lognormal_moments(4 * NS_PER_S, 1.5),
        distribution_exponential(NS_PER_MS),
        distribution_uniform(5, NS_PER_S),
        distribution_normal(NS_PER_S, NS_PER_S),
        distribution_gamma(0.4, NS_PER_S),
        distribution_gamma(3.4, NS_PER_S),
        distribution_weibull(0.8, NS_PER_S),
        distribution_pareto(NS_PER_MS, 1.2),
    };
    struct random r = test_stream(13);
    uint64_t hash = 0;

    (void)state;
    for (int i = 0; i < 5000; i++) {
        for (size_t k = 0; k < EP_COUNT_OF(kinds); k++)
            hash = hash_combine(hash, (uint64_t)distribution_draw(&kinds[k], &r));
    }
    assert_int_equal(hash, UINT64_C(0xa80d1134b026d0bf));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_constant_is_constant),
        cmocka_unit_test(test_lognormal_by_quantiles),
        cmocka_unit_test(test_lognormal_by_moments),
        cmocka_unit_test(test_lognormal_without_spread_is_its_median),
        cmocka_unit_test(test_exponential),
        cmocka_unit_test(test_uniform),
        cmocka_unit_test(test_normal),
        cmocka_unit_test(test_normal_is_cut_at_zero),
        cmocka_unit_test(test_gamma),
        cmocka_unit_test(test_weibull),
        cmocka_unit_test(test_pareto),
        cmocka_unit_test(test_empirical_draws_each_sample_alike),
        cmocka_unit_test(test_mixture_takes_parts_by_weight),
        cmocka_unit_test(test_affine_counts_units),
        cmocka_unit_test(test_affine_rounds_after_multiplying),
        cmocka_unit_test(test_other_kinds_ignore_units),
        cmocka_unit_test(test_draws_are_rounded_to_the_nearest_nanosecond),
        cmocka_unit_test(test_draws_never_exceed_292_years),
        cmocka_unit_test(test_zero_is_recognised),
        cmocka_unit_test(test_draws_have_the_bits_they_always_had),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
