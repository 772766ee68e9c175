/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Texts that a scenario is read from, kept for messages: files, standard input, --set arguments and epsim's defaults.
 */
#ifndef EPSIM_SCENARIO_SOURCE_H
#define EPSIM_SCENARIO_SOURCE_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>
#include <string.h>

#define SOURCE_BYTES_MAX ((size_t)64 << 20)

struct source_mark;

struct source {
    const char *path;  /* for messages: a path, "standard input", or --set "..." */
    const char *given; /* as the user wrote it: "-" for standard input */
    const char *text;  /* NUL behind it */
    size_t length;
    bool has_lines;            /* false: positions say nothing to the user (an option, a default) */
    struct source_mark *marks; /* lines and columns every few kB, once somebody asks for a place */
};

#define PLACE_BY_OFFSET UINT32_MAX

/*
 * A place in a source. line and column count from 1; line 0: the source as a whole; line PLACE_BY_OFFSET: column is the
 * number of bytes before it, and source_place tells line and column.
 */
struct place {
    uint32_t source;
    uint32_t line;
    uint32_t column; /* in characters, not bytes */
};

struct source_list {
    struct arena *arena;
    struct source *items;
    uint32_t count;
    uint32_t capacity;
};

void source_list_init(struct source_list *sources, struct arena *arena);

/* Adds a text that is there already; returns its index. `text` must outlive the list. */
uint32_t source_add_text(struct source_list *sources, const char *path, const char *text,
                         size_t length);

/* Reads a file ("-": standard input). STATUS_IO if it cannot be read, STATUS_INVALID if it is larger than SOURCE_BYTES_MAX. */
enum status source_read(struct source_list *sources, const char *path, uint32_t *index,
                        struct error *err) EP_MUST_CHECK;

/* The place with line and column counted, if it is one by offset; else as it is. */
struct place source_place(const struct source_list *sources, struct place place);

/*
 * False if the text is not UTF-8 or has characters that YAML forbids (NUL, most control characters): then `place` is
 * where, and `reason` what.
 */
bool source_check_characters(const struct source_list *sources, uint32_t index, struct place *place,
                             const char **reason);

/* Bytes of the UTF-8 character at `at`; 0 if it is none, or one that source_check_characters refuses. Precondition: at < end. */
size_t source_character_bytes(const char *at, const char *end);

/* A place in a text that only moves forward, so that the lines of many messages cost one pass. Start with line = 1. */
struct source_cursor {
    const struct source *source;
    size_t offset;
    uint32_t line;
};

/* The given line, at or behind the cursor, without its end; *length is 0 past the end. */
const char *source_line(struct source_cursor *cursor, uint32_t line, size_t *length);

/*
 * Not 0 if one of the 8 bytes at `text` is none of the characters from the space to the tilde: nearly all are, and quickly
 * told. On a little-endian machine the lowest bit that is set is in the first such byte.
 */
static inline uint64_t source_odd_bytes8(const char *text)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t highs = ones << 7;
    uint64_t word;

    memcpy(&word, text, sizeof word);
    /* a high bit: of the byte itself, of the byte + 1 (0x7F), or borrowed by the byte - 0x20 (below the space) */
    return (word | (word + ones) | (word - 0x20 * ones)) & highs;
}

/* The number of bytes before the first one that has a bit set in `mask`; fewer where that is not known for sure. */
static inline size_t source_bytes_before(uint64_t mask)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return (size_t)__builtin_ctzll(mask) >> 3;
#else
    (void)mask;
    return 0;
#endif
}

#endif
