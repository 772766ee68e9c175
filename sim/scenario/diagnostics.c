/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/diagnostics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of each kind: a megabyte of nonsense must not make a gigabyte of messages. */
#define KEPT_MAX 200u
#define LINE_SHOWN_CHARACTERS 100u /* of a long source line, around the place */
#define MESSAGE_BYTES_MAX 1024
#define CARET_LEAD_CHARACTERS 60u

void diagnostics_init(struct diagnostics *diagnostics, struct arena *arena,
                      const struct source_list *sources)
{
    *diagnostics = (struct diagnostics){.arena = arena, .sources = sources};
}

/* Bytes of a character that must not reach a terminal (controls, what is not UTF-8), else 0. */
static size_t unfit_bytes(const char *text, size_t length)
{
    const unsigned char c = (unsigned char)text[0];
    const size_t bytes = c < 0x80   ? 1
                         : c < 0xC2 ? 0
                         : c < 0xE0 ? 2
                         : c < 0xF0 ? 3
                         : c < 0xF5 ? 4
                                    : 0;

    if (bytes == 0 || bytes > length)
        return 1;
    for (size_t i = 1; i < bytes; i++) {
        if (((unsigned char)text[i] & 0xC0) != 0x80)
            return 1;
    }
    if (bytes == 1)
        return (c < 0x20 && c != '\t') || c == 0x7F ? 1 : 0;
    return c == 0xC2 && (unsigned char)text[1] < 0xA0 ? 2 : 0;
}

static void write_fit(struct out *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length;) {
        const size_t unfit = unfit_bytes(text + i, length - i);

        out_char(out, unfit > 0 ? '?' : text[i]);
        i++;
        if (unfit > 1)
            i += unfit - 1;
        while (unfit == 0 && i < length && ((unsigned char)text[i] & 0xC0) == 0x80)
            out_char(out, text[i++]);
    }
}

static void path_write(struct out *out, const struct path *path)
{
    if (path->parent != NULL)
        path_write(out, path->parent);
    if (path->is_object) {
        out_str(out, path->key);
        out_char(out, ':');
        return;
    }
    if (path->key != NULL) {
        if (path->parent != NULL)
            out_char(out, path->parent->is_object ? ' ' : '.');
        for (const char *c = path->key; *c != '\0'; c++) {
            if (*c == '.')
                out_char(out, '\\');
            out_char(out, *c);
        }
    } else if (path->name != NULL && path->name[0] != '\0') {
        out_printf(out, "[name=%s]", path->name);
    } else {
        out_printf(out, "[%u]", path->index);
    }
}

const char *diagnostics_path_text(struct arena *arena, const struct path *path)
{
    struct out out;

    if (path == NULL)
        return "";
    out_open_memory(&out);
    path_write(&out, path);

    const char *text = arena_strndup(arena, out.buffer, out.used);

    out_discard(&out);
    return text;
}

const char *diagnostics_place_text(const struct diagnostics *diagnostics, struct place place)
{
    const struct source *source = &diagnostics->sources->items[place.source];

    place = source_place(diagnostics->sources, place);
    if (!source->has_lines || place.line == 0)
        return source->path;
    return arena_printf(diagnostics->arena, "%s:%u:%u", source->path, place.line, place.column);
}

static bool is_known(const struct diagnostics *diagnostics, const struct diagnostic *other)
{
    for (uint32_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *item = &diagnostics->items[i];

        if (item->is_error == other->is_error && item->place.source == other->place.source &&
            item->place.line == other->place.line && item->place.column == other->place.column &&
            strcmp(item->text, other->text) == 0)
            return true;
    }
    return false;
}

/* False if it is said already, and that is looked for. */
static bool add(struct diagnostics *diagnostics, struct diagnostic diagnostic,
                const struct path *path, const char *message)
{
    const char *way = diagnostics_path_text(diagnostics->arena, path);
    const char *separator = way[0] == '\0' ? "" : path->is_object ? " " : ": ";
    struct out text;

    diagnostic.place = source_place(diagnostics->sources, diagnostic.place);
    ARENA_GROW(diagnostics->arena, diagnostics->items, &diagnostics->capacity,
               diagnostics->count + 1);
    out_open_memory(&text);
    write_fit(&text, way, strlen(way));
    out_str(&text, separator);
    write_fit(&text, message, strlen(message));
    diagnostic.text = arena_strndup(diagnostics->arena, text.buffer, text.used);
    out_discard(&text);
    diagnostic.order = diagnostics->count;
    if (diagnostics->is_repeating && is_known(diagnostics, &diagnostic))
        return false;
    diagnostics->items[diagnostics->count++] = diagnostic;
    return true;
}

