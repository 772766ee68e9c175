/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Objects as rows, in kubectl's columns: one table of columns a kind.
 * Source of columns and cells: kubernetes pkg/printers/internalversion/printers.go.
 */
#ifndef EPSIM_REPORT_KUBE_TABLE_H
#define EPSIM_REPORT_KUBE_TABLE_H

#include "base/out.h"
#include "report/kube_kind.h"

/* When and how objects are looked at. */
struct kube_view {
    sim_ns now_ns;
    int64_t epoch_s;
    uint32_t version_minor;
    bool is_wide;
    bool has_namespace; /* column NAMESPACE */
    bool has_prefix;    /* NAME is "pod/NAME" */
    bool has_labels;    /* column LABELS */
    bool has_time;      /* column TIME: the instant of now_ns, in front */
    bool has_header;    /* a line of column names */
};

#define KUBE_TABLE_COLUMNS_MAX 20

/* A table whose columns never get narrower, so that rows that come later stand below the earlier ones. */
struct kube_table {
    const struct kube_kind *kind;
    uint32_t widths[KUBE_TABLE_COLUMNS_MAX];
};

void kube_table_init(struct kube_table *table, const struct kube_kind *kind);

/* Rows for `count` objects. */
void kube_table_write(struct out *out, struct kube_table *table, const struct kube_view *view,
                      const struct kube_object *objects, uint32_t count);

/* The object's cells in one text, ages left out: tells whether its row has changed. */
const char *kube_table_content(struct arena *arena, const struct kube_view *view,
                               const struct kube_object *object);

#endif
