/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/kube_printer.h"

#include "report/kube_doc.h"

static void print_name(struct out *out, const struct kube_object *object)
{
    struct arena arena;

    arena_init(&arena);
    out_printf(out, "%s/%s\n", kube_kind_prefix(&arena, object->kind), object->meta->name);
    arena_deinit(&arena);
}

static void print_doc(struct kube_printer *printer, const struct doc *doc)
{
    if (printer->format == KUBE_JSON) {
        doc_write_json(printer->out, doc);
        return;
    }
    if (printer->has_written)
        out_str(printer->out, "---\n");
    doc_write_yaml(printer->out, doc);
}

static void print_tables(struct kube_printer *printer, const struct kube_object *objects,
                         uint32_t count)
{
    for (uint32_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && objects[to].kind == objects[from].kind; to++)
            continue;
        if (printer->has_written && printer->view.has_header)
            out_char(printer->out, '\n');
        kube_table_init(&printer->table, objects[from].kind);
        kube_table_write(printer->out, &printer->table, &printer->view, objects + from, to - from);
        printer->has_written = true;
    }
}

void kube_printer_list(struct kube_printer *printer, const struct kube_object *objects,
                       uint32_t count, bool is_single)
{
    struct arena arena;

    arena_init(&arena);
    switch (printer->format) {
    case KUBE_TABLE:
        print_tables(printer, objects, count);
        break;
    case KUBE_JSON:
    case KUBE_YAML:
        print_doc(printer, is_single && count == 1
                               ? kube_doc_of(&arena, &printer->view, objects)
                               : kube_doc_list(&arena, &printer->view, objects, count));
        printer->has_written = true;
        break;
    case KUBE_NAME:
        for (uint32_t i = 0; i < count; i++)
            print_name(printer->out, &objects[i]);
        printer->has_written |= count > 0;
        break;
    }
    arena_deinit(&arena);
}

void kube_printer_next(struct kube_printer *printer, const struct kube_object *object)
{
    struct arena arena;

    arena_init(&arena);
    if (printer->format == KUBE_TABLE && printer->has_written)
        kube_table_write(printer->out, &printer->table, &printer->view, object, 1);
    else if (printer->format == KUBE_TABLE)
        print_tables(printer, object, 1);
    else if (printer->format == KUBE_NAME)
        print_name(printer->out, object);
    else
        print_doc(printer, kube_doc_of(&arena, &printer->view, object));
    printer->has_written = true;
    printer->view.has_header = false;
    arena_deinit(&arena);
}
