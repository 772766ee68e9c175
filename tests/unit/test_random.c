/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Random numbers: the ziggurat's tables computed again, and the variates before GSL as the judge.
 * Seeds are fixed: a test either always holds or never does. A Kolmogorov-Smirnov statistic sqrt(n)
 * D beyond 1.95 has probability 0.1 %.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/units.h"
#include "engine/random.h"
#include "engine/ziggurat_tables.h"

#define DRAW_COUNT 400000u
#define KS_LIMIT 1.95

static struct random test_stream(uint64_t n)
{
    return random_at(random_key(42, 0, RANDOM_USER, hash_string("test_random")), n);
}

static int compare_doubles(const void *left, const void *right)
{
    const double a = *(const double *)left;
    const double b = *(const double *)right;

    return (a > b) - (a < b);
}

typedef double draw_function(struct random *r);
typedef double cdf_function(double x);

/* sqrt(n) times the largest distance between the empirical and the true distribution function. */
static double ks_statistic(draw_function *draw, cdf_function *cdf, uint64_t stream)
{
    struct random r = test_stream(stream);
    double *const values = malloc(DRAW_COUNT * sizeof *values);
    double largest = 0;

    assert_non_null(values);
    for (uint32_t i = 0; i < DRAW_COUNT; i++)
        values[i] = draw(&r);
    qsort(values, DRAW_COUNT, sizeof *values, compare_doubles);
    for (uint32_t i = 0; i < DRAW_COUNT; i++) {
        const double p = cdf(values[i]);

        largest = fmax(largest, fmax(p - (double)i / DRAW_COUNT, (double)(i + 1) / DRAW_COUNT - p));
    }
    free(values);
    return sqrt(DRAW_COUNT) * largest;
}

static void expect_relative(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance * fabs(want)))
        fail_msg("got %.17g, want %.17g within %g", got, want, tolerance);
}

/* ---- tables ---- */

static long double exponential_density(long double x)
{
    return expl(-x);
}

static long double exponential_tail(long double x)
{
    return expl(-x);
}

static long double normal_density(long double x)
{
    return expl(-0.5L * x * x);
}

static long double normal_tail(long double x)
{
    return sqrtl(acosl(-1.0L) / 2) * erfcl(x / sqrtl(2.0L));
}

/* Every layer has the area of layer 0: rectangle and tail; the last reaches the density's top. */
static void expect_equal_layers(const double *edges, long double (*density)(long double),
                                long double (*tail)(long double))
{
    const long double start = edges[1];
    const long double area = start * density(start) + tail(start);

    assert_true(fabsl(edges[0] * density(start) / area - 1) < 1e-15L);
    assert_true(edges[ZIGGURAT_LAYER_COUNT] == 0.0);
    for (unsigned i = 1; i < ZIGGURAT_LAYER_COUNT; i++) {
        const long double layer = edges[i] * (density(edges[i + 1]) - density(edges[i]));

        assert_true(edges[i + 1] < edges[i]);
        /* an edge is rounded to 2^-53 of itself: what that does to the difference of two close
         * heights */
        assert_true(fabsl(layer / area - 1) <
                    1e-15L + 4e-16L / (long double)area * edges[i] * edges[i]);
    }
}

/* The table from its equations: start so that the recursion ends at height 1, found by bisection.
 * */
static void expect_table(const double *edges, long double (*density)(long double),
                         long double (*tail)(long double), long double (*inverse)(long double))
{
    long double low = 3.0L; /* for the exponential 7.7, for the normal 3.7 */
    long double high = 9.0L;
    long double x[ZIGGURAT_LAYER_COUNT + 1] = {0};

    for (int step = 0; step < 64; step++) {
        const long double start = (low + high) / 2;
        const long double area = start * density(start) + tail(start);
        bool is_too_large = false;

        x[0] = area / density(start);
        x[1] = start;
        for (unsigned i = 1; i + 1 < ZIGGURAT_LAYER_COUNT && !is_too_large; i++) {
            const long double height = density(x[i]) + area / x[i];

            is_too_large = height >= 1.0L;
            x[i + 1] = is_too_large ? 0 : inverse(height);
        }
        is_too_large = is_too_large || density(x[255]) + area / x[255] > 1.0L;
        if (is_too_large)
            low = start;
        else
            high = start;
    }
    for (unsigned i = 0; i < ZIGGURAT_LAYER_COUNT; i++)
        expect_relative(edges[i], (double)x[i], i < 250 ? 1e-15 : 1e-13);
}

