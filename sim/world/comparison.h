/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef EPSIM_WORLD_COMPARISON_H
#define EPSIM_WORLD_COMPARISON_H

#include "world/spec.h"

#include <stdbool.h>

/* Whether VALUE stands to LIMIT as a threshold or an expectation claims. */
bool comparison_holds(double value, enum comparison comparison, double limit);

#endif
