/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"

#include <string.h>

#define LENGTH_MAX 63
/* Costs in half edits. */
#define EDIT_COST 2u
#define CASE_COST 1u

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static uint32_t substitution_cost(char a, char b)
{
    if (a == b)
        return 0;
    return lower(a) == lower(b) ? CASE_COST : EDIT_COST;
}

static uint32_t min_u32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Distance in half edits. Row i holds the distances of a's first i letters to each prefix of b. */
static uint32_t distance_halves(const char *a, const char *b)
{
    const size_t a_length = strlen(a);
    const size_t b_length = strlen(b);
    uint32_t rows[3][LENGTH_MAX + 1];

    if (a_length > LENGTH_MAX || b_length > LENGTH_MAX)
        return strcmp(a, b) == 0
                   ? 0
                   : EDIT_COST * (uint32_t)(a_length > b_length ? a_length : b_length);
    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = EDIT_COST * (uint32_t)j;
    for (size_t i = 1; i <= a_length; i++) {
        const uint32_t *const before = rows[(i + 1) % 3]; /* i - 2 */
        const uint32_t *const above = rows[(i - 1) % 3];
        uint32_t *const row = rows[i % 3];

        row[0] = EDIT_COST * (uint32_t)i;
        for (size_t j = 1; j <= b_length; j++) {
            uint32_t best = above[j - 1] + substitution_cost(a[i - 1], b[j - 1]);

            best = min_u32(best, above[j] + EDIT_COST);
            best = min_u32(best, row[j - 1] + EDIT_COST);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = min_u32(best, before[j - 2] + EDIT_COST);
            row[j] = best;
        }
    }
    return rows[a_length % 3][b_length];
}

uint32_t text_distance(const char *a, const char *b)
{
    return (distance_halves(a, b) + 1) / 2;
}

const char *text_nearest(const char *name, const char *const *candidates, uint32_t count)
{
    const uint32_t third = (uint32_t)(strlen(name) / 3);
    uint32_t limit_halves = EDIT_COST * (third > 1 ? third : 1) + 1;
    const char *nearest = NULL;

    for (uint32_t i = 0; i < count; i++) {
        const uint32_t halves = distance_halves(name, candidates[i]);

        if (halves < limit_halves) {
            limit_halves = halves;
            nearest = candidates[i];
        }
    }
    return nearest;
}
