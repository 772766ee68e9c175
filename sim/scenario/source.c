/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define READ_START_BYTES ((size_t)64 << 10)

void source_list_init(struct source_list *sources, struct arena *arena)
{
    *sources = (struct source_list){.arena = arena};
}

uint32_t source_add_text(struct source_list *sources, const char *path, const char *text,
                         size_t length)
{
    ARENA_GROW(sources->arena, sources->items, &sources->capacity, sources->count + 1);
    sources->items[sources->count] = (struct source){
        .path = path, .given = path, .text = text, .length = length, .has_lines = true};
    return sources->count++;
}

/* All of `file` up to one byte past the limit, in blocks that double. */
static char *read_all(struct arena *arena, FILE *file, size_t expected_bytes, size_t *length)
{
    size_t capacity = expected_bytes + 2 > READ_START_BYTES ? expected_bytes + 2 : READ_START_BYTES;
    char *text = arena_alloc(arena, capacity);

    *length = 0;
    for (;;) {
        const size_t got = fread(text + *length, 1, capacity - 1 - *length, file);

        *length += got;
        if (got == 0 || *length > SOURCE_BYTES_MAX)
            break;
        if (*length == capacity - 1) {
            char *bigger = arena_alloc(arena, 2 * capacity);

            memcpy(bigger, text, *length);
            text = bigger;
            capacity *= 2;
        }
    }
    text[*length] = '\0';
    return text;
}

static enum status read_stream(struct source_list *sources, const char *path, FILE *file,
                               struct error *err)
{
    struct stat info = {0};
    size_t length = 0;

    if (fstat(fileno(file), &info) != 0)
        return error_set(err, STATUS_IO, "%s: %s", path, strerror(errno));
    if (S_ISDIR(info.st_mode))
        return error_set(err, STATUS_IO, "%s: is a folder; a file was expected", path);
    if (S_ISREG(info.st_mode) && info.st_size > (off_t)SOURCE_BYTES_MAX)
        return error_set(err, STATUS_INVALID, "%s: is larger than 64 MiB", path);

    const size_t expected_bytes = S_ISREG(info.st_mode) ? (size_t)info.st_size : 0;
    const char *text = read_all(sources->arena, file, expected_bytes, &length);

    if (ferror(file))
        return error_set(err, STATUS_IO, "%s: %s", path, strerror(errno));
    if (length > SOURCE_BYTES_MAX)
        return error_set(err, STATUS_INVALID, "%s: is larger than 64 MiB", path);
    (void)source_add_text(sources, path, text, length);
    return STATUS_OK;
}

enum status source_read(struct source_list *sources, const char *path, uint32_t *index,
                        struct error *err)
{
    const bool is_standard_input = strcmp(path, "-") == 0;
    const char *shown = is_standard_input ? "standard input" : arena_strdup(sources->arena, path);
    FILE *file = is_standard_input ? stdin : fopen(path, "rb");

    if (file == NULL)
        return error_set(err, STATUS_IO, "%s: %s", path, strerror(errno));

    const enum status status = read_stream(sources, shown, file, err);

    if (!is_standard_input)
        (void)fclose(file); /* only read: nothing can be lost */
    if (status != STATUS_OK)
        return status;
    *index = sources->count - 1;
    if (is_standard_input)
        sources->items[*index].given = "-";
    return STATUS_OK;
}

/* Bytes of the UTF-8 character at `c`, 0 if it is none (overlong, surrogate and too large ones included). */
static size_t utf8_length(const unsigned char *c, const unsigned char *end)
{
    static const uint32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
    const size_t length = c[0] < 0x80   ? 1
                          : c[0] < 0xC2 ? 0
                          : c[0] < 0xE0 ? 2
                          : c[0] < 0xF0 ? 3
                          : c[0] < 0xF5 ? 4
                                        : 0;

    if (length <= 1)
        return length;
    if ((size_t)(end - c) < length)
        return 0;

    uint32_t code = c[0] & (0x7Fu >> length);

    for (size_t i = 1; i < length; i++) {
        if ((c[i] & 0xC0) != 0x80)
            return 0;
        code = code << 6 | (c[i] & 0x3Fu);
    }
    return code >= smallest[length] && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF) ? length
                                                                                            : 0;
}

static bool is_forbidden(const unsigned char *c, size_t length)
{
    if (length == 1)
        return (c[0] < 0x20 && c[0] != '\t' && c[0] != '\n' && c[0] != '\r') || c[0] == 0x7F;
    if (length == 2)
        return c[0] == 0xC2 && c[1] < 0xA0 && c[1] != 0x85;
    return length == 3 && c[0] == 0xEF && c[1] == 0xBF && c[2] >= 0xBE; /* U+FFFE and U+FFFF */
}

