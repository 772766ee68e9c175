/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/object_commands.h"

#include <string.h>

#include "cluster/api_server.h"
#include "cluster/commands.h"
#include "cluster/controllers/replica_set_controller.h"
#include "cluster/controllers/scheduler.h"
#include "cluster/event_book.h"
#include "cluster/names.h"
#include "cluster/node/node_power.h"

uint32_t object_commands_new_deployment(struct cluster *cluster, const struct workload_spec *spec)
{
    struct deployment *d;

    ARENA_GROW(cluster->arena, cluster->deployments, &cluster->deployment_capacity,
               cluster->deployment_count + 1);
    d = &cluster->deployments[cluster->deployment_count];
    d->spec = spec;
    d->bare_name = spec->meta.name;
    d->name = names_display(cluster->arena, spec->meta.ns, spec->meta.name);
    d->hash = names_hash("deployment", spec->meta.ns, spec->meta.name);
    return cluster->deployment_count++;
}

uint32_t object_commands_new_replica_set(struct cluster *cluster, const struct workload_spec *spec)
{
    uint32_t id = model_add_replica_set(cluster);
    struct replica_set *rs = cluster->replica_sets[id];

    rs->ns = spec->meta.ns;
    rs->bare_name = spec->meta.name;
    rs->name = names_display(cluster->arena, spec->meta.ns, spec->meta.name);
    rs->hash = names_hash("replicaset", spec->meta.ns, spec->meta.name);
    rs->spec = spec;
    rs->pod_template = &spec->pod_template;
    rs->template_key = commands_template_key(&spec->pod_template, 0);
    rs->selector = spec->selector;
    rs->min_ready_ns = spec->min_ready_ns;
    return id;
}

static uint32_t find_deployment(const struct cluster *cluster, const struct object_meta *meta)
{
    for (uint32_t i = 0; i < cluster->deployment_count; i++) {
        const struct object_meta *own = &cluster->deployments[i].spec->meta;
        if (strcmp(own->ns, meta->ns) == 0 && strcmp(own->name, meta->name) == 0)
            return i;
    }
    return ID_NONE;
}

static uint32_t find_replica_set(const struct cluster *cluster, const struct object_meta *meta)
{
    for (uint32_t i = 0; i < cluster->replica_set_count; i++) {
        if (strcmp(cluster->replica_sets[i]->ns, meta->ns) == 0 &&
            strcmp(cluster->replica_sets[i]->bare_name, meta->name) == 0)
            return i;
    }
    return ID_NONE;
}

static bool is_touched(uint32_t parts, enum object_part part)
{
    return parts == 0 || (parts & (uint32_t)part) != 0;
}

static void change_deployment(struct cluster *cluster, uint32_t deployment,
                              const struct workload_spec *spec, uint32_t parts)
{
    struct deployment *d = &cluster->deployments[deployment];
    struct deployment_view view = d->stored;
    uint64_t key = commands_template_key(&spec->pod_template, d->restart_count);

    d->spec = spec;
    if (is_touched(parts, OBJECT_PART_REPLICAS))
        view.replicas = spec->replicas;
    if (is_touched(parts, OBJECT_PART_PAUSED))
        view.is_paused = spec->is_paused;
    if (is_touched(parts, OBJECT_PART_TEMPLATE) && key != view.template_key) {
        view.pod_template = &spec->pod_template;
        view.template_key = key;
    }
    api_server_put_deployment(cluster, deployment, view, view.exists ? WRITE_UPDATE : WRITE_CREATE);
}

static void apply_replica_set(struct cluster *cluster, const struct workload_spec *spec,
                              uint32_t parts)
{
    uint32_t id = find_replica_set(cluster, &spec->meta);
    struct replica_set_view view = {.replicas = spec->replicas, .desired = spec->replicas};

    if (id != ID_NONE && cluster->replica_sets[id]->stored.exists) {
        if (is_touched(parts, OBJECT_PART_REPLICAS))
            commands_scale_replica_set(cluster, id, spec->replicas);
        if (is_touched(parts, OBJECT_PART_TEMPLATE)) /* pods that are there stay as they are */
            cluster->replica_sets[id]->pod_template = &spec->pod_template;
        return;
    }
    id = object_commands_new_replica_set(cluster, spec);
    replica_set_controller_scaled(cluster->replica_sets[id], 0, spec->replicas, CAUSE_APPLY);
    api_server_put_replica_set(cluster, id, view, WRITE_CREATE);
}

