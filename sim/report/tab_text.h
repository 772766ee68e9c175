/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Elastic tabstops: text with cells ended by tabs becomes aligned columns of blanks. A column is as wide as the widest of
 * its cells in consecutive lines that have it; the last cell of a line, which no tab ends, counts for no column.
 * Source of the rules: Go text/tabwriter, which kubectl prints with.
 */
#ifndef EPSIM_REPORT_TAB_TEXT_H
#define EPSIM_REPORT_TAB_TEXT_H

#include "base/arena.h"
#include "base/out.h"

/* Writes `text` to `out`, each column at least `min_width` wide, padding included. */
void tab_text_write(struct out *out, const char *text, uint32_t min_width, uint32_t padding);

/* Letters in UTF-8 text. */
uint32_t tab_text_width(const char *text, size_t length);

#endif
