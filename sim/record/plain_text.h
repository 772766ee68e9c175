/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Text for people: numbers with separators and three significant digits, paragraphs wrapped at a width. Widths count
 * characters, not bytes.
 */
#ifndef EPSIM_RECORD_PLAIN_TEXT_H
#define EPSIM_RECORD_PLAIN_TEXT_H

#include "base/out.h"

#define PLAIN_TEXT_MAX 64

/* "24,012". Returns `buffer`, as all of these. */
const char *plain_text_count(uint64_t count, char buffer[PLAIN_TEXT_MAX]);

/* A value >= 0 in three significant digits, whole if it is 100 or more: "0.154", "37.2", "24,012", "0". */
const char *plain_text_number(double value, char buffer[PLAIN_TEXT_MAX]);

/* Seconds: "0.81 s", "12.4 ms". */
const char *plain_text_seconds(double value_s, char buffer[PLAIN_TEXT_MAX]);

/* A run's length: "2 min", "90 s", "1 h 30 min". */
const char *plain_text_span(sim_ns span_ns, char buffer[PLAIN_TEXT_MAX]);

/* Characters of a UTF-8 text. */
uint32_t plain_text_width(const char *text);

/* Writes `text` in `width` columns at least: padded on its right, or on its left. */
void plain_text_put_left(struct out *out, const char *text, uint32_t width);
void plain_text_put_right(struct out *out, const char *text, uint32_t width);

/* A name in exactly `width` columns; of a longer one the end is shown, where names made up by controllers differ. */
void plain_text_put_name(struct out *out, const char *name, uint32_t width);

/* `text` broken at spaces into lines of at most `width` columns, later lines indented; ends with a newline. */
void plain_text_put_wrapped(struct out *out, const char *text, uint32_t width, uint32_t indent);

#endif