static long double exponential_inverse(long double y)
{
    return -logl(y);
}

static long double normal_inverse(long double y)
{
    return sqrtl(-2 * logl(y));
}

static void test_layers_of_the_exponential_have_one_area(void **state)
{
    (void)state;
    expect_equal_layers(ziggurat_exponential_edges, exponential_density, exponential_tail);
}

static void test_layers_of_the_normal_have_one_area(void **state)
{
    (void)state;
    expect_equal_layers(ziggurat_normal_edges, normal_density, normal_tail);
}

static void test_table_of_the_exponential_follows_from_its_equations(void **state)
{
    (void)state;
    expect_table(ziggurat_exponential_edges, exponential_density, exponential_tail,
                 exponential_inverse);
}

static void test_table_of_the_normal_follows_from_its_equations(void **state)
{
    (void)state;
    expect_table(ziggurat_normal_edges, normal_density, normal_tail, normal_inverse);
}

/* ---- variates ---- */

static double unit_cdf(double x)
{
    return x;
}

static double exponential_cdf(double x)
{
    return gsl_cdf_exponential_P(x, 1.0);
}

static void test_units_are_uniform(void **state)
{
    (void)state;
    assert_true(ks_statistic(random_unit, unit_cdf, 1) < KS_LIMIT);
}

static void test_exponentials_are_exponential(void **state)
{
    (void)state;
    assert_true(ks_statistic(random_exponential, exponential_cdf, 2) < KS_LIMIT);
}

static void test_normals_are_normal(void **state)
{
    (void)state;
    assert_true(ks_statistic(random_normal, gsl_cdf_ugaussian_P, 3) < KS_LIMIT);
}

/* Raw moments 1 .. 6 within five standard errors; `want` holds moments 0 .. 12. */
static void expect_moments(draw_function *draw, const double want[13], uint64_t stream)
{
    const uint32_t count = 4000000;
    struct random r = test_stream(stream);
    double sums[7] = {0};

    for (uint32_t i = 0; i < count; i++) {
        const double x = draw(&r);
        double power = 1;

        for (int k = 1; k <= 6; k++) {
            power *= x;
            sums[k] += power;
        }
    }
    for (int k = 1; k <= 6; k++) {
        const double standard_error = sqrt((want[2 * k] - want[k] * want[k]) / count);

        if (!(fabs(sums[k] / count - want[k]) < 5 * standard_error))
            fail_msg("moment %d: got %.17g, want %.17g +- %g", k, sums[k] / count, want[k],
                     standard_error);
    }
}

static void test_moments_of_the_exponential(void **state)
{
    double want[13];

    (void)state;
    for (unsigned k = 0; k <= 12; k++)
        want[k] = gsl_sf_fact(k);
    expect_moments(random_exponential, want, 4);
}

static void test_moments_of_the_normal(void **state)
{
    static const double want[13] = {1, 0, 1, 0, 3, 0, 15, 0, 105, 0, 945, 0, 10395};

    (void)state;
    expect_moments(random_normal, want, 5);
}

/* The share of draws beyond x, within five standard errors of the true one. */
static void expect_tail(draw_function *draw, double x, double probability, uint64_t stream)
{
    const uint32_t count = 4000000;
    struct random r = test_stream(stream);
    uint32_t beyond = 0;

    for (uint32_t i = 0; i < count; i++)
        beyond += draw(&r) > x;

    const double want = probability * count;

    if (!(fabs(beyond - want) < 5 * sqrt(want)))
        fail_msg("beyond %g: got %u, want %.17g", x, beyond, want);
}

static double negated_normal(struct random *r)
{
    return -random_normal(r);
}

static void test_tails_of_the_exponential(void **state)
{
    static const double points[] = {5.0, 7.6, 7.8, 9.0,
                                    11.0}; /* the tail's own code runs beyond 7.697 */

    (void)state;
    for (size_t i = 0; i < EP_COUNT_OF(points); i++)
        expect_tail(random_exponential, points[i], gsl_cdf_exponential_Q(points[i], 1.0), 6);
}

static void test_tails_of_the_normal(void **state)
{
    static const double points[] = {2.5, 3.6, 3.7, 4.0,
                                    4.4}; /* the tail's own code runs beyond 3.654 */

    (void)state;
    for (size_t i = 0; i < EP_COUNT_OF(points); i++) {
        expect_tail(random_normal, points[i], gsl_cdf_ugaussian_Q(points[i]), 7);
        expect_tail(negated_normal, points[i], gsl_cdf_ugaussian_Q(points[i]), 8);
    }
}