size_t source_character_bytes(const char *at, const char *end)
{
    const unsigned char *c = (const unsigned char *)at;
    const size_t length = utf8_length(c, (const unsigned char *)end);

    return is_forbidden(c, length) ? 0 : length;
}

/* What is wrong with the character at `c`. */
static const char *character_fault(struct arena *arena, const char *at, const char *end)
{
    const unsigned char *c = (const unsigned char *)at;
    const size_t length = utf8_length(c, (const unsigned char *)end);

    if (length == 0)
        return arena_printf(arena, "byte 0x%02X is not UTF-8; save the file as UTF-8", c[0]);
    if (c[0] == '\0')
        return "a NUL byte; only text is allowed";
    return arena_printf(arena, "control character 0x%02X; only text is allowed",
                        length == 1 ? c[0] : c[length - 1]);
}

bool source_check_characters(const struct source_list *sources, uint32_t index, struct place *place,
                             const char **reason)
{
    const char *const text = sources->items[index].text;
    const char *const end = text + sources->items[index].length;
    const char *at = text;

    while (at < end) {
        const uint64_t odd = end - at >= 8 ? source_odd_bytes8(at) : 1;

        if (odd == 0) {
            at += 8;
            continue;
        }
        at += source_bytes_before(odd);

        const size_t length = *at == '\n' ? 1 : source_character_bytes(at, end);

        if (length == 0) {
            *place = source_place(sources,
                                  (struct place){index, PLACE_BY_OFFSET, (uint32_t)(at - text)});
            *reason = character_fault(sources->arena, at, end);
            return false;
        }
        at += length;
    }
    return true;
}

/* --- places --- */

#define MARK_BYTES ((size_t)4096)

/* The line and column of the byte at a multiple of MARK_BYTES. */
struct source_mark {
    uint32_t line;
    uint32_t column;
};

/* Moves the mark over the bytes from `at` to `end`; a NUL or another byte of the text is at `end`. */
static void move_mark(struct source_mark *mark, const char *at, const char *end)
{
    while (at < end) {
        if (end - at >= 8 && source_odd_bytes8(at) == 0) {
            mark->column += 8;
            at += 8;
            continue;
        }

        const unsigned char c = (unsigned char)*at;

        if (c == '\n' || (c == '\r' && at[1] != '\n')) {
            mark->line++;
            mark->column = 1;
        } else if ((c & 0xC0) != 0x80 && c != '\r') {
            mark->column++;
        }
        at++;
    }
}

static void make_marks(const struct source_list *sources, struct source *source)
{
    const size_t count = source->length / MARK_BYTES + 1;
    struct source_mark mark = {1, 1};

    source->marks = ARENA_NEW_ARRAY(sources->arena, count, struct source_mark);
    for (size_t i = 0; i < count; i++) {
        source->marks[i] = mark;
        if (i + 1 < count)
            move_mark(&mark, source->text + i * MARK_BYTES, source->text + (i + 1) * MARK_BYTES);
    }
}

struct place source_place(const struct source_list *sources, struct place place)
{
    const size_t offset = place.column;
    struct source_mark mark;
    struct source *source;

    if (place.line != PLACE_BY_OFFSET)
        return place;
    source = &sources->items[place.source];
    if (source->marks == NULL)
        make_marks(sources, source);
    mark = source->marks[offset / MARK_BYTES];
    move_mark(&mark, source->text + offset / MARK_BYTES * MARK_BYTES, source->text + offset);
    return (struct place){place.source, mark.line, mark.column};
}

/* --- lines --- */

/* Bytes up to the line's end. */
static size_t line_length(const char *at, size_t rest)
{
    const char *newline = memchr(at, '\n', rest);
    const size_t length = newline != NULL ? (size_t)(newline - at) : rest;
    const char *carriage_return = memchr(at, '\r', length);

    return carriage_return != NULL ? (size_t)(carriage_return - at) : length;
}

const char *source_line(struct source_cursor *cursor, uint32_t line, size_t *length)
{
    const char *const text = cursor->source->text;
    const size_t end = cursor->source->length;

    while (cursor->line < line && cursor->offset < end) {
        size_t next = cursor->offset + line_length(text + cursor->offset, end - cursor->offset);

        if (next < end)
            next += text[next] == '\r' && text[next + 1] == '\n' ? 2 : 1;
        cursor->offset = next;
        cursor->line++;
    }
    *length = cursor->line == line ? line_length(text + cursor->offset, end - cursor->offset) : 0;
    return text + cursor->offset;
}