void object_commands_apply_workload(struct cluster *cluster, const struct workload_spec *spec,
                                    uint32_t parts)
{
    uint32_t deployment;

    if (spec->kind != WORKLOAD_DEPLOYMENT) {
        apply_replica_set(cluster, spec, parts);
        return;
    }
    deployment = find_deployment(cluster, &spec->meta);
    if (deployment == ID_NONE)
        deployment = object_commands_new_deployment(cluster, spec);
    change_deployment(cluster, deployment, spec,
                      cluster->deployments[deployment].stored.exists ? parts : 0);
}

void object_commands_delete_replica_set(struct cluster *cluster, uint32_t replica_set)
{
    struct replica_set *rs = cluster->replica_sets[replica_set];

    if (!rs->stored.exists)
        return;
    api_server_put_replica_set(cluster, replica_set, rs->stored, WRITE_DELETE);
}

void object_commands_delete_deployment(struct cluster *cluster, uint32_t deployment)
{
    struct deployment *d = &cluster->deployments[deployment];

    if (!d->stored.exists)
        return;
    api_server_put_deployment(cluster, deployment, d->stored, WRITE_DELETE);
}

/* The replica set of that revision; 0: of the last but one. NULL if the history has none. */
static const struct replica_set *find_revision(const struct cluster *cluster,
                                               const struct deployment *d, uint32_t revision)
{
    const struct replica_set *last = NULL;
    const struct replica_set *last_but_one = NULL;

    for (uint32_t i = 0; i < d->replica_set_count; i++) {
        const struct replica_set *rs = cluster->replica_sets[d->replica_sets[i]];
        if (!rs->stored.exists)
            continue;
        if (revision != 0 && rs->revision == revision)
            return rs;
        if (last == NULL || rs->revision > last->revision) {
            last_but_one = last;
            last = rs;
        } else if (last_but_one == NULL || rs->revision > last_but_one->revision) {
            last_but_one = rs;
        }
    }
    return revision == 0 ? last_but_one : NULL;
}

bool object_commands_undo(struct cluster *cluster, uint32_t deployment, uint32_t revision)
{
    const struct deployment *d = &cluster->deployments[deployment];
    const struct replica_set *rs = find_revision(cluster, d, revision);

    if (!d->stored.exists || rs == NULL)
        return false;
    commands_put_template(cluster, deployment, rs->source_template, rs->template_key);
    return true;
}

void object_commands_pause(struct cluster *cluster, uint32_t deployment, bool is_paused)
{
    struct deployment_view view = cluster->deployments[deployment].stored;

    if (!view.exists || view.is_paused == is_paused)
        return;
    view.is_paused = is_paused;
    api_server_put_deployment(cluster, deployment, view, WRITE_UPDATE);
}

void object_commands_cordon(struct cluster *cluster, uint32_t node, bool is_cordoned)
{
    if (cluster->nodes[node].is_cordoned != is_cordoned && cluster->spec->has_kubelet) {
        event_book_take_back(cluster, EVENT_ABOUT_NODE, node);
        event_book_post_at(cluster, is_cordoned ? EVENT_NODE_CORDONED : EVENT_NODE_UNCORDONED, node,
                           (struct event_detail){0}, node_power_status_ns(cluster, node));
    }
    cluster->nodes[node].is_cordoned = is_cordoned;
    if (!is_cordoned)
        scheduler_retry(cluster);
}

void object_commands_drain(struct cluster *cluster, uint32_t node, sim_ns grace_ns)
{
    object_commands_cordon(cluster, node, true);
    for (uint32_t pod = 0; pod < cluster->pod_count; pod++) {
        struct pod *p = cluster->pods[pod];
        if (p->stored.exists && p->stored.node == node)
            api_server_delete_pod(cluster, pod, grace_ns < 0 ? p->spec->grace_ns : grace_ns, false,
                                  CAUSE_DELETE);
    }
}
