/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/start.h"

#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "cluster/api_server.h"
#include "cluster/commands.h"
#include "cluster/controllers/controller.h"
#include "cluster/controllers/deployment_controller.h"
#include "cluster/controllers/endpoint_slice_controller.h"
#include "cluster/controllers/replica_set_controller.h"
#include "cluster/controllers/scheduler.h"
#include "cluster/controllers/slice_standing.h"
#include "cluster/dns.h"
#include "cluster/endpoints_store.h"
#include "cluster/events.h"
#include "cluster/names.h"
#include "cluster/node/kubelet.h"
#include "cluster/node/prober.h"
#include "cluster/node_objects.h"
#include "cluster/object_commands.h"
#include "cluster/service_members.h"
#include "cluster/service_table.h"
#include "cluster/service_views.h"

#define LONG_AGO_NS (-NS_PER_HOUR)

static void fill_nodes(struct cluster *cluster)
{
    cluster->node_count = cluster->spec->node_count;
    cluster->nodes = ARENA_NEW_ARRAY(cluster->arena, cluster->node_count, struct node);
    for (uint32_t n = 0; n < cluster->node_count; n++) {
        struct node *node = &cluster->nodes[n];
        node->spec = &cluster->spec->nodes[n];
        node->name = node->spec->name;
        node->hash = names_hash("node", "", node->name);
        node->index = n;
        (void)node_objects_obtain(cluster, node->name);
        cluster->node_objects[n].stored = node->spec;
        cluster->node_objects[n].seen = node->spec;
        node->gap = (struct watch_gap){NS_NEVER, NS_NEVER};
    }
}

static void fill_services(struct cluster *cluster)
{
    for (uint32_t i = 0; i < cluster->spec->service_count; i++)
        (void)service_views_obtain(cluster, cluster->spec->services[i].meta.ns,
                                   cluster->spec->services[i].meta.name);
}

static void fill_deployments(struct cluster *cluster)
{
    for (uint32_t i = 0; i < cluster->spec->workload_count; i++) {
        if (cluster->spec->workloads[i].kind == WORKLOAD_DEPLOYMENT)
            (void)object_commands_new_deployment(cluster, &cluster->spec->workloads[i]);
    }
}

void start_fill_tables(struct cluster *cluster)
{
    fill_nodes(cluster);
    fill_services(cluster);
    fill_deployments(cluster);
}

/* What a dump says of times later than the start was at the start. */
static sim_ns at_most_now(sim_ns at_ns)
{
    return at_ns < 0 ? at_ns : 0;
}

static sim_ns started_ns(const struct pod_spec *spec)
{
    return spec->has_started ? at_most_now(spec->started_ns) : LONG_AGO_NS;
}

/* Its program has been running for an hour. */
static void settle_program(struct cluster *cluster, uint32_t pod, bool is_ready)
{
    struct pod *p = cluster->pods[pod];

    p->kubelet_state = KUBELET_RUNNING;
    p->container_started_ns = started_ns(p->spec);
    p->status_started_ns = p->container_started_ns;
    p->status_start = 1;
    p->is_status_running = true;
    p->is_started = true;
    p->container = CONTAINER_RUNNING;
    p->phase = PHASE_RUNNING;
    p->kubelet_has_ip = true;
    p->has_status = true;
    p->is_kubelet_ready = is_ready;
    p->is_listening = true;
    p->has_been_ready = is_ready;
    p->start_count = 1;
    (void)cluster->app_ops->startup_ns(cluster->app, pod);
    cluster->app_ops->on_listen(cluster->app, pod);
}