void diagnostics_error(struct diagnostics *diagnostics, struct place place, const struct path *path,
                       const char *format, ...)
{
    char message[MESSAGE_BYTES_MAX];
    va_list args;

    if (diagnostics->error_count >= KEPT_MAX) {
        diagnostics->error_count++;
        diagnostics->dropped_error_count++;
        return;
    }
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (add(diagnostics, (struct diagnostic){.place = place, .is_error = true}, path, message))
        diagnostics->error_count++;
}

void diagnostics_warning(struct diagnostics *diagnostics, struct place place,
                         const struct path *path, const char *format, ...)
{
    char message[MESSAGE_BYTES_MAX];
    va_list args;

    if (diagnostics->warning_count >= KEPT_MAX)
        return;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (add(diagnostics, (struct diagnostic){.place = place}, path, message))
        diagnostics->warning_count++;
}

bool diagnostics_is_full(const struct diagnostics *diagnostics)
{
    return diagnostics->error_count >= KEPT_MAX || diagnostics->warning_count >= KEPT_MAX;
}

bool diagnostics_has_error_at(const struct diagnostics *diagnostics, struct place place)
{
    for (uint32_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *item = &diagnostics->items[i];

        if (item->is_error && item->place.source == place.source &&
            item->place.line == place.line && item->place.column == place.column)
            return true;
    }
    return false;
}

static int compare_u32(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static int compare_places(const void *left, const void *right)
{
    const struct diagnostic *a = left;
    const struct diagnostic *b = right;

    if (a->place.source != b->place.source)
        return compare_u32(a->place.source, b->place.source);
    if (a->place.line != b->place.line)
        return compare_u32(a->place.line, b->place.line);
    if (a->place.column != b->place.column)
        return compare_u32(a->place.column, b->place.column);
    return compare_u32(a->order, b->order);
}

static void sort_by_place(struct diagnostics *diagnostics)
{
    if (diagnostics->count > 0)
        qsort(diagnostics->items, diagnostics->count, sizeof *diagnostics->items, compare_places);
}

/* Bytes of the first `count` characters of a line of `length` bytes. */
static size_t bytes_of_characters(const char *line, size_t length, size_t count)
{
    size_t bytes = 0;

    while (bytes < length && count > 0) {
        bytes++;
        while (bytes < length && ((unsigned char)line[bytes] & 0xC0) == 0x80)
            bytes++;
        count--;
    }
    return bytes;
}

/* The line with the place marked below; of a long one (JSON on one line) the part around it. */
static void write_excerpt(struct out *out, struct source_cursor *cursor, struct place place)
{
    size_t length = 0;
    const char *line = source_line(cursor, place.line, &length);
    size_t characters_before = place.column - 1;
    bool is_cut = false;

    if (characters_before > LINE_SHOWN_CHARACTERS) {
        const size_t skipped =
            bytes_of_characters(line, length, characters_before - CARET_LEAD_CHARACTERS);

        line += skipped;
        length -= skipped;
        characters_before = CARET_LEAD_CHARACTERS;
        is_cut = true;
    }

    const size_t shown = bytes_of_characters(line, length, LINE_SHOWN_CHARACTERS);

    out_printf(out, "%5u | %s", place.line, is_cut ? "..." : "");
    write_fit(out, line, shown);
    out_printf(out, "%s\n      | %s", shown < length ? "..." : "", is_cut ? "   " : "");
    for (size_t i = 0, at = 0; i < characters_before; i++) {
        out_char(out, at < length && line[at] == '\t' ? '\t' : ' ');
        at += bytes_of_characters(line + at, length - at, 1);
    }
    out_str(out, "^\n");
}

void diagnostics_write_errors(struct diagnostics *diagnostics, struct out *out)
{
    struct source_cursor cursor = {0};

    sort_by_place(diagnostics);
    for (uint32_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *item = &diagnostics->items[i];
        const struct source *source = &diagnostics->sources->items[item->place.source];

        if (!item->is_error)
            continue;
        out_printf(out, "%s: %s\n", diagnostics_place_text(diagnostics, item->place), item->text);
        if (!source->has_lines || item->place.line == 0)
            continue;
        if (cursor.source != source)
            cursor = (struct source_cursor){.source = source, .line = 1};
        write_excerpt(out, &cursor, item->place);
    }
    if (diagnostics->dropped_error_count > 0)
        out_printf(out, "and %u more errors\n", diagnostics->dropped_error_count);
}

const char *const *diagnostics_warnings(struct diagnostics *diagnostics, struct arena *arena)
{
    const char **lines = ARENA_NEW_ARRAY(arena, diagnostics->warning_count, const char *);
    uint32_t count = 0;

    sort_by_place(diagnostics);
    for (uint32_t i = 0; i < diagnostics->count; i++) {
        if (!diagnostics->items[i].is_error)
            lines[count++] = arena_printf(
                arena, "%s: %s", diagnostics_place_text(diagnostics, diagnostics->items[i].place),
                diagnostics->items[i].text);
    }
    return lines;
}
