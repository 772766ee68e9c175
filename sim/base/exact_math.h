/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * log, exp and pow from + - * / and sqrt alone, so that every machine, compiler and optimisation
 * level gives the same bits (libm picks other code paths by processor). Within 2 units in the last
 * place of the true value (measured against long double libm in test_exact_math).
 */
#ifndef EPSIM_BASE_EXACT_MATH_H
#define EPSIM_BASE_EXACT_MATH_H

/* Natural logarithm; x > 0 (x == 0 gives -HUGE_VAL, x < 0 NaN). */
double exact_log(double x);

/* e^x; 0 below -745.2, HUGE_VAL above 709.8. */
double exact_exp(double x);

/* x^y for x > 0. */
double exact_pow(double x, double y);

#endif
