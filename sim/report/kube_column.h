/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The columns of each kind's table.
 */
#ifndef EPSIM_REPORT_KUBE_COLUMN_H
#define EPSIM_REPORT_KUBE_COLUMN_H

#include "report/kube_table.h"

struct kube_column {
    const char *name; /* as the header has it */
    bool is_wide;     /* with -o wide only */
    const char *(*value)(struct arena *arena, const struct kube_view *view,
                         const struct kube_object *object);
};

/* The columns behind NAME, AGE among them; Events have no NAME in front. */
const struct kube_column *kube_column_table(enum kube_kind_id kind, uint32_t *count);

/* AGE and its like: those that change by themselves. */
bool kube_column_is_age(const struct kube_column *column);

#endif