/* What a manifest's status says of the pod, else that it runs and is ready; a pinned one without status is Pending. */
static void settle_status(const struct pod *p, struct pod_view *view)
{
    const struct pod_spec *spec = p->spec;

    view->phase = PHASE_RUNNING;
    view->is_ready = true;
    if (spec->has_status) {
        view->is_ready = spec->status_ready;
        if (strcmp(spec->status_phase, "Pending") == 0)
            view->phase = PHASE_PENDING;
        else if (strcmp(spec->status_phase, "Succeeded") == 0)
            view->phase = PHASE_SUCCEEDED;
        else if (strcmp(spec->status_phase, "Failed") == 0)
            view->phase = PHASE_FAILED;
        else if (strcmp(spec->status_phase, "Unknown") == 0)
            view->phase = PHASE_UNKNOWN;
    } else if (p->is_pinned) {
        view->phase = PHASE_PENDING;
        view->is_ready = false;
    }
    view->has_ip = view->phase != PHASE_PENDING || spec->ip != NULL;
    view->ready_since_ns = spec->has_ready_since ? at_most_now(spec->ready_since_ns) : LONG_AGO_NS;
}

/* It was terminating when the dump was made: it still is, and its kubelet hears of it at the start. */
static void settle_deletion(struct cluster *cluster, uint32_t pod)
{
    struct pod *p = cluster->pods[pod];
    struct pod_view view = p->stored;

    p->deleted_cause = CAUSE_DELETE;
    p->grace_ns = p->spec->meta.deletion_grace_ns;
    p->deleted_ns = p->spec->meta.deletion_ns - p->grace_ns;
    view.is_deleting = true;
    api_server_put_pod(cluster, pod, &view, WRITE_UPDATE);
    p->seen = p->stored;
    if (!p->is_pinned && view.node != ID_NONE)
        kubelet_deletion_known(cluster, pod);
}

/* A pod that has been there for an hour. */
static void settle_pod(struct cluster *cluster, uint32_t pod, struct pod_view view)
{
    struct pod *p = cluster->pods[pod];

    if (view.node == ID_NONE && !p->is_pinned)
        view.node = scheduler_choose(cluster, pod);
    p->created_ns = p->spec->meta.has_creation ? p->spec->meta.created_ns : LONG_AGO_NS;
    if (view.node != ID_NONE || p->is_pinned) {
        p->node = view.node;
        settle_status(p, &view);
        if (view.has_ip && (view.node != ID_NONE || p->spec->ip != NULL))
            names_assign_ip(cluster, pod);
        view.has_ip = p->ip_text != NULL;
        view.addresses = p->addresses;
        if (view.phase == PHASE_RUNNING) {
            settle_program(cluster, pod, view.is_ready);
            view.container = CONTAINER_RUNNING;
            view.is_started = true;
            view.started_ns = started_ns(p->spec);
        }
        view.ended_ns = NS_NEVER;
    } else {
        model_append(cluster->arena, &cluster->unschedulable, &cluster->unschedulable_count,
                     &cluster->unschedulable_capacity, pod);
    }
    api_server_put_pod(cluster, pod, &view, WRITE_CREATE);
    p->seen = p->stored;
    if (p->spec->meta.has_deletion)
        settle_deletion(cluster, pod);
    kubelet_update_state(cluster, pod);
    if (p->kubelet_state != KUBELET_RUNNING || p->is_pinned)
        return;
    prober_add_settled_pod(cluster, pod, view.is_ready);
    prober_wake(cluster, pod);
    if (!view.is_ready && !p->has_readiness) /* its kubelet's next sync finds it ready */
        model_schedule(cluster, kubelet_relist_end_ns(cluster, p->node, 0), CLUSTER_STATUS, pod,
                       p->start_count);
}

/* A pod of the manifests; `owner` is a replica set, ID_NONE: nobody. */
static void settle_bare_pod(struct cluster *cluster, const struct pod_spec *spec, uint32_t owner)
{
    uint32_t pod = names_new_named_pod(cluster, spec->meta.ns, spec->meta.name, spec);
    uint32_t node = spec->node_name == NULL || spec->node_name[0] == '\0'
                        ? ID_NONE
                        : node_objects_obtain(cluster, spec->node_name);
    struct pod_view view = {
        .labels = &spec->meta.labels,
        .node = node_objects_machine(cluster, node),
        .named_node = node == ID_NONE ? 0 : node + 1,
        .owner = owner,
        .exists = true,
    };
    struct pod *p = cluster->pods[pod];

    p->created_cause = CAUSE_APPLY;
    p->owner = owner;
    if (owner != ID_NONE) {
        struct replica_set *rs = cluster->replica_sets[owner];

        p->created_cause = CAUSE_START;
        model_append(cluster->arena, &rs->pods, &rs->pod_count, &rs->pod_capacity, pod);
    }
    if (view.node != ID_NONE) {
        p->is_scheduled = true;
        p->scheduled_node = view.node;
        cluster->nodes[view.node].assigned_count++;
    }
    settle_pod(cluster, pod, view);
}