/* What lies beyond the last edge has a code of its own: about 10,000 draws of it, by themselves. */
static double normal_beyond_last_edge(struct random *r)
{
    for (;;) {
        const double x = fabs(random_normal(r));

        if (x > ziggurat_normal_edges[1])
            return x;
    }
}

static void test_the_tail_of_the_normal_has_its_shape(void **state)
{
    const uint32_t count = 10000;
    const double start = gsl_cdf_ugaussian_Q(ziggurat_normal_edges[1]);
    struct random r = test_stream(13);
    double *const values = malloc(count * sizeof *values);
    double largest = 0;

    (void)state;
    assert_non_null(values);
    for (uint32_t i = 0; i < count; i++)
        values[i] = normal_beyond_last_edge(&r);
    qsort(values, count, sizeof *values, compare_doubles);
    for (uint32_t i = 0; i < count; i++) {
        const double p = 1 - gsl_cdf_ugaussian_Q(values[i]) / start;

        largest = fmax(largest, fmax(p - (double)i / count, (double)(i + 1) / count - p));
    }
    free(values);
    assert_true(sqrt(count) * largest < KS_LIMIT);
}

/* Chi-square of `count` cells against equal shares, as a probability. */
static double uniformity_p(const uint32_t *tally, uint32_t count, double draws)
{
    double chi_square = 0;

    for (uint32_t i = 0; i < count; i++)
        chi_square += (tally[i] - draws / count) * (tally[i] - draws / count) * count / draws;
    return gsl_cdf_chisq_Q(chi_square, count - 1);
}

static void test_below_is_uniform_and_in_range(void **state)
{
    struct random r = test_stream(9);
    uint32_t tally[7] = {0};

    (void)state;
    for (uint32_t i = 0; i < DRAW_COUNT; i++) {
        const uint64_t value = random_below(&r, 7);

        assert_true(value < 7);
        tally[value]++;
    }
    assert_true(uniformity_p(tally, 7, DRAW_COUNT) > 0.001);
    assert_int_equal(random_below(&r, 1), 0);
}

static void test_below_reaches_all_of_64_bits(void **state)
{
    struct random r = test_stream(10);
    uint64_t ones = 0;

    (void)state;
    for (int i = 0; i < 100; i++)
        ones |= random_below(&r, UINT64_MAX);
    assert_true(ones == UINT64_MAX);
}

/* ---- streams ---- */

static void test_same_key_and_number_give_the_same_luck(void **state)
{
    struct random a = random_at(7, 3);
    struct random b = random_at(7, 3);

    (void)state;
    for (int i = 0; i < 10; i++)
        assert_true(random_next(&a) == random_next(&b));
}

static void test_every_part_of_a_key_matters(void **state)
{
    const uint64_t key = random_key(1, 0, RANDOM_DNS, 99);

    (void)state;
    assert_true(key != random_key(2, 0, RANDOM_DNS, 99));
    assert_true(key != random_key(1, 1, RANDOM_DNS, 99));
    assert_true(key != random_key(1, 0, RANDOM_PICK, 99));
    assert_true(key != random_key(1, 0, RANDOM_DNS, 98));
    assert_true(random_key(0, 1, RANDOM_DNS, 99) != random_key(1, 0, RANDOM_DNS, 99));
}

/* The first number of each of many small generators is what requests live on: it must be as good as
 * one long row. */
static double first_unit(struct random *counter)
{
    struct random r = random_at(12345, counter->state++);

    return random_unit(&r);
}

static double first_exponential(struct random *counter)
{
    struct random r = random_at(12345, counter->state++);

    return random_exponential(&r);
}

static void test_first_numbers_of_neighbours_are_uniform(void **state)
{
    (void)state;
    assert_true(ks_statistic(first_unit, unit_cdf, 11) < KS_LIMIT);
    assert_true(ks_statistic(first_exponential, exponential_cdf, 12) < KS_LIMIT);
}

static void test_first_numbers_of_neighbours_are_uncorrelated(void **state)
{
    struct random counter = {1000};
    double last = first_unit(&counter);
    double sum = 0;

    (void)state;
    for (uint32_t i = 0; i < DRAW_COUNT; i++) {
        const double next = first_unit(&counter);

        sum += (last - 0.5) * (next - 0.5);
        last = next;
    }
    assert_true(fabs(sum / DRAW_COUNT) < 5.0 / 12 / sqrt(DRAW_COUNT));
}

/* ---- exp ---- */

