/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * exact_log, exact_exp and exact_pow against the long double functions of libm (64 bits of
 * mantissa: 2048 times finer than a unit in the last place of a double), and against bits written
 * down once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdio.h>

#include "base/exact_math.h"
#include "base/hash.h"

#define SAMPLE_COUNT 300000u
#define BOUND_ULP 2.0L

/* Distance of `got` from `want` in units of the last place of `want`. */
static long double error_ulp(double got, long double want)
{
    const double rounded = (double)want;
    int exponent;

    frexp(rounded, &exponent);
    if (exponent < DBL_MIN_EXP)
        exponent = DBL_MIN_EXP; /* below it the last place stays where it is */
    return fabsl((long double)got - want) / ldexpl(1.0L, exponent - DBL_MANT_DIG);
}

static double unit(uint64_t i)
{
    return (double)(hash_mix(i * UINT64_C(0x9E3779B97F4A7C15)) >> 11) * 0x1p-53;
}

static void expect_within_bound(const char *what, double x, double got, long double want,
                                long double *worst)
{
    const long double error = error_ulp(got, want);

    if (error > *worst)
        *worst = error;
    if (!(error <= BOUND_ULP))
        fail_msg("%s(%.17g) = %.17g, off by %.3Lf ulp", what, x, got, error);
}

static void test_log_is_within_two_ulp(void **state)
{
    long double worst = 0;

    (void)state;
    for (uint64_t i = 0; i < SAMPLE_COUNT; i++) {
        const double near_one = 1.0 + (unit(i) - 0.5) * pow(2.0, -30 * unit(i + 1));
        const double any = ldexp(0.5 + unit(i), (int)(2090 * unit(i + 2)) - 1068);

        expect_within_bound("log", near_one, exact_log(near_one), logl(near_one), &worst);
        expect_within_bound("log", any, exact_log(any), logl(any), &worst);
    }
    print_message("worst of log: %.3Lf ulp\n", worst);
}

static void test_exp_is_within_two_ulp(void **state)
{
    long double worst = 0;

    (void)state;
    for (uint64_t i = 0; i < SAMPLE_COUNT; i++) {
        const double small = (unit(i) - 0.5) * pow(2.0, 2 - 50 * unit(i + 1));
        const double any = -745.1 + unit(i) * (745.1 + 709.78);

        expect_within_bound("exp", small, exact_exp(small), expl(small), &worst);
        expect_within_bound("exp", any, exact_exp(any), expl(any), &worst);
    }
    print_message("worst of exp: %.3Lf ulp\n", worst);
}

static void test_pow_is_within_two_ulp(void **state)
{
    long double worst = 0;

    (void)state;
    for (uint64_t i = 0; i < SAMPLE_COUNT; i++) {
        const double x = ldexp(0.5 + unit(i), (int)(200 * unit(i + 1)) - 100);
        const double near_one = 1.0 + (unit(i) - 0.5) * 0.01;
        const double y = (unit(i + 2) - 0.5) * 10;
        const double power = 1400.0 * (unit(i + 3) - 0.5); /* y log x over the whole range of exp */
        const double large_y = power / log(near_one);

        expect_within_bound("pow", x, exact_pow(x, y), powl(x, y), &worst);
        expect_within_bound("pow", x, exact_pow(x, power / log(x)), powl(x, power / log(x)),
                            &worst);
        expect_within_bound("pow", near_one, exact_pow(near_one, large_y), powl(near_one, large_y),
                            &worst);
    }
    print_message("worst of pow: %.3Lf ulp\n", worst);
}

static void test_log_of_special_values(void **state)
{
    (void)state;
    assert_true(exact_log(0.0) == -HUGE_VAL);
    assert_true(isnan(exact_log(-1.0)));
    assert_true(isnan(exact_log(NAN)));
    assert_true(exact_log(HUGE_VAL) == HUGE_VAL);
    assert_true(exact_log(1.0) == 0.0);
    assert_true(error_ulp(exact_log(0x1p-1074), logl(0x1p-1074L)) <= BOUND_ULP);
}

static void test_exp_of_special_values(void **state)
{
    (void)state;
    assert_true(exact_exp(0.0) == 1.0);
    assert_true(exact_exp(-745.3) == 0.0);
    assert_true(exact_exp(-HUGE_VAL) == 0.0);
    assert_true(exact_exp(709.9) == HUGE_VAL);
    assert_true(exact_exp(HUGE_VAL) == HUGE_VAL);
    assert_true(isnan(exact_exp(NAN)));
    assert_true(exact_exp(-745.1) == 0x1p-1074);
}

static void test_pow_of_special_values(void **state)
{
    (void)state;
    assert_true(exact_pow(0.0, 0.5) == 0.0);
    assert_true(exact_pow(0.0, -1.0) == HUGE_VAL);
    assert_true(exact_pow(3.0, 0.0) == 1.0);
    assert_true(exact_pow(1.0, 1e300) == 1.0);
    assert_true(exact_pow(2.0, 1023.0) == 0x1p1023);
    assert_true(exact_pow(2.0, 1024.0) == HUGE_VAL);
    assert_true(exact_pow(10.0, -400.0) == 0.0);
    assert_true(exact_pow(HUGE_VAL, 2.0) == HUGE_VAL);
    assert_true(exact_pow(2.0, -1074.0) == 0x1p-1074);
}

/* One number for the bits of many results: equal on every machine, compiler and optimisation level.
 * */
static void test_results_have_the_bits_they_always_had(void **state)
{
    uint64_t hash = 0;

    (void)state;
    for (uint64_t i = 0; i < 20000; i++) {
        const double values[] = {
            exact_log(unit(i) * 1e6),
            exact_exp((unit(i) - 0.5) * 1400),
            exact_pow(unit(i) * 100, (unit(i + 1) - 0.5) * 20),
        };

        hash = hash_combine(hash, hash_bytes(values, sizeof values));
    }
    assert_int_equal(hash, UINT64_C(0xd1dbc752c76a5dbb));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_is_within_two_ulp),
        cmocka_unit_test(test_exp_is_within_two_ulp),
        cmocka_unit_test(test_pow_is_within_two_ulp),
        cmocka_unit_test(test_log_of_special_values),
        cmocka_unit_test(test_exp_of_special_values),
        cmocka_unit_test(test_pow_of_special_values),
        cmocka_unit_test(test_results_have_the_bits_they_always_had),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