/* Whether the manifests are those of a live cluster, which may be in the middle of something. */
static bool is_dump(const struct cluster_spec *spec)
{
    for (uint32_t i = 0; i < spec->pod_count; i++) {
        if (spec->pods[i].meta.owner_kind != NULL)
            return true;
    }
    return false;
}

/* --- what dumps of live clusters say of owners --- */

/* A ReplicaSet's, or a ReplicationController's, that metadata names as its controller; 0: none. */
static uint64_t owner_hash(const struct object_meta *meta)
{
    if (meta->owner_kind == NULL || (strcmp(meta->owner_kind, "ReplicaSet") != 0 &&
                                     strcmp(meta->owner_kind, "ReplicationController") != 0))
        return 0;
    return names_hash("replicaset", meta->ns, meta->owner_name);
}

static bool is_owned_by(const struct deployment *d, const struct workload_spec *spec)
{
    return spec->kind == WORKLOAD_REPLICA_SET && spec->meta.owner_kind != NULL &&
           strcmp(spec->meta.owner_kind, "Deployment") == 0 &&
           strcmp(spec->meta.ns, d->spec->meta.ns) == 0 &&
           strcmp(spec->meta.owner_name, d->bare_name) == 0;
}

static bool has_deployment(const struct cluster *cluster, const struct workload_spec *spec)
{
    for (uint32_t i = 0; i < cluster->deployment_count; i++) {
        if (is_owned_by(&cluster->deployments[i], spec))
            return true;
    }
    return false;
}

/* Names of later pods must not meet those of the manifests, which may come from a run of ours. */
#define ADOPTED_ORDINALS (1u << 20)

/* The replica set's pods are those of the manifests that name it as their owner (`owners`: owner_hash of each pod), and
 * those that name none and match. Returns how many the former are. */
static uint32_t adopt_pods(struct cluster *cluster, uint64_t *owners, uint32_t id)
{
    struct replica_set *rs = cluster->replica_sets[id];
    uint32_t count = 0;

    for (uint32_t i = 0; i < cluster->spec->pod_count; i++) {
        const struct pod_spec *spec = &cluster->spec->pods[i];
        const bool is_orphan = owners[i] == 0 && strcmp(spec->meta.ns, rs->ns) == 0 &&
                               labels_match(&rs->selector, &spec->meta.labels);
        if (owners[i] != rs->hash && !is_orphan)
            continue;
        owners[i] = rs->hash;
        settle_bare_pod(cluster, spec, id);
        count += !is_orphan;
    }
    if (count > 0)
        rs->made_count = ADOPTED_ORDINALS;
    return count;
}

static void make_pods(struct cluster *cluster, uint32_t id, uint32_t count)
{
    replica_set_controller_scaled(cluster->replica_sets[id], 0, count, CAUSE_APPLY);
    for (uint32_t i = 0; i < count; i++) {
        struct pod_view view;
        uint32_t pod = replica_set_controller_make_pod(cluster, id, &view);

        view.node = ID_NONE;
        settle_pod(cluster, pod, view);
    }
}