static void test_exp_is_good_for_draws(void **state)
{
    struct random r = test_stream(0);

    (void)state;
    for (int i = 0; i < 300000; i++) {
        const double x = 1400 * random_unit(&r) - 700;
        const double near_zero = x * 0x1p-20;

        assert_true(fabsl(random_exp(x) / expl(x) - 1) < 1e-15L);
        assert_true(fabsl(random_exp(near_zero) / expl(near_zero) - 1) < 1e-15L);
    }
    assert_true(random_exp(0) == 1);
}

static void test_exp_does_not_leave_its_range(void **state)
{
    (void)state;
    assert_true(random_exp(1e300) == random_exp(700));
    assert_true(random_exp(-1e300) == random_exp(-700));
    assert_true(random_exp(701) == random_exp(700));
}

/* ---- jump ---- */

static void test_jump_is_uniform(void **state)
{
    static const uint32_t bucket_counts[] = {1, 2, 3, 7, 8, 9, 10, 17, 100};
    uint32_t tally[100];

    (void)state;
    for (size_t c = 0; c < EP_COUNT_OF(bucket_counts); c++) {
        for (uint32_t i = 0; i < 100; i++)
            tally[i] = 0;
        for (uint64_t key = 0; key < 100000; key++) {
            const uint32_t bucket = random_jump(key, bucket_counts[c]);

            assert_true(bucket < bucket_counts[c]);
            tally[bucket]++;
        }
        if (bucket_counts[c] > 1)
            assert_true(uniformity_p(tally, bucket_counts[c], 100000) > 0.001);
    }
}

static void test_jump_moves_keys_to_the_new_bucket_only(void **state)
{
    const uint32_t key_count = 20000;

    (void)state;
    for (uint32_t n = 1; n < 60; n++) {
        uint32_t moved = 0;

        for (uint64_t key = 0; key < key_count; key++) {
            const uint32_t before = random_jump(key, n);
            const uint32_t after = random_jump(key, n + 1);

            assert_true(after == before || after == n);
            moved += after != before;
        }

        const double want = (double)key_count / (n + 1);

        assert_true(fabs(moved - want) < 5 * sqrt(want));
    }
}

static void test_streams_have_the_bits_they_always_had(void **state)
{
    struct random r = test_stream(0);
    uint64_t hash = 0;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        double values[3];

        values[0] =
            random_exponential(&r); /* one by one: an initialiser's order is the compiler's */
        values[1] = random_normal(&r);
        values[2] = random_unit(&r);
        hash = hash_combine(hash, hash_bytes(values, sizeof values));
        hash = hash_combine(hash, random_below(&r, 1000003));
        hash = hash_combine(hash, random_jump(hash, 5000));
        values[0] = random_exp(20 * values[2]);
        hash = hash_combine(hash, hash_bytes(values, sizeof values[0]));
    }
    assert_int_equal(hash, UINT64_C(0x69cdcabce0fe4a8f));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layers_of_the_exponential_have_one_area),
        cmocka_unit_test(test_layers_of_the_normal_have_one_area),
        cmocka_unit_test(test_table_of_the_exponential_follows_from_its_equations),
        cmocka_unit_test(test_table_of_the_normal_follows_from_its_equations),
        cmocka_unit_test(test_units_are_uniform),
        cmocka_unit_test(test_exponentials_are_exponential),
        cmocka_unit_test(test_normals_are_normal),
        cmocka_unit_test(test_moments_of_the_exponential),
        cmocka_unit_test(test_moments_of_the_normal),
        cmocka_unit_test(test_tails_of_the_exponential),
        cmocka_unit_test(test_tails_of_the_normal),
        cmocka_unit_test(test_the_tail_of_the_normal_has_its_shape),
        cmocka_unit_test(test_below_is_uniform_and_in_range),
        cmocka_unit_test(test_below_reaches_all_of_64_bits),
        cmocka_unit_test(test_same_key_and_number_give_the_same_luck),
        cmocka_unit_test(test_every_part_of_a_key_matters),
        cmocka_unit_test(test_first_numbers_of_neighbours_are_uniform),
        cmocka_unit_test(test_first_numbers_of_neighbours_are_uncorrelated),
        cmocka_unit_test(test_exp_is_good_for_draws),
        cmocka_unit_test(test_exp_does_not_leave_its_range),
        cmocka_unit_test(test_jump_is_uniform),
        cmocka_unit_test(test_jump_moves_keys_to_the_new_bucket_only),
        cmocka_unit_test(test_streams_have_the_bits_they_always_had),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
