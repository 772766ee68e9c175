/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/kube_table.h"

#include <string.h>

#include "base/duration.h"
#include "base/error.h"
#include "report/kube_column.h"
#include "report/kube_text.h"
#include "report/tab_text.h"

/* kubectl's tab writer: columns of at least 6, 3 blanks between. */
#define MIN_WIDTH 6U
#define PADDING 3U
#define TIME_WIDTH 16U /* "600.123456789s": later rows seldom widen it */

struct row {
    const char *cells[KUBE_TABLE_COLUMNS_MAX];
    uint32_t count;
};

static void put(struct row *row, const char *cell)
{
    EP_REQUIRE(row->count < KUBE_TABLE_COLUMNS_MAX);
    row->cells[row->count++] = cell;
}

void kube_table_init(struct kube_table *table, const struct kube_kind *kind)
{
    *table = (struct kube_table){.kind = kind};
}

static struct row header_of(const struct kube_view *view, const struct kube_kind *kind)
{
    struct row row = {.count = 0};
    uint32_t count;
    const struct kube_column *columns = kube_column_table(kind->id, &count);

    if (view->has_time)
        put(&row, "TIME");
    if (view->has_namespace && kind->is_namespaced)
        put(&row, "NAMESPACE");
    if (kind->id != KUBE_EVENT)
        put(&row, "NAME");
    for (uint32_t i = 0; i < count; i++) {
        if (view->is_wide || !columns[i].is_wide)
            put(&row, columns[i].name);
    }
    if (view->has_labels)
        put(&row, "LABELS");
    return row;
}

static const char *name_of(struct arena *arena, const struct kube_view *view,
                           const struct kube_object *object)
{
    if (!view->has_prefix)
        return object->meta->name;
    return arena_printf(arena, "%s/%s", kube_kind_prefix(arena, object->kind), object->meta->name);
}

static const char *time_of(struct arena *arena, sim_ns now_ns)
{
    char buffer[DURATION_TEXT_MAX];

    return arena_printf(arena, "%ss", duration_format_seconds(now_ns, buffer));
}

static struct row row_of(struct arena *arena, const struct kube_view *view,
                         const struct kube_object *object)
{
    struct row row = {.count = 0};
    uint32_t count;
    const struct kube_column *columns = kube_column_table(object->kind->id, &count);

    if (view->has_time)
        put(&row, time_of(arena, view->now_ns));
    if (view->has_namespace && object->kind->is_namespaced)
        put(&row, object->meta->ns);
    if (object->kind->id != KUBE_EVENT)
        put(&row, name_of(arena, view, object));
    for (uint32_t i = 0; i < count; i++) {
        if (view->is_wide || !columns[i].is_wide)
            put(&row, columns[i].value(arena, view, object));
    }
    if (view->has_labels)
        put(&row, kube_text_labels(arena, &object->meta->labels));
    return row;
}

/* The last cell of a row widens nothing: no column stands behind it. */
static void widen(struct kube_table *table, const struct row *row)
{
    for (uint32_t i = 0; i + 1 < row->count; i++) {
        const uint32_t width = tab_text_width(row->cells[i], strlen(row->cells[i])) + PADDING;

        if (width > table->widths[i])
            table->widths[i] = width;
        if (table->widths[i] < MIN_WIDTH)
            table->widths[i] = MIN_WIDTH;
    }
}

static void write_row(struct out *out, const struct kube_table *table, const struct row *row)
{
    for (uint32_t i = 0; i < row->count; i++) {
        out_str(out, row->cells[i]);
        for (uint32_t w = tab_text_width(row->cells[i], strlen(row->cells[i]));
             i + 1 < row->count && w < table->widths[i]; w++)
            out_char(out, ' ');
    }
    out_char(out, '\n');
}

void kube_table_write(struct out *out, struct kube_table *table, const struct kube_view *view,
                      const struct kube_object *objects, uint32_t count)
{
    const struct row header = header_of(view, table->kind);
    struct arena arena;
    struct row *rows;

    if (view->has_time && table->widths[0] < TIME_WIDTH)
        table->widths[0] = TIME_WIDTH;
    arena_init(&arena);
    rows = ARENA_NEW_ARRAY(&arena, count, struct row);
    if (view->has_header)
        widen(table, &header);
    for (uint32_t i = 0; i < count; i++) {
        rows[i] = row_of(&arena, view, &objects[i]);
        widen(table, &rows[i]);
    }
    if (view->has_header)
        write_row(out, table, &header);
    for (uint32_t i = 0; i < count; i++)
        write_row(out, table, &rows[i]);
    arena_deinit(&arena);
}

const char *kube_table_content(struct arena *arena, const struct kube_view *view,
                               const struct kube_object *object)
{
    const char *text = object->meta->name;
    uint32_t count;
    const struct kube_column *columns = kube_column_table(object->kind->id, &count);

    for (uint32_t i = 0; i < count; i++) {
        if (!kube_column_is_age(&columns[i]) && (view->is_wide || !columns[i].is_wide))
            text = arena_printf(arena, "%s\t%s", text, columns[i].value(arena, view, object));
    }
    return text;
}