static void settle_replica_set(struct cluster *cluster, uint64_t *owners, uint32_t id,
                               uint32_t replicas, uint32_t desired)
{
    struct replica_set *rs = cluster->replica_sets[id];
    struct replica_set_view view = {.replicas = replicas, .desired = desired, .exists = true};
    bool has_own;

    has_own = adopt_pods(cluster, owners, id) > 0;
    if (!has_own && rs->pod_count < replicas)
        make_pods(cluster, id, replicas - rs->pod_count);
    rs->has_looked = true;
    for (uint32_t i = 0; i < rs->pod_count; i++) {
        const struct pod_view *pod = &cluster->pods[rs->pods[i]]->stored;
        view.status_replicas += !pod->is_deleting;
        view.status_ready += pod->is_ready && !pod->is_deleting;
    }
    view.status_available = view.status_ready;
    if (has_own && rs->spec != NULL && rs->spec->has_status) {
        view.status_replicas = rs->spec->status_replicas;
        view.status_ready = rs->spec->status_ready;
        view.status_available = rs->spec->status_available;
    }
    rs->created_ns =
        rs->spec != NULL && rs->spec->meta.has_creation ? rs->spec->meta.created_ns : LONG_AGO_NS;
    api_server_put_replica_set(cluster, id, view, WRITE_CREATE);
    rs->seen = rs->stored;
}

static uint32_t revision_of(const struct object_meta *meta)
{
    const char *text = labels_get(&meta->annotations, "deployment.kubernetes.io/revision");
    uint32_t revision = 0;

    for (; text != NULL && *text >= '0' && *text <= '9' && revision < 100000000; text++)
        revision = revision * 10 + (uint32_t)(*text - '0');
    return revision;
}

/* The manifests' ReplicaSet of the deployment with the lowest revision above `after`, NULL if there is none. */
static const struct workload_spec *next_owned(const struct cluster *cluster,
                                              const struct deployment *d,
                                              const struct workload_spec *after)
{
    const struct workload_spec *next = NULL;

    for (uint32_t i = 0; i < cluster->spec->workload_count; i++) {
        const struct workload_spec *spec = &cluster->spec->workloads[i];
        const uint32_t revision = revision_of(&spec->meta);

        if (!is_owned_by(d, spec) ||
            (after != NULL && (revision < revision_of(&after->meta) ||
                               (revision == revision_of(&after->meta) && spec <= after))))
            continue;
        if (next == NULL || revision < revision_of(&next->meta))
            next = spec;
    }
    return next;
}

/* The deployment's replica sets are those of the manifests that name it as their owner. */
static void adopt_replica_sets(struct cluster *cluster, uint64_t *owners, uint32_t deployment)
{
    struct deployment *d = &cluster->deployments[deployment];
    const struct workload_spec *spec = next_owned(cluster, d, NULL);

    for (; spec != NULL; spec = next_owned(cluster, d, spec)) {
        uint32_t id = object_commands_new_replica_set(cluster, spec);

        cluster->replica_sets[id]->deployment = deployment;
        cluster->replica_sets[id]->revision =
            revision_of(&spec->meta) > 0 ? revision_of(&spec->meta) : d->replica_set_count + 1;
        model_append(cluster->arena, &d->replica_sets, &d->replica_set_count,
                     &d->replica_set_capacity, id);
        settle_replica_set(cluster, owners, id, spec->replicas, d->spec->replicas);
    }
}

static void settle_deployment(struct cluster *cluster, uint64_t *owners, uint32_t deployment)
{
    struct deployment *d = &cluster->deployments[deployment];
    struct deployment_view view = {
        .pod_template = &d->spec->pod_template,
        .template_key = commands_template_key(&d->spec->pod_template, 0),
        .replicas = d->spec->replicas,
        .is_paused = d->spec->is_paused,
        .exists = true,
    };

    adopt_replica_sets(cluster, owners, deployment);
    if (d->replica_set_count == 0) {
        uint32_t id = deployment_controller_make_replica_set(cluster, deployment, view.pod_template,
                                                             view.template_key);
        settle_replica_set(cluster, owners, id, view.replicas, view.replicas);
    }
    for (uint32_t i = 0; i < d->replica_set_count; i++) {
        const struct replica_set *rs = cluster->replica_sets[d->replica_sets[i]];

        view.status_replicas += rs->stored.status_replicas;
        view.status_ready += rs->stored.status_ready;
        if (rs->template_key == view.template_key)
            view.status_updated += rs->stored.status_replicas;
    }
    view.status_available = view.status_ready;
    if (is_dump(cluster->spec) && d->spec->has_status) {
        view.status_replicas = d->spec->status_replicas;
        view.status_updated = d->spec->status_updated;
        view.status_ready = d->spec->status_ready;
        view.status_available = d->spec->status_available;
    }
    api_server_put_deployment(cluster, deployment, view, WRITE_CREATE);
    d->seen = d->stored;
}

