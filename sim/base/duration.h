/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Durations as Go writes them ("1h2m3s", "250ms", "18us"), and small quantities.
 */
#ifndef EPSIM_BASE_DURATION_H
#define EPSIM_BASE_DURATION_H

#include "base/units.h"

#include <stdbool.h>

/* Go's time.ParseDuration: sign, decimals with fraction, units ns us µs ms s m h; "0" is allowed.
 * False if not one, or beyond +-292 years. Fractions are exact to the nanosecond (truncated beyond,
 * in double precision as in Go). */
bool duration_parse(const char *text, sim_ns *span_ns);

#define DURATION_TEXT_MAX 40

/* Go's Duration.String(): "1h2m3s", "1.5s", "250ms", "0s". Returns `buffer`. */
const char *duration_format(sim_ns span_ns, char buffer[DURATION_TEXT_MAX]);

/* Exact decimal seconds without trailing zeros: "61.204", "0", "-0.5". Returns `buffer`. */
const char *duration_format_seconds(sim_ns span_ns, char buffer[DURATION_TEXT_MAX]);

/* For people: three significant digits and a unit: "0.81 s", "12.4 ms", "3.00 us". Returns
 * `buffer`. */
const char *duration_format_short(sim_ns span_ns, char buffer[DURATION_TEXT_MAX]);

#endif
