/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Scalars of a tree as typed values. False if the item is not one; no message: the caller knows what was expected.
 */
#ifndef EPSIM_SCENARIO_VALUE_H
#define EPSIM_SCENARIO_VALUE_H

#include "cluster/spec.h"
#include "scenario/yaml_tree.h"

bool value_bool(const struct item *item, bool *value);

/* An integer: decimal, 0o17 or 0x1F. */
bool value_int(const struct item *item, int64_t *value);
bool value_u64(const struct item *item, uint64_t *value);

/* An integer or a finite decimal. */
bool value_number(const struct item *item, double *value);

/* A string such as "1m30s". "0" is not one: a unit is due. */
bool value_duration(const struct item *item, sim_ns *value);

/* 3 or "25%". */
bool value_int_or_percent(const struct item *item, struct int_or_percent *value);

/* 8080, or a name as IANA has them ("http"; at most 15 characters, at least one letter). */
bool value_port_ref(const struct item *item, struct port_ref *value);

/* "2026-01-01T00:00:00Z" to Unix nanoseconds' seconds and fraction. */
bool value_time(const struct item *item, int64_t *unix_s, sim_ns *fraction_ns);

/* Names as the API server has them: RFC 1123 label (63), RFC 1123 subdomain (253), RFC 1035 label (63, no digit first). */
bool value_is_dns_label(const char *text);
bool value_is_dns_subdomain(const char *text);
bool value_is_service_name(const char *text);

#endif