static bool has_replica_set(const struct cluster *cluster, uint64_t hash)
{
    for (uint32_t i = 0; i < cluster->replica_set_count; i++) {
        if (cluster->replica_sets[i]->hash == hash)
            return true;
    }
    return false;
}

static void settle_workloads(struct cluster *cluster)
{
    uint64_t *owners = ARENA_NEW_ARRAY(cluster->arena, cluster->spec->pod_count, uint64_t);
    uint32_t deployment = 0;

    for (uint32_t i = 0; i < cluster->spec->pod_count; i++)
        owners[i] = owner_hash(&cluster->spec->pods[i].meta);
    for (uint32_t i = 0; i < cluster->spec->workload_count; i++) {
        const struct workload_spec *spec = &cluster->spec->workloads[i];
        if (spec->kind == WORKLOAD_DEPLOYMENT)
            settle_deployment(cluster, owners, deployment++);
        else if (!has_deployment(cluster, spec))
            settle_replica_set(cluster, owners, object_commands_new_replica_set(cluster, spec),
                               spec->replicas, spec->replicas);
    }
    for (uint32_t i = 0; i < cluster->spec->pod_count; i++) {
        if (owners[i] == 0 || !has_replica_set(cluster, owners[i]))
            settle_bare_pod(cluster, &cluster->spec->pods[i], ID_NONE);
    }
}

/* Whether the run starts from the slices that its controller has made in a live cluster. */
static bool keeps_slices(const struct cluster *cluster, uint32_t service)
{
    const struct service *s = &cluster->services[service];

    for (uint32_t i = 0; i < s->slice_count; i++) {
        const struct slice *slice = cluster->slices[s->slices[i]];
        if (slice->stored != NULL && slice->manager == SLICE_MANAGED)
            return true;
    }
    return false;
}

/* Syncs of the service whose writes are stored on the spot. */
static void settle_service(struct cluster *cluster, uint32_t service)
{
    struct service *s = &cluster->services[service];
    struct endpoints_object *object;

    if (s->endpoints != ID_NONE) {
        object = cluster->endpoints[s->endpoints];
        object->seen = endpoints_store_hold(object->stored);
        object->seen_version = object->version;
    }
    if (!keeps_slices(cluster, service))
        controller_settle(cluster, CONTROLLER_ENDPOINT_SLICE, service);
    controller_settle(cluster, CONTROLLER_MIRRORING, service);
    if (s->exists) /* Endpoints of no Service have come since the controller looked for leftovers */
        controller_settle(cluster, CONTROLLER_ENDPOINTS, service);
    s = &cluster->services[service];
    for (uint32_t i = 0; i < s->slice_count; i++) {
        struct slice *slice = cluster->slices[s->slices[i]];
        slice->seen = service_table_hold(slice->stored);
        slice->seen_version = slice->version;
        s->may_have_mirrors |= slice->seen != NULL && slice->seen->manager == SLICE_MIRRORED;
        slice->tracked_version = slice->stored == NULL ? 0 : slice->version;
        slice->tracked_generation = slice->generation;
        slice_standing_update(cluster, slice);
    }
    if (s->endpoints == ID_NONE)
        return;
    object = cluster->endpoints[s->endpoints];
    endpoints_store_release(cluster, object->seen);
    object->seen = endpoints_store_hold(object->stored);
    object->seen_version = object->version;
    object->tracked_version = object->version;
}

