/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Prose for terminals: words filled into lines of 80 columns.
 */
#ifndef EPSIM_BASE_WRAP_H
#define EPSIM_BASE_WRAP_H

#include "base/out.h"

#define WRAP_COLUMNS 80u

/*
 * Writes the words of `text`, separated by one blank, from `column` on (where the line stands already); lines after the
 * first begin with `indent` blanks. A word is never broken. Ends the last line. A byte counts as a column.
 */
void wrap_text(struct out *out, const char *text, size_t column, size_t indent);

#endif
