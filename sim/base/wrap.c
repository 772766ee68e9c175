/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/wrap.h"

#include <string.h>

void wrap_text(struct out *out, const char *text, size_t column, size_t indent)
{
    bool is_first = true; /* of its line */

    for (;;) {
        text += strspn(text, " \n");

        const size_t length = strcspn(text, " \n");

        if (length == 0)
            break;
        if (!is_first && column + 1 + length > WRAP_COLUMNS) {
            out_char(out, '\n');
            for (size_t i = 0; i < indent; i++)
                out_char(out, ' ');
            column = indent;
            is_first = true;
        }
        if (!is_first) {
            out_char(out, ' ');
            column++;
        }
        out_bytes(out, text, length);
        column += length;
        text += length;
        is_first = false;
    }
    out_char(out, '\n');
}
