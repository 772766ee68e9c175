/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The lines that descriptions of several kinds share. Cells end with tabs, lines are indented by two blanks a level.
 */
#ifndef EPSIM_REPORT_DESCRIBE_LINES_H
#define EPSIM_REPORT_DESCRIBE_LINES_H

#include "report/kube_table.h"

struct describe_lines {
    struct out *out; /* text with tabs */
    struct arena *arena;
    const struct cluster *cluster;
    const struct kube_view *view;
    const struct kube_object *object; /* that is described */
};

/* "Labels:" and "Annotations:", one pair a line; title may begin with blanks. */
void describe_lines_labels(struct describe_lines *lines, const char *title,
                           const struct label_set *labels);
void describe_lines_annotations(struct describe_lines *lines, const char *title,
                                const struct label_set *annotations);

/* A simulated instant as people write it. */
const char *describe_lines_time(struct describe_lines *lines, sim_ns at_ns);

/* "Events:", a table of those about the object as kubectl sorts them. */
void describe_lines_events(struct describe_lines *lines);

/* Containers of a template (`pod` NULL), or of a pod with their states. */
void describe_lines_containers(struct describe_lines *lines, const struct pod_spec *spec,
                               const struct snapshot_pod *pod);

/* What each kind says, from "Name:" to "Events:". */
void describe_lines_pod(struct describe_lines *lines, const struct snapshot_pod *pod);
void describe_lines_deployment(struct describe_lines *lines,
                               const struct snapshot_deployment *deployment);
void describe_lines_replica_set(struct describe_lines *lines,
                                const struct snapshot_replica_set *set);
void describe_lines_node(struct describe_lines *lines, const struct snapshot_node *node);

#endif
