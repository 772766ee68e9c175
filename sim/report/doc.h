/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A small tree of maps, lists and scalars, written as JSON or YAML the way kubectl writes objects: keys in alphabetical
 * order, JSON four blanks deep, YAML lists flush with their key.
 */
#ifndef EPSIM_REPORT_DOC_H
#define EPSIM_REPORT_DOC_H

#include "base/arena.h"
#include "base/out.h"

struct doc; /* a map or a list */

struct doc *doc_new_map(struct arena *arena);
struct doc *doc_new_list(struct arena *arena);

/* A new map or list below `doc`; `key` is NULL in a list, here and below. Empty ones are left out unless `doc_keep`. */
struct doc *doc_add_map(struct doc *doc, const char *key);
struct doc *doc_add_list(struct doc *doc, const char *key);
void doc_keep(struct doc *doc);

/* An existing tree below `doc`. */
void doc_add(struct doc *doc, const char *key, struct doc *child);

void doc_add_text(struct doc *doc, const char *key, const char *text); /* NULL: left out */
void doc_add_i64(struct doc *doc, const char *key, int64_t value);
void doc_add_bool(struct doc *doc, const char *key, bool value);
void doc_add_null(struct doc *doc, const char *key);

/* One document with a line's end behind it. */
void doc_write_json(struct out *out, const struct doc *doc);
void doc_write_line(struct out *out, const struct doc *doc); /* JSON without blanks, no line end */
void doc_write_yaml(struct out *out, const struct doc *doc);

#endif
