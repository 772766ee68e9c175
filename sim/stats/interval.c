/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stats/interval.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

void interval_add(struct moments *moments, double value)
{
    const double before = value - moments->mean;

    moments->count++;
    moments->mean += before / (double)moments->count;
    moments->squares += before * (value - moments->mean);
}

double interval_deviation(const struct moments *moments)
{
    if (moments->count < 2)
        return 0;
    return sqrt(moments->squares / (double)(moments->count - 1));
}

struct interval interval_student95(const struct moments *moments)
{
    if (moments->count < 2)
        return (struct interval){.low = NAN, .high = NAN};
    if (moments->squares <= 0) /* all equal: no need of GSL */
        return (struct interval){.low = moments->mean, .high = moments->mean};

    const double t = gsl_cdf_tdist_Pinv(0.975, (double)(moments->count - 1));
    const double half = t * interval_deviation(moments) / sqrt((double)moments->count);

    return (struct interval){.low = moments->mean - half, .high = moments->mean + half};
}
