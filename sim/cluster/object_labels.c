/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/object_labels.h"

#include <string.h>

#include "cluster/service_views.h"

#define MANAGER_ENDPOINT_SLICE "endpointslice-controller.k8s.io"
#define MANAGER_MIRRORING "endpointslicemirroring-controller.k8s.io"
#define LABEL_ENDPOINTS_MANAGER "endpoints.kubernetes.io/managed-by"
#define LAST_APPLIED "kubectl.kubernetes.io/last-applied-configuration"

static struct label_set without(struct cluster *cluster, const struct label_set *labels,
                                const char *key)
{
    return labels_get(labels, key) == NULL ? *labels
                                           : labels_with(cluster->arena, labels, key, NULL);
}

static const struct label_set *keep(struct cluster *cluster, struct label_set labels)
{
    struct label_set *kept = ARENA_NEW(cluster->arena, struct label_set);

    *kept = labels;
    return kept;
}

/* IsServiceIPSet: an ExternalName has none either. */
static bool has_cluster_ip(const struct service *service)
{
    return service->seen->type != SERVICE_EXTERNAL_NAME &&
           !service_views_is_headless(service->seen);
}

static void make(struct cluster *cluster, struct service *service)
{
    const struct label_set *own = &service->seen->meta.labels;
    struct label_set slices = without(cluster, own, LABEL_HEADLESS);
    struct label_set endpoints = slices;

    if (!has_cluster_ip(service)) {
        slices = labels_with(cluster->arena, &slices, LABEL_HEADLESS, "");
        endpoints = slices;
    }
    slices = labels_with(cluster->arena, &slices, LABEL_SERVICE_NAME, service->bare_name);
    slices = labels_with(cluster->arena, &slices, LABEL_SLICE_MANAGER, MANAGER_ENDPOINT_SLICE);
    if (cluster->rules.labels_endpoints)
        endpoints =
            labels_with(cluster->arena, &endpoints, LABEL_ENDPOINTS_MANAGER, "endpoint-controller");
    service->slice_labels = keep(cluster, slices);
    service->endpoints_labels = keep(cluster, endpoints);
    service->labels_of = service->seen;
}

const struct label_set *object_labels_of_slices(struct cluster *cluster, struct service *service)
{
    if (service->labels_of != service->seen)
        make(cluster, service);
    return service->slice_labels;
}

const struct label_set *object_labels_of_endpoints(struct cluster *cluster, struct service *service)
{
    if (service->labels_of != service->seen)
        make(cluster, service);
    return service->endpoints_labels;
}

struct label_set object_labels_of_mirror(struct cluster *cluster, const char *name,
                                         const struct label_set *labels)
{
    static const struct label_set none = {NULL, 0};
    struct label_set own =
        labels_with(cluster->arena, labels == NULL ? &none : labels, LABEL_SERVICE_NAME, name);

    return labels_with(cluster->arena, &own, LABEL_SLICE_MANAGER, MANAGER_MIRRORING);
}

struct label_set object_labels_mirrored(struct cluster *cluster,
                                        const struct label_set *annotations)
{
    struct label_set own = {NULL, 0};

    if (annotations != NULL)
        own = without(cluster, annotations, ANNOTATION_TRIGGER);
    return without(cluster, &own, LAST_APPLIED);
}

const struct label_set *object_labels_untimed(struct cluster *cluster,
                                              const struct label_set *annotations)
{
    if (annotations == NULL || labels_get(annotations, ANNOTATION_TRIGGER) == NULL)
        return annotations;
    return keep(cluster, without(cluster, annotations, ANNOTATION_TRIGGER));
}

enum slice_manager object_labels_manager(const struct label_set *labels)
{
    const char *manager = labels_get(labels, LABEL_SLICE_MANAGER);

    if (manager != NULL && strcmp(manager, MANAGER_ENDPOINT_SLICE) == 0)
        return SLICE_MANAGED;
    return manager != NULL && strcmp(manager, MANAGER_MIRRORING) == 0 ? SLICE_MIRRORED
                                                                      : SLICE_BY_HAND;
}

bool object_labels_same_endpoints(struct cluster *cluster, const struct label_set *stored,
                                  const struct label_set *service)
{
    struct label_set own =
        stored == NULL ? (struct label_set){NULL, 0} : without(cluster, stored, LABEL_HEADLESS);

    if (cluster->rules.labels_endpoints)
        own = without(cluster, &own, LABEL_ENDPOINTS_MANAGER);
    return labels_equal(&own, service);
}

bool object_labels_equal(const struct label_set *a, const struct label_set *b)
{
    if (a == b)
        return true;
    if (a == NULL || b == NULL)
        return (a == NULL ? b->count : a->count) == 0;
    return labels_equal(a, b);
}
