/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Why not libm: glibc picks an FMA or a plain variant by processor, and their last bits differ.
 *
 * log: x = 2^k m with m in [sqrt(1/2), sqrt(2)); with s = (m-1)/(m+1), log m = 2 atanh s = 2s +
 * 2s^3/3 + 2s^5/5 + ... exp: x = k ln 2 + r with |r| <= ln(2)/2; e^r by its power series; the scale
 * 2^k is put in by bits. pow: exp(y log x) with the logarithm and the product kept as unevaluated
 * sums of two doubles, because an error
 *      of 2^-53 in a logarithm of 700 would be one of 2^-44 in the result.
 */
#include "base/exact_math.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* ln 2 = LN2_HI + LN2_LO; LN2_HI has 20 zero bits at its end, so that k * LN2_HI is exact. */
#define LN2_HI 0x1.62e42fefap-1
#define LN2_LO 0x1.cf79abc9e3b39p-40
#define INV_LN2 0x1.71547652b82fep+0
#define SQRT_HALF_BITS UINT64_C(0x3FE6A09E667F3BCD)
#define ONE_BITS UINT64_C(0x3FF0000000000000)
#define MANTISSA_BITS 52
/* Adding and taking away 1.5 * 2^52 rounds to an integer. */
#define ROUNDER 0x1.8p52

/* The unevaluated sum hi + lo, |lo| <= ulp(hi) / 2. */
struct pair {
    double hi;
    double lo;
};

