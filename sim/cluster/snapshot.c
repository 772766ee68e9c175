/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "cluster/model.h"
#include "cluster/snapshot_build.h"

_Static_assert((int)SNAPSHOT_PENDING == (int)PHASE_PENDING &&
                   (int)SNAPSHOT_FAILED == (int)PHASE_FAILED,
               "phases have the same order");

_Static_assert((int)SNAPSHOT_CONTAINER_NONE == (int)CONTAINER_NONE &&
                   (int)SNAPSHOT_CONTAINER_COMPLETED == (int)CONTAINER_COMPLETED,
               "states of containers have the same order");

#define NODE_UID UINT64_C(0x6E6F6465)

const char *snapshot_uid(struct arena *arena, uint64_t hash)
{
    const uint64_t high = hash_combine(hash, 1);
    const uint64_t low = hash_combine(hash, 2);

    /* version 4, variant 1, as a real one would say */
    return arena_printf(arena, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(high >> 32),
                        (unsigned)(high >> 16) & 0xFFFFU, (unsigned)high & 0xFFFU,
                        0x8000U | ((unsigned)(low >> 48) & 0x3FFFU),
                        (unsigned long long)(low & UINT64_C(0xFFFFFFFFFFFF)));
}

bool snapshot_build_is_named(const struct snapshot_query *query, const char *ns, const char *name)
{
    if (query->ns != NULL && ns[0] != '\0' && strcmp(query->ns, ns) != 0)
        return false;
    return query->name == NULL || strcmp(query->name, name) == 0;
}

bool snapshot_matches(const struct snapshot_query *query, const struct snapshot_meta *meta)
{
    return snapshot_build_is_named(query, meta->ns, meta->name) &&
           (query->selector == NULL || labels_match(query->selector, &meta->labels));
}

bool snapshot_build_is_wanted(const struct snapshot_query *query, uint64_t hash, bool exists)
{
    return query->hash != 0 ? query->hash == hash : exists;
}

/* Of two structs that begin with their metadata. */
static int compare(const void *a, const void *b)
{
    const struct snapshot_meta *one = a;
    const struct snapshot_meta *other = b;
    const int order = strcmp(one->ns, other->ns);

    return order != 0 ? order : strcmp(one->name, other->name);
}

void snapshot_build_sort(void *objects, uint32_t count, size_t object_bytes)
{
    if (count > 1)
        qsort(objects, count, object_bytes, compare);
}

static sim_ns creation_of(const struct object_meta *meta, sim_ns created_ns)
{
    return meta->has_creation ? meta->created_ns : created_ns;
}

/* --- pods --- */

const char *snapshot_build_uid(struct arena *arena, const struct object_meta *meta, uint64_t hash)
{
    return meta != NULL && meta->uid != NULL ? meta->uid : snapshot_uid(arena, hash);
}

const char *snapshot_build_node_uid(struct arena *arena, uint64_t node_hash)
{
    return snapshot_uid(arena, hash_combine(node_hash, NODE_UID));
}

/* Made from a ReplicationController's manifest? */
static bool is_controller(const struct replica_set *rs)
{
    return rs->spec != NULL && rs->spec->kind == WORKLOAD_REPLICATION_CONTROLLER;
}

static void own(struct arena *arena, const struct cluster *cluster, uint32_t owner,
                struct snapshot_meta *meta)
{
    const struct replica_set *rs;

    if (owner == ID_NONE)
        return;
    rs = cluster->replica_sets[owner];
    meta->owner_kind = is_controller(rs) ? "ReplicationController" : "ReplicaSet";
    meta->owner_name = rs->bare_name;
    meta->owner_uid =
        snapshot_build_uid(arena, rs->spec != NULL ? &rs->spec->meta : NULL, rs->hash);
    meta->generate_name = arena_printf(arena, "%s-", rs->bare_name);
}

static struct snapshot_pod describe_pod(struct arena *arena, const struct cluster *cluster,
                                        const struct pod *p)
{
    const struct pod_view *view = &p->stored;
    struct snapshot_pod pod = {
        .meta = {.ns = p->ns,
                 .name = p->bare_name,
                 .uid = snapshot_build_uid(arena, &p->spec->meta, p->uid),
                 .hash = p->hash,
                 .resource_version = view->resource_version,
                 .created_ns = p->owner == ID_NONE ? creation_of(&p->spec->meta, p->created_ns)
                                                   : p->created_ns,
                 .is_deleting = view->is_deleting,
                 .deletion_ns = p->deleted_ns + p->grace_ns,
                 .grace_ns = p->grace_ns,
                 .labels = *view->labels,
                 .annotations =
                     p->annotations != NULL ? *p->annotations : p->spec->meta.annotations},
        .spec = p->spec,
        .phase = (enum snapshot_phase)view->phase,
        .node = view->named_node == 0 ? NULL : cluster->node_objects[view->named_node - 1].name,
        .ip = view->has_ip ? view->addresses->ips[0] : NULL,
        .ips = view->has_ip ? view->addresses->ips : NULL,
        .ip_count = view->has_ip ? view->addresses->count : 0,
        .is_ready = view->is_ready,
        .ready_since_ns = view->ready_since_ns,
        .is_started = view->is_started,
        .container = (enum snapshot_container)view->container,
        .started_ns = view->started_ns,
        .last_started_ns = view->last_started_ns,
        .ended_ns = view->ended_ns,
        .restart_count = view->restart_count,
    };

    own(arena, cluster, view->owner, &pod.meta);
    return pod;
}

