/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One object in words, as `kubectl describe` lays it out. Source: kubectl pkg/describe.
 */
#ifndef EPSIM_REPORT_DESCRIBE_H
#define EPSIM_REPORT_DESCRIBE_H

#include "report/kube_table.h"

/* Writes the object as it stands in the cluster, with what belongs to it (a service's slices, a deployment's sets). */
void describe_object(struct out *out, const struct cluster *cluster, const struct kube_view *view,
                     const struct kube_object *object);

#endif