static uint64_t bits_of(double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double from_bits(uint64_t bits)
{
    double x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

/* x = 2^k * m with m in [sqrt(1/2), sqrt(2)); x > 0 and finite. */
static double split_exponent(double x, int *k)
{
    uint64_t bits = bits_of(x);
    int shift = 0;

    if (bits < (UINT64_C(1) << MANTISSA_BITS)) { /* subnormal */
        bits = bits_of(x * 0x1p54);
        shift = -54;
    }

    const int64_t above = (int64_t)(bits - SQRT_HALF_BITS) >> MANTISSA_BITS;

    *k = (int)above + shift;
    return from_bits(bits - ((uint64_t)above << MANTISSA_BITS));
}

/* x * 2^k in two steps where one would leave the range of normal numbers on the way. */
static double scale(double x, int k)
{
    if (k < -1021)
        return x * from_bits(ONE_BITS + ((uint64_t)(k + 1000) << MANTISSA_BITS)) * 0x1p-1000;
    if (k > 1023)
        return x * from_bits(ONE_BITS + ((uint64_t)(k - 1) << MANTISSA_BITS)) * 2.0;
    return x * from_bits(ONE_BITS + ((uint64_t)k << MANTISSA_BITS));
}

/* 1/5 + z/7 + z^2/9 + ...: what follows 1 + z/3 in atanh(s)/s, z = s^2 <= 0.0295. */
static double atanh_rest(double z)
{
    const double z2 = z * z;
    const double even =
        1.0 / 5 + z2 * (1.0 / 9 + z2 * (1.0 / 13 + z2 * (1.0 / 17 + z2 * (1.0 / 21))));
    const double odd =
        1.0 / 7 + z2 * (1.0 / 11 + z2 * (1.0 / 15 + z2 * (1.0 / 19 + z2 * (1.0 / 23))));

    return even + z * odd;
}

double exact_log(double x)
{
    if (!(x > 0))
        return x == 0 ? -HUGE_VAL : NAN;
    if (x > 0x1.fffffffffffffp1023)
        return x;

    int k;
    const double f = split_exponent(x, &k) - 1.0; /* exact */
    const double s = f / (2.0 + f);
    const double z = s * s;
    const double half_square = 0.5 * f * f;
    /* log(1+f) = f - f^2/2 + s (f^2/2 + 2 z (1/3 + z rest)): the large terms are nearly exact. */
    const double rest = 2.0 * z * (1.0 / 3 + z * atanh_rest(z));

    return k * LN2_HI - ((half_square - (s * (half_square + rest) + k * LN2_LO)) - f);
}

/* 1/2 + r/6 + ... + r^12/14!: (e^r - 1 - r) / r^2, terms grouped to run side by side. */
static double exp_rest(double r)
{
    const double r2 = r * r;
    const double r4 = r2 * r2;
    const double a = (1.0 / 2 + r * (1.0 / 6)) + r2 * (1.0 / 24 + r * (1.0 / 120));
    const double b = (1.0 / 720 + r * (1.0 / 5040)) + r2 * (1.0 / 40320 + r * (1.0 / 362880));
    const double c = (1.0 / 3628800 + r * (1.0 / 39916800)) +
                     r2 * (1.0 / 479001600 + r * (1.0 / 6227020800.0)) + r4 * (1.0 / 87178291200.0);

    return a + r4 * (b + r4 * c);
}

/* e^(hi + lo). */
static double exp_of_pair(double hi, double lo)
{
    if (!(hi > -745.2))
        return hi != hi ? hi : 0.0;
    if (hi > 709.8)
        return HUGE_VAL;

    const double k = (hi * INV_LN2 + ROUNDER) - ROUNDER;
    const double r_hi = hi - k * LN2_HI; /* exact */
    const double r_lo = lo - k * LN2_LO;
    const double r = r_hi + r_lo;
    const double r_error = (r_hi - r) + r_lo;

    return scale(1.0 + (r + (r_error + r * r * exp_rest(r))), (int)k);
}

double exact_exp(double x)
{
    return exp_of_pair(x, 0.0);
}

/* hi + lo = a + b exactly, |a| >= |b| (Dekker). */
static struct pair sum_ordered(double a, double b)
{
    const double hi = a + b;

    return (struct pair){hi, b - (hi - a)};
}

/* hi + lo = a * b exactly (Veltkamp and Dekker), for factors below 2^970. */
static struct pair product(double a, double b)
{
    const double a_split = a * 134217729.0; /* 2^27 + 1 */
    const double b_split = b * 134217729.0;
    const double a_hi = a_split - (a_split - a);
    const double b_hi = b_split - (b_split - b);
    const double a_lo = a - a_hi;
    const double b_lo = b - b_hi;
    const double hi = a * b;

    return (struct pair){hi, ((a_hi * b_hi - hi) + a_hi * b_lo + a_lo * b_hi) + a_lo * b_lo};
}

static struct pair multiply(struct pair a, struct pair b)
{
    const struct pair high = product(a.hi, b.hi);

    return sum_ordered(high.hi, high.lo + (a.hi * b.lo + a.lo * b.hi));
}

/* The logarithm to about 2^-65 of itself; x > 0 and finite. */
static struct pair log_pair(double x)
{
    int k;
    const double m = split_exponent(x, &k);
    const struct pair above = sum_ordered(m > 1.0 ? m : 1.0, m > 1.0 ? 1.0 : m);
    const double f = m - 1.0; /* exact */
    /* s = f / (m + 1) and what the division left over */
    const double s_hi = f / above.hi;
    const struct pair back = product(s_hi, above.hi);
    const struct pair s = {s_hi, (((f - back.hi) - back.lo) - s_hi * above.lo) / above.hi};
    /* 2s (1 + z (1/3 + z rest)) */
    const struct pair z = multiply(s, s);
    const struct pair third = sum_ordered(1.0 / 3, 0x1.5555555555555p-56 + z.hi * atanh_rest(z.hi));
    const struct pair series = multiply(z, third);
    const struct pair one = sum_ordered(1.0, series.hi);
    const struct pair factor = {one.hi, one.lo + series.lo};
    const struct pair log_m = multiply((struct pair){2.0 * s.hi, 2.0 * s.lo}, factor);

    if (k == 0)
        return log_m;

    const struct pair sum = sum_ordered(k * LN2_HI, log_m.hi);

    return sum_ordered(sum.hi, sum.lo + (log_m.lo + k * LN2_LO));
}

double exact_pow(double x, double y)
{
    if (x == 1.0 || y == 0.0)
        return 1.0;
    if (!(x > 0.0) || x > 0x1.fffffffffffffp1023 || !(y > -0x1p900 && y < 0x1p900))
        return exact_exp(y * exact_log(x)); /* 0, infinities and NaN */

    const struct pair log_x = log_pair(x);

    if (y * log_x.hi > 710.0)
        return HUGE_VAL;
    if (y * log_x.hi < -746.0)
        return 0.0;

    const struct pair power = product(y, log_x.hi);

    return exp_of_pair(power.hi, power.lo + y * log_x.lo);
}
