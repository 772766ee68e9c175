/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JSON written in one pass, two spaces of indentation, keys in the order given. Closing the
 * outermost object or array ends the line (so a compact writer can write one JSON line after
 * another).
 */
#ifndef EPSIM_BASE_JSON_OUT_H
#define EPSIM_BASE_JSON_OUT_H

#include "base/out.h"

#define JSON_OUT_DEPTH_MAX 64

struct json_out {
    struct out *out;
    int depth;
    bool has_items[JSON_OUT_DEPTH_MAX];
    bool is_compact; /* one line, no spaces: for JSON lines and traces */
};

void json_out_init(struct json_out *json, struct out *out, bool is_compact);

/* `key` is NULL inside an array and at the top. */
void json_out_begin_object(struct json_out *json, const char *key);
void json_out_end_object(struct json_out *json);
void json_out_begin_array(struct json_out *json, const char *key);
void json_out_end_array(struct json_out *json);
void json_out_string(struct json_out *json, const char *key, const char *value); /* NULL: null */
void json_out_u64(struct json_out *json, const char *key, uint64_t value);
void json_out_i64(struct json_out *json, const char *key, int64_t value);
/* 9 significant digits; NaN and infinities as null */
void json_out_number(struct json_out *json, const char *key, double value);
/* exact decimal */
void json_out_seconds(struct json_out *json, const char *key, sim_ns span_ns);
void json_out_bool(struct json_out *json, const char *key, bool value);
void json_out_null(struct json_out *json, const char *key);

#endif
