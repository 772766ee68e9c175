/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "world/comparison.h"

bool comparison_holds(double value, enum comparison comparison, double limit)
{
    switch (comparison) {
    case COMPARE_LT:
        return value < limit;
    case COMPARE_LE:
        return value <= limit;
    case COMPARE_GT:
        return value > limit;
    case COMPARE_GE:
        return value >= limit;
    case COMPARE_EQ:
        return value >= limit && value <= limit;
    case COMPARE_NE:
        break;
    }
    return value < limit || value > limit;
}
