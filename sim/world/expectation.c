/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "world/expectation.h"

#include <string.h>

#include "cluster/model.h"
#include "world/comparison.h"

static int64_t of_deployment(const struct deployment_view *view, enum expect_field field)
{
    switch (field) {
    case EXPECT_READY:
        return view->status_ready;
    case EXPECT_AVAILABLE:
        return view->status_available;
    case EXPECT_UPDATED:
        return view->status_updated;
    default:
        return view->replicas;
    }
}

static int64_t of_replica_set(const struct replica_set_view *view, enum expect_field field)
{
    switch (field) {
    case EXPECT_READY:
        return view->status_ready;
    case EXPECT_AVAILABLE:
        return view->status_available;
    default:
        return view->replicas;
    }
}

static bool is_counted_before(const struct endpoints_content *content, uint32_t item)
{
    for (uint32_t i = 0; i < item; i++) {
        if (content->items[i]->is_ready && content->items[i]->pod == content->items[item]->pod)
            return true;
    }
    return false;
}

/* Ready addresses, each once whatever its ports. */
static int64_t count_addresses(const struct endpoints_content *content)
{
    int64_t count = 0;

    for (uint32_t i = 0; i < content->count; i++)
        count += content->items[i]->is_ready && !is_counted_before(content, i);
    return count;
}

static const struct endpoints_object *find_endpoints(const struct cluster *cluster,
                                                     const struct target_spec *target)
{
    for (uint32_t i = 0; i < cluster->endpoints_count; i++) {
        const struct endpoints_object *object = cluster->endpoints[i];
        if (object->stored != NULL && strcmp(object->ns, target->ns) == 0 &&
            strcmp(object->bare_name, target->name) == 0)
            return object;
    }
    return NULL;
}

static const struct service *find_service(const struct cluster *cluster,
                                          const struct target_spec *target)
{
    for (uint32_t i = 0; i < cluster->service_count; i++) {
        const struct service *s = &cluster->services[i];
        if (s->exists && strcmp(s->ns, target->ns) == 0 && strcmp(s->bare_name, target->name) == 0)
            return s;
    }
    return NULL;
}

static bool look_at_endpoints(const struct cluster *cluster, const struct target_spec *target,
                              int64_t *value)
{
    const struct endpoints_object *object = find_endpoints(cluster, target);
    const struct service *service = find_service(cluster, target);

    if (object != NULL)
        *value = count_addresses(object->stored);
    else if (service != NULL && strcmp(target->kind, "service") == 0)
        *value = service->ready_count;
    else
        return false;
    return true;
}

/* Of a workload or a pod. */
static bool look_at_object(const struct cluster *cluster, const struct target_spec *target,
                           enum expect_field field, int64_t *value)
{
    uint32_t found;

    if (strcmp(target->kind, "deployment") == 0) {
        found = cluster_find_deployment(cluster, target->ns, target->name);
        if (found == ID_NONE || !cluster->deployments[found].stored.exists)
            return false;
        *value = of_deployment(&cluster->deployments[found].stored, field);
        return true;
    }
    if (strcmp(target->kind, "pod") == 0) {
        found = cluster_find_pod(cluster, target->ns, target->name);
        if (found == ID_NONE || !cluster->pods[found]->stored.exists)
            return false;
        *value = cluster->pods[found]->stored.is_ready
                     ? (int64_t)cluster->pods[found]->spec->container_count
                     : 0;
        return true;
    }
    found = cluster_find_replica_set(cluster, target->ns, target->name);
    if (found == ID_NONE || !cluster->replica_sets[found]->stored.exists)
        return false;
    *value = of_replica_set(&cluster->replica_sets[found]->stored, field);
    return true;
}

struct expectation_result expectation_check(const struct cluster *cluster,
                                            const struct timeline_entry *entry)
{
    struct expectation_result result = {0};

    if (entry->expect_field == EXPECT_ENDPOINTS)
        result.has_value = look_at_endpoints(cluster, &entry->target, &result.value);
    else
        result.has_value =
            look_at_object(cluster, &entry->target, entry->expect_field, &result.value);
    result.is_ok =
        result.has_value && comparison_holds((double)result.value, entry->expect_comparison,
                                             (double)entry->expect_value);
    return result;
}
