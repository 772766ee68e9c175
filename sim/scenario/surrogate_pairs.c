/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/surrogate_pairs.h"

#include <stdio.h>
#include <string.h>

/* The number of the escape \uXXXX at `at`, or 0. */
static uint32_t escape_at(const char *at)
{
    uint32_t code = 0;

    if (at[0] != '\\' || at[1] != 'u')
        return 0;
    for (int i = 2; i < 6; i++) {
        const char c = at[i];
        const int digit = c >= '0' && c <= '9'   ? c - '0'
                          : c >= 'a' && c <= 'f' ? c - 'a' + 10
                          : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                 : -1;

        if (digit < 0)
            return 0;
        code = 16 * code + (uint32_t)digit;
    }
    return code;
}

/* The character that a pair of escapes at `at` stands for, or 0. */
static uint32_t pair_at(const char *at)
{
    const uint32_t high = escape_at(at);
    const uint32_t low = high >= 0xD800 && high < 0xDC00 ? escape_at(at + 6) : 0;

    return low >= 0xDC00 && low < 0xE000 ? 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00) : 0;
}

const char *surrogate_pairs_join(struct arena *arena, const char *text, size_t *length)
{
    const char *const end = text + *length;
    const char *from = text;
    char *joined = NULL;
    size_t used = 0;

    if (strstr(text, "\\uD") == NULL && strstr(text, "\\ud") == NULL)
        return text;
    joined = arena_alloc(arena, *length + 1);
    while (from < end) {
        const uint32_t code = pair_at(from);

        if (code != 0) {
            used += (size_t)sprintf(joined + used, "\\U%08X", (unsigned)code);
            from += 12;
            continue;
        }
        if (from[0] == '\\' && from + 1 < end)
            joined[used++] = *from++; /* and what it escapes: perhaps another backslash */
        joined[used++] = *from++;
    }
    *length = used;
    return joined;
}
