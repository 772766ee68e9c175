/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Plain JSON (RFC 8259) to items, several times as fast as through libyaml: the dump of a large cluster is megabytes of it.
 */
#ifndef EPSIM_SCENARIO_JSON_PARSE_H
#define EPSIM_SCENARIO_JSON_PARSE_H

#include "scenario/tree_builder.h"

/*
 * Adds the one document that `text` holds, if it is a JSON list or object and nothing else; `text` is the builder's source,
 * with a NUL behind. False, and nothing has been added or reported, if it is anything else: YAML, broken, not UTF-8, too
 * deep, or JSON that YAML reads in a way of its own (the next line and line separator characters). Duplicate keys are
 * reported by the builder.
 */
bool json_parse(struct tree_builder *builder, const char *text, size_t length);

#endif