const struct snapshot_pod *snapshot_pods(struct arena *arena, const struct cluster *cluster,
                                         const struct snapshot_query *query, uint32_t *count)
{
    struct snapshot_pod *pods = NULL;
    uint32_t capacity = 0;

    *count = 0;
    for (uint32_t i = 0; i < cluster->pod_count; i++) {
        const struct pod *p = cluster->pods[i];
        struct snapshot_pod pod;

        if (p->stored.version == 0 || p->state == POD_STATE_EXTERNAL ||
            !snapshot_build_is_wanted(query, p->hash, p->stored.exists) ||
            !snapshot_build_is_named(query, p->ns, p->bare_name))
            continue;
        pod = describe_pod(arena, cluster, p);
        if (!snapshot_matches(query, &pod.meta))
            continue;
        ARENA_GROW(arena, pods, &capacity, *count + 1);
        pods[(*count)++] = pod;
    }
    snapshot_build_sort(pods, *count, sizeof *pods);
    return pods;
}

/* --- deployments and replica sets --- */

/* That of its replica set. */
static uint32_t revision_of(const struct cluster *cluster, const struct deployment *d,
                            uint64_t template_key)
{
    for (uint32_t i = d->replica_set_count; i > 0; i--) {
        const struct replica_set *rs = cluster->replica_sets[d->replica_sets[i - 1]];

        if (rs->stored.exists && rs->template_key == template_key)
            return rs->revision;
    }
    return 0; /* its controller has not come to it yet */
}

static struct label_set with_revision(struct arena *arena, const struct label_set *annotations,
                                      uint32_t revision)
{
    if (revision == 0)
        return *annotations;
    return labels_with(arena, annotations, "deployment.kubernetes.io/revision",
                       arena_printf(arena, "%u", revision));
}

static struct snapshot_deployment describe_deployment(struct arena *arena,
                                                      const struct cluster *cluster,
                                                      const struct deployment *d)
{
    const struct object_meta *meta = &d->spec->meta;
    const struct deployment_view *view = &d->stored;
    const uint32_t revision = revision_of(cluster, d, view->template_key);

    return (struct snapshot_deployment){
        .meta = {.ns = meta->ns,
                 .name = meta->name,
                 .uid = snapshot_build_uid(arena, meta, d->hash),
                 .hash = d->hash,
                 .resource_version = view->resource_version,
                 .created_ns = creation_of(meta, d->created_ns),
                 .labels = meta->labels,
                 .annotations = with_revision(arena, &meta->annotations, revision)},
        .spec = d->spec,
        .pod_template = view->pod_template,
        .replicas = view->replicas,
        .revision = revision,
        .status_replicas = view->status_replicas,
        .status_updated = view->status_updated,
        .status_ready = view->status_ready,
        .status_available = view->status_available,
        .is_paused = view->is_paused,
    };
}

const struct snapshot_deployment *snapshot_deployments(struct arena *arena,
                                                       const struct cluster *cluster,
                                                       const struct snapshot_query *query,
                                                       uint32_t *count)
{
    struct snapshot_deployment *list =
        ARENA_NEW_ARRAY(arena, cluster->deployment_count, struct snapshot_deployment);

    *count = 0;
    for (uint32_t i = 0; i < cluster->deployment_count; i++) {
        const struct deployment *d = &cluster->deployments[i];

        if (d->stored.version == 0 || !snapshot_build_is_wanted(query, d->hash, d->stored.exists))
            continue;
        list[*count] = describe_deployment(arena, cluster, d);
        *count += snapshot_matches(query, &list[*count].meta);
    }
    snapshot_build_sort(list, *count, sizeof *list);
    return list;
}

/* What its deployment writes on it. */
static void owned_by_deployment(struct arena *arena, const struct cluster *cluster,
                                const struct replica_set *rs, struct snapshot_meta *meta)
{
    const struct deployment *d = &cluster->deployments[rs->deployment];
    const struct label_set annotations = with_revision(arena, &meta->annotations, rs->revision);

    meta->labels = rs->pod_template->meta.labels;
    meta->annotations =
        labels_with(arena, &annotations, "deployment.kubernetes.io/desired-replicas",
                    arena_printf(arena, "%u", rs->stored.desired));
    meta->owner_kind = "Deployment";
    meta->owner_name = d->bare_name;
    meta->owner_uid = snapshot_build_uid(arena, &d->spec->meta, d->hash);
}

