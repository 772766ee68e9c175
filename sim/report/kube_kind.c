/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/kube_kind.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

static const struct kube_kind kinds[KUBE_KIND_COUNT] = {
    {KUBE_POD, "Pod", "pods", "pod", "po", "", true, true, false},
    {KUBE_REPLICATION_CONTROLLER, "ReplicationController", "replicationcontrollers",
     "replicationcontroller", "rc", "", true, true, false},
    {KUBE_SERVICE, "Service", "services", "service", "svc", "", true, true, true},
    {KUBE_DEPLOYMENT, "Deployment", "deployments", "deployment", "deploy", "apps", true, true,
     false},
    {KUBE_REPLICA_SET, "ReplicaSet", "replicasets", "replicaset", "rs", "apps", true, true, false},
    {KUBE_ENDPOINTS, "Endpoints", "endpoints", "endpoints", "ep", "", true, false, true},
    {KUBE_ENDPOINT_SLICE, "EndpointSlice", "endpointslices", "endpointslice", NULL,
     "discovery.k8s.io", true, false, true},
    {KUBE_NODE, "Node", "nodes", "node", "no", "", false, false, false},
    {KUBE_EVENT, "Event", "events", "event", "ev", "", true, false, false},
};

const struct kube_kind *kube_kind_at(enum kube_kind_id id)
{
    return &kinds[id];
}

static bool is_name(const char *name, const char *text, size_t length)
{
    return name != NULL && strlen(name) == length && strncasecmp(name, text, length) == 0;
}

const struct kube_kind *kube_kind_find(const char *name)
{
    const size_t length = strcspn(name, ".");
    const char *group = name[length] == '.' ? name + length + 1 : NULL;

    for (uint32_t i = 0; i < KUBE_KIND_COUNT; i++) {
        const struct kube_kind *kind = &kinds[i];

        if (group != NULL && strcasecmp(group, kind->group) != 0)
            continue;
        if (is_name(kind->plural, name, length) || is_name(kind->singular, name, length) ||
            is_name(kind->short_name, name, length))
            return kind;
    }
    return NULL;
}

const char *kube_kind_nearest(const char *name)
{
    const char *names[3 * KUBE_KIND_COUNT];
    uint32_t count = 0;

    for (uint32_t i = 0; i < KUBE_KIND_COUNT; i++) {
        names[count++] = kinds[i].plural;
        names[count++] = kinds[i].singular;
        if (kinds[i].short_name != NULL)
            names[count++] = kinds[i].short_name;
    }
    return text_nearest(name, names, count);
}

const char *kube_kind_resource(struct arena *arena, const struct kube_kind *kind)
{
    return kind->group[0] == '\0' ? kind->plural
                                  : arena_printf(arena, "%s.%s", kind->plural, kind->group);
}

const char *kube_kind_prefix(struct arena *arena, const struct kube_kind *kind)
{
    return kind->group[0] == '\0' ? kind->singular
                                  : arena_printf(arena, "%s.%s", kind->singular, kind->group);
}

static struct kube_object *new_objects(struct arena *arena, const struct kube_kind *kind,
                                       uint32_t count)
{
    struct kube_object *objects = ARENA_NEW_ARRAY(arena, count, struct kube_object);

    for (uint32_t i = 0; i < count; i++)
        objects[i].kind = kind;
    return objects;
}

/* Defines a function that makes objects of one kind's snapshots, their member `member`. */
#define DEFINE_LIST(function, member, type, snapshots)                                             \
    static const struct kube_object *function(struct arena *arena, const struct cluster *cluster,  \
                                              const struct kube_kind *kind,                        \
                                              const struct snapshot_query *query, uint32_t *count) \
    {                                                                                              \
        const struct type *list = snapshots(arena, cluster, query, count);                         \
        struct kube_object *objects = new_objects(arena, kind, *count);                            \
                                                                                                   \
        for (uint32_t i = 0; i < *count; i++) {                                                    \
            objects[i].member = &list[i];                                                          \
            objects[i].meta = &list[i].meta;                                                       \
        }                                                                                          \
        return objects;                                                                            \
    }

DEFINE_LIST(list_pods, pod, snapshot_pod, snapshot_pods)
DEFINE_LIST(list_controllers, replica_set, snapshot_replica_set, snapshot_replication_controllers)
DEFINE_LIST(list_services, service, snapshot_service, snapshot_services)
DEFINE_LIST(list_deployments, deployment, snapshot_deployment, snapshot_deployments)
DEFINE_LIST(list_replica_sets, replica_set, snapshot_replica_set, snapshot_replica_sets)
DEFINE_LIST(list_endpoints, endpoints, snapshot_endpoints, snapshot_endpoints)
DEFINE_LIST(list_slices, slice, snapshot_slice, snapshot_slices)
DEFINE_LIST(list_events, event, snapshot_event, snapshot_events)
DEFINE_LIST(list_nodes, node, snapshot_node, snapshot_nodes)

const struct kube_object *kube_kind_list(struct arena *arena, const struct cluster *cluster,
                                         const struct kube_kind *kind,
                                         const struct snapshot_query *query, uint32_t *count)
{
    *count = 0;
    switch (kind->id) {
    case KUBE_POD:
        return list_pods(arena, cluster, kind, query, count);
    case KUBE_REPLICATION_CONTROLLER:
        return list_controllers(arena, cluster, kind, query, count);
    case KUBE_SERVICE:
        return list_services(arena, cluster, kind, query, count);
    case KUBE_DEPLOYMENT:
        return list_deployments(arena, cluster, kind, query, count);
    case KUBE_REPLICA_SET:
        return list_replica_sets(arena, cluster, kind, query, count);
    case KUBE_ENDPOINTS:
        return list_endpoints(arena, cluster, kind, query, count);
    case KUBE_ENDPOINT_SLICE:
        return list_slices(arena, cluster, kind, query, count);
    case KUBE_NODE:
        return list_nodes(arena, cluster, kind, query, count);
    case KUBE_EVENT:
        return list_events(arena, cluster, kind, query, count);
    case KUBE_KIND_COUNT:
        break;
    }
    return NULL;
}
