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
#include "cluster/names.h"
#include "cluster/node/kubelet.h"
#include "cluster/node/prober.h"
#include "cluster/service_table.h"

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
        node->watch_blocked_from_ns = NS_NEVER;
    }
}

static void fill_services(struct cluster *cluster)
{
    cluster->service_count = cluster->spec->service_count;
    cluster->services = ARENA_NEW_ARRAY(cluster->arena, cluster->service_count, struct service);
    for (uint32_t i = 0; i < cluster->service_count; i++) {
        struct service *s = &cluster->services[i];
        s->spec = &cluster->spec->services[i];
        s->name = arena_printf(cluster->arena, "%s/%s", s->spec->meta.ns, s->spec->meta.name);
        s->hash = names_hash("service", s->spec->meta.ns, s->spec->meta.name);
        s->position = UINT64_MAX;
    }
}

static uint32_t count_deployments(const struct cluster_spec *spec)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < spec->workload_count; i++)
        count += spec->workloads[i].kind == WORKLOAD_DEPLOYMENT;
    return count;
}

static void fill_deployments(struct cluster *cluster)
{
    cluster->deployments = ARENA_NEW_ARRAY(cluster->arena, count_deployments(cluster->spec), struct deployment);
    for (uint32_t i = 0; i < cluster->spec->workload_count; i++) {
        const struct workload_spec *spec = &cluster->spec->workloads[i];
        struct deployment *d;
        if (spec->kind != WORKLOAD_DEPLOYMENT)
            continue;
        d = &cluster->deployments[cluster->deployment_count++];
        d->spec = spec;
        d->bare_name = spec->meta.name;
        d->name = names_display(cluster->arena, spec->meta.ns, spec->meta.name);
        d->hash = names_hash("deployment", spec->meta.ns, spec->meta.name);
    }
}

/* A ReplicaSet or ReplicationController of its own. */
static uint32_t add_bare_replica_set(struct cluster *cluster, const struct workload_spec *spec)
{
    uint32_t id = model_add_replica_set(cluster);
    struct replica_set *rs = cluster->replica_sets[id];

    rs->ns = spec->meta.ns;
    rs->bare_name = spec->meta.name;
    rs->name = names_display(cluster->arena, spec->meta.ns, spec->meta.name);
    rs->hash = names_hash("replicaset", spec->meta.ns, spec->meta.name);
    rs->pod_template = &spec->pod_template;
    rs->template_key = commands_template_key(&spec->pod_template, 0);
    rs->selector = spec->selector;
    rs->min_ready_ns = spec->min_ready_ns;
    return id;
}

void start_fill_tables(struct cluster *cluster)
{
    fill_nodes(cluster);
    fill_services(cluster);
    fill_deployments(cluster);
}

/* A pod that has been running and ready for an hour. */
static void settle_pod(struct cluster *cluster, uint32_t pod, struct pod_view view)
{
    struct pod *p = cluster->pods[pod];

    if (view.node == ID_NONE)
        view.node = scheduler_choose(cluster, pod);
    p->created_ns = LONG_AGO_NS;
    if (view.node == ID_NONE) {
        model_append(cluster->arena, &cluster->unschedulable, &cluster->unschedulable_count,
                     &cluster->unschedulable_capacity, pod);
    } else {
        p->node = view.node;
        names_assign_ip(cluster, pod);
        view.phase = PHASE_RUNNING;
        view.has_ip = true;
        view.is_ready = true;
        view.ready_since_ns = LONG_AGO_NS;
        p->kubelet_state = KUBELET_RUNNING;
        p->container_started_ns = LONG_AGO_NS;
        p->phase = PHASE_RUNNING;
        p->kubelet_has_ip = true;
        p->has_status = true;
        p->is_kubelet_ready = true;
        p->is_listening = true;
        p->has_been_ready = true;
        p->start_count = 1;
        (void)cluster->app_ops->startup_ns(cluster->app, pod);
        cluster->app_ops->on_listen(cluster->app, pod);
    }
    api_server_put_pod(cluster, pod, &view, WRITE_CREATE);
    p->seen = p->stored;
    kubelet_update_state(cluster, pod);
    if (p->kubelet_state == KUBELET_RUNNING)
        prober_add_ready_pod(cluster, pod);
}

static void settle_replica_set(struct cluster *cluster, uint32_t id, uint32_t replicas)
{
    struct replica_set *rs = cluster->replica_sets[id];
    struct replica_set_view view = {
        .replicas = replicas,
        .desired = replicas,
        .status_replicas = replicas,
        .exists = true,
    };

    replica_set_controller_scaled(rs, 0, replicas, CAUSE_APPLY);
    for (uint32_t i = 0; i < replicas; i++) {
        struct pod_view pod_view;
        uint32_t pod = replica_set_controller_make_pod(cluster, id, &pod_view);
        pod_view.node = ID_NONE;
        settle_pod(cluster, pod, pod_view);
        view.status_ready += cluster->pods[pod]->stored.is_ready;
    }
    view.status_available = view.status_ready;
    rs->created_ns = LONG_AGO_NS;
    api_server_put_replica_set(cluster, id, view, WRITE_CREATE);
    rs->seen = rs->stored;
}

