/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/model.h"

sim_ns model_draw_units(const struct cluster *cluster, enum hop hop, uint64_t name_hash, uint64_t n,
                        uint64_t units)
{
    const struct distribution *d = &cluster->spec->latency[hop];
    struct random r;

    if (d->kind == DISTRIBUTION_CONSTANT)
        return d->value_ns;
    r = random_at(hash_combine(cluster->hop_keys[hop], name_hash), n);
    return distribution_draw_units(d, units, &r);
}

sim_ns model_draw(const struct cluster *cluster, enum hop hop, uint64_t name_hash, uint64_t n)
{
    return model_draw_units(cluster, hop, name_hash, n, 0);
}

uint32_t model_add_pod(struct cluster *cluster)
{
    struct pod *pod = ARENA_NEW(cluster->arena, struct pod);

    ARENA_GROW(cluster->arena, cluster->pods, &cluster->pod_capacity, cluster->pod_count + 1);
    cluster->pods[cluster->pod_count] = pod;
    pod->node = ID_NONE;
    pod->owner = ID_NONE;
    pod->first_prober = ID_NONE;
    ARENA_GROW(cluster->arena, cluster->first_memberships, &cluster->first_membership_capacity,
               cluster->pod_count + 1);
    cluster->first_memberships[cluster->pod_count] = ID_NONE;
    pod->first_seat = ID_NONE;
    pod->ended_ns = NS_NEVER;
    pod->seen_ended_ns = NS_NEVER;
    pod->status_ended_ns = NS_NEVER;
    pod->stored.ended_ns = NS_NEVER;
    pod->stored.node = ID_NONE;
    pod->stored.owner = ID_NONE;
    pod->seen = pod->stored;
    return cluster->pod_count++;
}

uint32_t model_add_replica_set(struct cluster *cluster)
{
    struct replica_set *rs = ARENA_NEW(cluster->arena, struct replica_set);

    ARENA_GROW(cluster->arena, cluster->replica_sets, &cluster->replica_set_capacity,
               cluster->replica_set_count + 1);
    cluster->replica_sets[cluster->replica_set_count] = rs;
    rs->deployment = ID_NONE;
    return cluster->replica_set_count++;
}

uint32_t model_add_slice(struct cluster *cluster)
{
    ARENA_GROW(cluster->arena, cluster->slices, &cluster->slice_capacity, cluster->slice_count + 1);
    cluster->slices[cluster->slice_count] = ARENA_NEW(cluster->arena, struct slice);
    return cluster->slice_count++;
}

void model_set_pod_state(struct cluster *cluster, uint32_t pod, enum pod_state state)
{
    if (cluster->pods[pod]->state != state)
        model_tell_pod_state(cluster, pod, state);
}

void model_tell_pod_state(struct cluster *cluster, uint32_t pod, enum pod_state state)
{
    cluster->pods[pod]->state = (uint8_t)state;
    for (uint32_t i = 0; cluster->is_started && i < cluster->observer_count; i++) {
        const struct cluster_observer *o = &cluster->observers[i];
        if (o->pod_state != NULL)
            o->pod_state(o->self, cluster->kernel->now_ns, pod, state);
    }
}

void model_tell_happening(struct cluster *cluster, uint32_t pod, enum happening happening)
{
    for (uint32_t i = 0; cluster->is_started && i < cluster->observer_count; i++) {
        const struct cluster_observer *o = &cluster->observers[i];
        if (o->happened != NULL)
            o->happened(o->self, cluster->kernel->now_ns, pod, happening);
    }
}

void model_schedule(struct cluster *cluster, sim_ns at_ns, uint16_t kind, uint32_t a, uint64_t b)
{
    struct event ev = {.kind = kind, .flag = 0, .a = a, .b = b};

    kernel_schedule(cluster->kernel, at_ns, ev);
}

void model_append(struct arena *arena, uint32_t **list, uint32_t *count, uint32_t *capacity,
                  uint32_t value)
{
    ARENA_GROW(arena, *list, capacity, *count + 1);
    (*list)[(*count)++] = value;
}