static struct snapshot_replica_set describe_replica_set(struct arena *arena,
                                                        const struct cluster *cluster,
                                                        const struct replica_set *rs)
{
    const struct workload_spec *spec = rs->spec;
    const struct replica_set_view *view = &rs->stored;
    struct snapshot_replica_set set = {
        .meta = {.ns = rs->ns,
                 .name = rs->bare_name,
                 .uid = snapshot_build_uid(arena, spec != NULL ? &spec->meta : NULL, rs->hash),
                 .hash = rs->hash,
                 .resource_version = view->resource_version,
                 .created_ns = rs->created_ns},
        .selector = &rs->selector,
        .pod_template = rs->pod_template,
        .replicas = view->replicas,
        .status_replicas = view->status_replicas,
        .status_ready = view->status_ready,
        .status_available = view->status_available,
        .min_ready_ns = rs->min_ready_ns,
        .is_replication_controller = is_controller(rs),
    };

    if (spec != NULL) {
        set.meta.labels = spec->meta.labels;
        set.meta.annotations = spec->meta.annotations;
        set.meta.created_ns = creation_of(&spec->meta, rs->created_ns);
    }
    if (rs->deployment != ID_NONE)
        owned_by_deployment(arena, cluster, rs, &set.meta);
    return set;
}

static const struct snapshot_replica_set *list_replica_sets(struct arena *arena,
                                                            const struct cluster *cluster,
                                                            const struct snapshot_query *query,
                                                            bool are_controllers, uint32_t *count)
{
    struct snapshot_replica_set *list =
        ARENA_NEW_ARRAY(arena, cluster->replica_set_count, struct snapshot_replica_set);

    *count = 0;
    for (uint32_t i = 0; i < cluster->replica_set_count; i++) {
        const struct replica_set *rs = cluster->replica_sets[i];

        if (rs->stored.version == 0 ||
            !snapshot_build_is_wanted(query, rs->hash, rs->stored.exists))
            continue;
        list[*count] = describe_replica_set(arena, cluster, rs);
        *count += list[*count].is_replication_controller == are_controllers &&
                  snapshot_matches(query, &list[*count].meta);
    }
    snapshot_build_sort(list, *count, sizeof *list);
    return list;
}

const struct snapshot_replica_set *snapshot_replica_sets(struct arena *arena,
                                                         const struct cluster *cluster,
                                                         const struct snapshot_query *query,
                                                         uint32_t *count)
{
    return list_replica_sets(arena, cluster, query, false, count);
}

const struct snapshot_replica_set *snapshot_replication_controllers(
    struct arena *arena, const struct cluster *cluster, const struct snapshot_query *query,
    uint32_t *count)
{
    return list_replica_sets(arena, cluster, query, true, count);
}

/* --- nodes --- */

/* The labels that a kubelet gives its node. */
static struct label_set node_labels(struct arena *arena, const struct node_spec *spec)
{
    struct label_set labels =
        labels_with(arena, &spec->labels, "kubernetes.io/hostname", spec->name);

    labels = labels_with(arena, &labels, "kubernetes.io/os", "linux");
    if (spec->zone != NULL)
        labels = labels_with(arena, &labels, "topology.kubernetes.io/zone", spec->zone);
    return labels;
}

const struct snapshot_node *snapshot_nodes(struct arena *arena, const struct cluster *cluster,
                                           const struct snapshot_query *query, uint32_t *count)
{
    struct snapshot_node *list = ARENA_NEW_ARRAY(arena, cluster->node_count, struct snapshot_node);

    *count = 0;
    for (uint32_t i = 0; i < cluster->node_count; i++) {
        const struct node *n = &cluster->nodes[i];
        const struct snapshot_node node = {
            .meta = {.ns = "",
                     .name = n->name,
                     .uid = snapshot_build_node_uid(arena, n->hash),
                     .hash = n->hash,
                     .resource_version = i + 1,
                     .created_ns = -NS_PER_HOUR,
                     .labels = node_labels(arena, n->spec)},
            .spec = n->spec,
            .version = arena_printf(arena, "v1.%u.0", cluster->spec->version_minor),
            .is_ready = !n->health.is_unknown,
            .changed_ns = n->health.changed_ns > 0 ? n->health.changed_ns : -NS_PER_HOUR,
            .has_no_schedule = n->health.has_no_schedule,
            .has_no_execute = n->health.has_no_execute,
            .is_unschedulable = n->is_cordoned || n->spec->is_unschedulable,
        };

        if (snapshot_build_is_wanted(query, n->hash, true) && snapshot_matches(query, &node.meta))
            list[(*count)++] = node;
    }
    snapshot_build_sort(list, *count, sizeof *list);
    return list;
}
