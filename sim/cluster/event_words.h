/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What Events say: the messages of each version of Kubernetes, and the objects that they are about.
 * Source: pkg/controller/deployment (sync.go), pkg/controller (controller_utils.go), pkg/kubelet (kuberuntime, images,
 * prober), pkg/scheduler, pkg/controller/nodelifecycle and tainteviction, pkg/controller/endpoint(slice).
 */
#ifndef EPSIM_CLUSTER_EVENT_WORDS_H
#define EPSIM_CLUSTER_EVENT_WORDS_H

#include "cluster/event_book.h"
#include "cluster/snapshot.h"

/* Everything of the Event but its counts, times and own name; strings are the arena's or the cluster's. */
struct snapshot_event event_words_of(struct arena *arena, const struct cluster *cluster,
                                     const struct event_post *post);

#endif
