/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of fields in the manner of `kubectl explain`.
 */
#ifndef EPSIM_SCENARIO_EXPLAIN_H
#define EPSIM_SCENARIO_EXPLAIN_H

#include "base/error.h"
#include "base/out.h"
#include "scenario/fields.h"

/*
 * Writes the page of `path` ("scenario.spec.clients", "deployment.spec.strategy", "distribution.lognormal"); with
 * is_recursive, the names and types of everything below it. Kinds are kubectl's, in any case, short names too; [0] and
 * [name=x] behind a name are passed over. STATUS_INVALID with the nearest path if there is no such field.
 */
enum status explain_write(struct out *out, const char *path, bool is_recursive,
                          struct error *err) EP_MUST_CHECK;

/* "<[]Object>", "<duration>" without the brackets. */
const char *explain_type(const struct field *field, char buffer[64]);

#endif
