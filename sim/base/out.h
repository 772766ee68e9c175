/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Streaming output: bytes to a file through a large buffer, formatted by hand (printf costs five
 * times a simulated request). Errors stick: write on, and look once, at out_close.
 */
#ifndef EPSIM_BASE_OUT_H
#define EPSIM_BASE_OUT_H

#include "base/error.h"

#include <stdbool.h>

struct out {
    char *buffer;
    size_t used;
    size_t capacity;
    int fd;          /* -1: kept in memory (out_open_memory) */
    int first_errno; /* of the first write that failed, else 0 */
    char path[1024]; /* for messages */
};

/* Creates or truncates `path`. STATUS_IO with the reason if that fails. */
enum status out_open(struct out *out, const char *path, struct error *err) EP_MUST_CHECK;

/* Collects in memory; buffer[0..used) is the text (not NUL-terminated; see out_text). */
void out_open_memory(struct out *out);

/* The text so far with a NUL behind it; valid until the next write or close. Memory only. */
const char *out_text(struct out *out);

/* Flushes, closes and frees. STATUS_IO if any write failed (a full disk shows up here). */
enum status out_close(struct out *out, struct error *err) EP_MUST_CHECK;

/* Frees without a look: for error paths. Safe on a zeroed struct. */
void out_discard(struct out *out);

void out_bytes(struct out *out, const char *bytes, size_t length);
void out_str(struct out *out, const char *text);
void out_char(struct out *out, char c);
void out_u64(struct out *out, uint64_t value);
void out_i64(struct out *out, int64_t value);
void out_hex64(struct out *out, uint64_t value); /* 16 lower-case digits */
void out_printf(struct out *out, const char *format, ...) EP_PRINTF(2, 3); /* slow path */

/* Exact decimal seconds, up to nine digits behind the point, as few as needed: 61204000000 ->
 * "61.204". */
void out_seconds(struct out *out, sim_ns span_ns);

/* A double to nine significant digits ("%.9g" in the C locale); NaN and infinities as null. */
void out_number(struct out *out, double value);

/* An RFC 4180 field: quoted only if it must be. */
void out_csv(struct out *out, const char *text);

/* A JSON string with quotes and escapes; NULL gives null. */
void out_json_string(struct out *out, const char *text);

/* A YAML scalar for a string: plain where YAML 1.2 reads it back as the same string, else
 * double-quoted; NULL: null. */
void out_yaml_string(struct out *out, const char *text);

#endif