/* What the controllers' informers show: every Service as it is stored, and which pods each selects. */
static void show_services(struct cluster *cluster)
{
    for (uint32_t i = 0; i < cluster->service_count; i++)
        service_views_see(cluster, i,
                          cluster->services[i].exists ? cluster->services[i].spec : NULL);
    for (uint32_t pod = 0; pod < cluster->pod_count; pod++) {
        struct pod *p = cluster->pods[pod];
        struct service_set set = selector_index_find_again(
            &cluster->seen_selectors, &p->seen_services, p->ns, p->seen.labels);
        for (uint32_t i = 0; p->seen.exists && i < set.count; i++) {
            if (service_views_selects(cluster, &cluster->services[set.services[i]], p))
                service_members_add(cluster, set.services[i], pod);
        }
        selector_index_release(&cluster->seen_selectors, &set);
    }
}

/* Endpoints and slices written by hand, and the API server's own service. */
static void put_hand_written(struct cluster *cluster)
{
    const struct cluster_spec *spec = cluster->spec;

    for (uint32_t i = 0; i < spec->endpoints_count; i++)
        commands_apply_endpoints(cluster, &spec->endpoints[i], CAUSE_APPLY);
    for (uint32_t i = 0; i < spec->slice_count; i++) {
        if (spec->slices[i].is_kept)
            commands_keep_slice(cluster, &spec->slices[i]);
        else
            commands_apply_slice(cluster, &spec->slices[i]);
    }
    if (spec->has_api_service)
        commands_apply_kubernetes_service(cluster);
}

void start_outside(struct cluster *cluster)
{
    for (uint32_t i = 0; i < cluster->spec->external_host_count; i++)
        dns_set_host(cluster, &cluster->spec->external_hosts[i]);
}

void start_converged(struct cluster *cluster)
{
    for (uint32_t i = 0; i < cluster->spec->service_count; i++)
        api_server_put_service(cluster, i, &cluster->spec->services[i], CAUSE_APPLY);
    settle_workloads(cluster);
    put_hand_written(cluster);
    show_services(cluster);
    for (uint32_t i = 0; i < cluster->service_count; i++)
        settle_service(cluster, i);
    for (uint32_t i = 0; i < READER_COUNT; i++)
        cluster->readers[i].next = cluster->logs[cluster->readers[i].resource].next;
}

void start_go_on(struct cluster *cluster)
{
    for (uint32_t i = 0; i < cluster->spec->slice_count; i++) {
        const struct slice_spec *slice = &cluster->spec->slices[i];
        if (slice->is_kept)
            controller_enqueue(cluster, CONTROLLER_ENDPOINT_SLICE,
                               service_views_obtain(cluster, slice->meta.ns, slice->service));
    }
    for (uint32_t i = 0; is_dump(cluster->spec) && i < cluster->replica_set_count; i++)
        controller_enqueue(cluster, CONTROLLER_REPLICA_SET, i);
    for (uint32_t i = 0; is_dump(cluster->spec) && i < cluster->deployment_count; i++)
        controller_enqueue(cluster, CONTROLLER_DEPLOYMENT, i);
}

void start_cold(struct cluster *cluster)
{
    uint32_t deployment = 0;

    for (uint32_t i = 0; i < cluster->spec->service_count; i++)
        api_server_put_service(cluster, i, &cluster->spec->services[i], CAUSE_APPLY);
    put_hand_written(cluster);
    for (uint32_t i = 0; i < cluster->spec->workload_count; i++) {
        const struct workload_spec *spec = &cluster->spec->workloads[i];
        if (spec->kind == WORKLOAD_DEPLOYMENT) {
            commands_apply_deployment(cluster, deployment++);
        } else {
            struct replica_set_view view = {.replicas = spec->replicas, .desired = spec->replicas};
            uint32_t id = object_commands_new_replica_set(cluster, spec);
            replica_set_controller_scaled(cluster->replica_sets[id], 0, spec->replicas,
                                          CAUSE_APPLY);
            api_server_put_replica_set(cluster, id, view, WRITE_CREATE);
        }
    }
    for (uint32_t i = 0; i < cluster->spec->pod_count; i++)
        commands_apply_pod(cluster, &cluster->spec->pods[i], CAUSE_APPLY);
}
