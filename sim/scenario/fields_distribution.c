/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table's part for distributions, innermost maps first.
 */
#include "scenario/fields.h"

#define POSITIVE_S 1e-9 /* a nanosecond, in seconds */

static const struct field quantile_items[] = {
    {.name = "p50", .type = FIELD_DURATION, .min = POSITIVE_S, .doc = "Median."},
    {.name = "p99",
     .type = FIELD_DURATION,
     .min = POSITIVE_S,
     .doc = "99th percentile, at least the median."},
    {.name = "mean",
     .type = FIELD_DURATION,
     .min = POSITIVE_S,
     .doc = "Mean, with cv, instead of the two quantiles."},
    {.name = "cv",
     .type = FIELD_NUMBER,
     .max = 1000,
     .doc = "Coefficient of variation: standard deviation over mean."},
};
static const struct field_set lognormal = FIELD_SET(quantile_items, NULL);

static const struct field exponential_items[] = {
    {.name = "mean",
     .type = FIELD_DURATION,
     .is_required = true,
     .min = POSITIVE_S,
     .doc = "Mean."},
};
static const struct field_set exponential = FIELD_SET(exponential_items, NULL);

static const struct field uniform_items[] = {
    {.name = "min", .type = FIELD_DURATION, .is_required = true, .doc = "Shortest."},
    {.name = "max", .type = FIELD_DURATION, .is_required = true, .doc = "Longest."},
};
static const struct field_set uniform = FIELD_SET(uniform_items, NULL);

static const struct field normal_items[] = {
    {.name = "mean",
     .type = FIELD_DURATION,
     .is_required = true,
     .doc = "Mean; draws below 0 count as 0."},
    {.name = "sd", .type = FIELD_DURATION, .is_required = true, .doc = "Standard deviation."},
};
static const struct field_set normal = FIELD_SET(normal_items, NULL);

static const struct field shape_items[] = {
    {.name = "shape",
     .type = FIELD_NUMBER,
     .is_required = true,
     .min = 1e-3,
     .max = 1e6,
     .doc = "Shape."},
    {.name = "scale",
     .type = FIELD_DURATION,
     .is_required = true,
     .min = POSITIVE_S,
     .doc = "Scale."},
};
static const struct field_set shape_and_scale = FIELD_SET(shape_items, NULL);

static const struct field pareto_items[] = {
    {.name = "min",
     .type = FIELD_DURATION,
     .is_required = true,
     .min = POSITIVE_S,
     .doc = "Shortest."},
    {.name = "alpha",
     .type = FIELD_NUMBER,
     .is_required = true,
     .min = 1e-3,
     .max = 1e6,
     .doc = "Tail index."},
};
static const struct field_set pareto = FIELD_SET(pareto_items, NULL);

static const struct field affine_items[] = {
    {.name = "base",
     .type = FIELD_DISTRIBUTION,
     .is_required = true,
     .doc = "Independent of the number of things touched."},
    {.name = "per",
     .type = FIELD_DISTRIBUTION,
     .is_required = true,
     .doc = "For each thing touched."},
};
static const struct field_set affine = FIELD_SET(affine_items, NULL);

static const struct field distribution_items[] = {
    {.name = "constant",
     .type = FIELD_DURATION,
     .doc = "Always the same; a plain duration says so too."},
    {.name = "lognormal",
     .type = FIELD_MAP,
     .children = &lognormal,
     .doc = "By two quantiles, or by mean and cv."},
    {.name = "exponential", .type = FIELD_MAP, .children = &exponential, .doc = "Memoryless."},
    {.name = "uniform",
     .type = FIELD_MAP,
     .children = &uniform,
     .doc = "Anything between two durations."},
    {.name = "normal", .type = FIELD_MAP, .children = &normal, .doc = "Cut at 0."},
    {.name = "gamma",
     .type = FIELD_MAP,
     .children = &shape_and_scale,
     .doc = "Mean is shape times scale."},
    {.name = "weibull",
     .type = FIELD_MAP,
     .children = &shape_and_scale,
     .doc = "Heavy-tailed for a shape below 1."},
    {.name = "pareto", .type = FIELD_MAP, .children = &pareto, .doc = "Power law."},
    {.name = "empirical", .status = FIELD_LATER, .doc = "Samples from a file."},
    {.name = "mixture",
     .type = FIELD_OTHER,
     .forms = "array",
     .expected = "a list such as [{w: 9, constant: 1ms}, {w: 1, constant: 1s}]",
     .doc = "One of several, by weight."},
    {.name = "affine",
     .type = FIELD_MAP,
     .children = &affine,
     .doc = "base + per for each thing touched."},
};
const struct field_set fields_distribution = FIELD_SET(distribution_items, NULL);
