/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Prints objects as `kubectl get -o ...` does.
 */
#ifndef EPSIM_REPORT_KUBE_PRINTER_H
#define EPSIM_REPORT_KUBE_PRINTER_H

#include "report/kube_table.h"

enum kube_format {
    KUBE_TABLE,
    KUBE_JSON,
    KUBE_YAML,
    KUBE_NAME
};

struct kube_printer {
    struct out *out;
    enum kube_format format;
    struct kube_view view;
    /* How far it has come. */
    struct kube_table table;
    bool has_written;
};

/* A list: tables of each kind with a blank line between, one List, or names. `is_single`: one object asked for by its
 * name, which JSON and YAML show without a List around it. */
void kube_printer_list(struct kube_printer *printer, const struct kube_object *objects,
                       uint32_t count, bool is_single);

/* One object more of those that are watched, all of one kind. */
void kube_printer_next(struct kube_printer *printer, const struct kube_object *object);

#endif
