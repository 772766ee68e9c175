/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/json_out.h"

void json_out_init(struct json_out *json, struct out *out, bool is_compact)
{
    *json = (struct json_out){.out = out, .is_compact = is_compact};
}

static void put_new_line(struct json_out *json)
{
    if (json->is_compact)
        return;
    out_char(json->out, '\n');
    for (int i = 0; i < json->depth; i++)
        out_bytes(json->out, "  ", 2);
}

/* Comma, new line, indentation and key before a value. */
static void put_key(struct json_out *json, const char *key)
{
    if (json->depth > 0) {
        if (json->has_items[json->depth - 1])
            out_char(json->out, ',');
        json->has_items[json->depth - 1] = true;
        put_new_line(json);
    }
    if (key != NULL) {
        out_json_string(json->out, key);
        out_str(json->out, json->is_compact ? ":" : ": ");
    }
}

static void begin(struct json_out *json, const char *key, char bracket)
{
    EP_REQUIRE(json->depth < JSON_OUT_DEPTH_MAX);
    put_key(json, key);
    out_char(json->out, bracket);
    json->has_items[json->depth++] = false;
}

static void end(struct json_out *json, char bracket)
{
    EP_REQUIRE(json->depth > 0);
    json->depth--;
    if (json->has_items[json->depth])
        put_new_line(json);
    out_char(json->out, bracket);
    if (json->depth == 0)
        out_char(json->out, '\n');
}

void json_out_begin_object(struct json_out *json, const char *key)
{
    begin(json, key, '{');
}

void json_out_end_object(struct json_out *json)
{
    end(json, '}');
}

void json_out_begin_array(struct json_out *json, const char *key)
{
    begin(json, key, '[');
}

void json_out_end_array(struct json_out *json)
{
    end(json, ']');
}

void json_out_string(struct json_out *json, const char *key, const char *value)
{
    put_key(json, key);
    out_json_string(json->out, value);
}

void json_out_u64(struct json_out *json, const char *key, uint64_t value)
{
    put_key(json, key);
    out_u64(json->out, value);
}

void json_out_i64(struct json_out *json, const char *key, int64_t value)
{
    put_key(json, key);
    out_i64(json->out, value);
}

void json_out_number(struct json_out *json, const char *key, double value)
{
    put_key(json, key);
    out_number(json->out, value);
}

void json_out_seconds(struct json_out *json, const char *key, sim_ns span_ns)
{
    put_key(json, key);
    out_seconds(json->out, span_ns);
}

void json_out_bool(struct json_out *json, const char *key, bool value)
{
    put_key(json, key);
    out_str(json->out, value ? "true" : "false");
}

void json_out_null(struct json_out *json, const char *key)
{
    put_key(json, key);
    out_str(json->out, "null");
}