static void settle_deployment(struct cluster *cluster, uint32_t deployment)
{
    struct deployment *d = &cluster->deployments[deployment];
    struct deployment_view view = {
        .pod_template = &d->spec->pod_template,
        .template_key = commands_template_key(&d->spec->pod_template, 0),
        .replicas = d->spec->replicas,
        .is_paused = d->spec->is_paused,
        .exists = true,
    };
    uint32_t id = deployment_controller_make_replica_set(cluster, deployment, view.pod_template, view.template_key);

    settle_replica_set(cluster, id, view.replicas);
    view.status_replicas = cluster->replica_sets[id]->stored.status_replicas;
    view.status_updated = view.status_replicas;
    view.status_ready = cluster->replica_sets[id]->stored.status_ready;
    view.status_available = view.status_ready;
    api_server_put_deployment(cluster, deployment, view, WRITE_CREATE);
    d->seen = d->stored;
}

static uint32_t find_node(const struct cluster *cluster, const char *name)
{
    for (uint32_t n = 0; name != NULL && n < cluster->node_count; n++) {
        if (strcmp(cluster->nodes[n].name, name) == 0)
            return n;
    }
    return ID_NONE;
}

static void settle_bare_pod(struct cluster *cluster, const struct pod_spec *spec)
{
    uint32_t pod = names_new_named_pod(cluster, spec->meta.ns, spec->meta.name, spec);
    struct pod_view view = {
        .labels = &spec->meta.labels,
        .node = find_node(cluster, spec->node_name),
        .owner = ID_NONE,
        .exists = true,
    };
    struct pod *p = cluster->pods[pod];

    p->created_cause = CAUSE_APPLY;
    if (view.node != ID_NONE) {
        p->is_scheduled = true;
        p->scheduled_node = view.node;
        cluster->nodes[view.node].assigned_count++;
    }
    settle_pod(cluster, pod, view);
}

static void settle_workloads(struct cluster *cluster)
{
    uint32_t deployment = 0;

    for (uint32_t i = 0; i < cluster->spec->workload_count; i++) {
        const struct workload_spec *spec = &cluster->spec->workloads[i];
        if (spec->kind == WORKLOAD_DEPLOYMENT)
            settle_deployment(cluster, deployment++);
        else
            settle_replica_set(cluster, add_bare_replica_set(cluster, spec), spec->replicas);
    }
    for (uint32_t i = 0; i < cluster->spec->pod_count; i++)
        settle_bare_pod(cluster, &cluster->spec->pods[i]);
}

/* A sync of the service whose writes are stored on the spot. */
static void settle_slices(struct cluster *cluster, uint32_t service)
{
    struct service *s = &cluster->services[service];

    s->is_seen = true;
    if (s->spec->selector.is_null || s->spec->type == SERVICE_EXTERNAL_NAME)
        return;
    for (uint32_t pod = 0; pod < cluster->pod_count; pod++) {
        const struct pod *p = cluster->pods[pod];
        if (strcmp(p->ns, s->spec->meta.ns) == 0 && labels_match(&s->spec->selector, p->seen.labels))
            endpoint_slice_controller_add_member(cluster, service, pod);
    }
    controller_settle(cluster, CONTROLLER_ENDPOINT_SLICE, service);
    for (uint32_t i = 0; i < s->slice_count; i++) {
        struct slice *slice = cluster->slices[s->slices[i]];
        slice->seen = service_table_hold(slice->stored);
        slice->seen_version = slice->version;
        slice->tracked_version = slice->version;
    }
}

void start_converged(struct cluster *cluster)
{
    for (uint32_t i = 0; i < cluster->service_count; i++)
        api_server_put_service(cluster, i);
    settle_workloads(cluster);
    for (uint32_t i = 0; i < cluster->service_count; i++)
        settle_slices(cluster, i);
    for (uint32_t i = 0; i < READER_COUNT; i++)
        cluster->readers[i].next = cluster->logs[cluster->readers[i].resource].next;
}

void start_cold(struct cluster *cluster)
{
    uint32_t deployment = 0;

    for (uint32_t i = 0; i < cluster->service_count; i++)
        api_server_put_service(cluster, i);
    for (uint32_t i = 0; i < cluster->spec->workload_count; i++) {
        const struct workload_spec *spec = &cluster->spec->workloads[i];
        if (spec->kind == WORKLOAD_DEPLOYMENT) {
            commands_apply_deployment(cluster, deployment++);
        } else {
            struct replica_set_view view = {.replicas = spec->replicas, .desired = spec->replicas};
            uint32_t id = add_bare_replica_set(cluster, spec);
            replica_set_controller_scaled(cluster->replica_sets[id], 0, spec->replicas, CAUSE_APPLY);
            api_server_put_replica_set(cluster, id, view, WRITE_CREATE);
        }
    }
    for (uint32_t i = 0; i < cluster->spec->pod_count; i++)
        commands_apply_pod(cluster, &cluster->spec->pods[i], CAUSE_APPLY);
}
