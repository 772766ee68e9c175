/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The labels that the controllers put on what they write.
 * Source: staging endpointslice/utils.go (setEndpointSliceLabels), endpointslicemirroring/utils.go, endpoints_controller.go.
 */
#ifndef EPSIM_CLUSTER_OBJECT_LABELS_H
#define EPSIM_CLUSTER_OBJECT_LABELS_H

#include "cluster/model.h"

#define LABEL_SERVICE_NAME "kubernetes.io/service-name"
#define LABEL_SLICE_MANAGER "endpointslice.kubernetes.io/managed-by"
#define LABEL_HEADLESS "service.kubernetes.io/headless"
#define LABEL_SKIP_MIRROR "endpointslice.kubernetes.io/skip-mirror"
#define ANNOTATION_LEADER "control-plane.alpha.kubernetes.io/leader"
#define ANNOTATION_TRIGGER "endpoints.kubernetes.io/last-change-trigger-time"
#define ANNOTATION_CAPACITY "endpoints.kubernetes.io/over-capacity"

/* Of the service's slices, and of its Endpoints, by its spec as the controllers see it. Shared: equal pointers while the
 * Service does not change. */
const struct label_set *object_labels_of_slices(struct cluster *cluster, struct service *service);
const struct label_set *object_labels_of_endpoints(struct cluster *cluster,
                                                   struct service *service);

/* Of the slices that mirror Endpoints with these labels. */
struct label_set object_labels_of_mirror(struct cluster *cluster, const char *name,
                                         const struct label_set *labels);

/* The annotations of Endpoints that their mirrored slices have too. */
struct label_set object_labels_mirrored(struct cluster *cluster,
                                        const struct label_set *annotations);

/* The same annotations without the trigger time, which is a field of its own; NULL stays NULL. */
const struct label_set *object_labels_untimed(struct cluster *cluster,
                                              const struct label_set *annotations);

/* Whose slice it is. */
enum slice_manager object_labels_manager(const struct label_set *labels);

/* Whether Endpoints of these labels are the same but for what their controller adds itself. */
bool object_labels_same_endpoints(struct cluster *cluster, const struct label_set *stored,
                                  const struct label_set *service);

/* labels_equal of pointers that may be NULL for no labels. */
bool object_labels_equal(const struct label_set *a, const struct label_set *b);

#endif
