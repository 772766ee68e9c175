/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "world/partial_apply.h"

#include "cluster/commands.h"
#include "cluster/run.h"
#include "cluster/snapshot.h"

static struct label_set merged(struct arena *arena, const struct label_set *base,
                               const struct label_set *set, const char *const *remove,
                               uint32_t remove_count)
{
    struct label_set labels = *base;

    for (uint32_t i = 0; i < set->count; i++)
        labels = labels_with(arena, &labels, set->items[i].key, set->items[i].value);
    for (uint32_t i = 0; i < remove_count; i++)
        labels = labels_with(arena, &labels, remove[i], NULL);
    return labels;
}

static void merge_meta(struct arena *arena, const struct snapshot_meta *now,
                       const struct apply_spec *apply, struct object_meta *meta)
{
    meta->labels =
        merged(arena, &now->labels, &meta->labels, apply->remove_labels, apply->remove_label_count);
    meta->annotations = merged(arena, &now->annotations, &meta->annotations,
                               apply->remove_annotations, apply->remove_annotation_count);
}

static struct snapshot_query query_of(const struct object_meta *meta)
{
    return (struct snapshot_query){.ns = meta->ns, .name = meta->name, .node = ID_NONE};
}

/* --- what is there, in a manifest's words --- */

static const struct address_spec *addresses_of(struct arena *arena,
                                               const struct snapshot_address *addresses,
                                               uint32_t count)
{
    struct address_spec *specs = ARENA_NEW_ARRAY(arena, count, struct address_spec);

    for (uint32_t i = 0; i < count; i++) {
        specs[i] = (struct address_spec){.ip = addresses[i].ip,
                                         .hostname = addresses[i].hostname,
                                         .node_name = addresses[i].node,
                                         .zone = addresses[i].zone,
                                         .target_pod = addresses[i].pod,
                                         .is_ready = addresses[i].is_ready,
                                         .is_serving = addresses[i].is_serving,
                                         .is_terminating = addresses[i].is_terminating,
                                         .known = addresses[i].known};
    }
    return specs;
}

static const struct endpoint_port_spec *ports_of(struct arena *arena,
                                                 const struct snapshot_port *ports, uint32_t count)
{
    struct endpoint_port_spec *specs = ARENA_NEW_ARRAY(arena, count, struct endpoint_port_spec);

    for (uint32_t i = 0; i < count; i++)
        specs[i] = (struct endpoint_port_spec){.name = ports[i].name,
                                               .number = ports[i].number,
                                               .protocol = ports[i].protocol,
                                               .app_protocol = ports[i].app_protocol};
    return specs;
}

static const struct subset_spec *subsets_of(struct arena *arena,
                                            const struct snapshot_endpoints *now)
{
    struct subset_spec *subsets = ARENA_NEW_ARRAY(arena, now->subset_count, struct subset_spec);

    for (uint32_t i = 0; i < now->subset_count; i++) {
        struct address_spec *addresses =
            ARENA_NEW_ARRAY(arena, now->subsets[i].count, struct address_spec);
        const struct address_spec *given =
            addresses_of(arena, now->subsets[i].addresses, now->subsets[i].count);

        for (uint32_t k = 0; k < now->subsets[i].count; k++) {
            addresses[k] = given[k];
            addresses[k].is_ready = k < now->subsets[i].ready_count;
        }
        subsets[i] =
            (struct subset_spec){addresses, now->subsets[i].count,
                                 ports_of(arena, now->subsets[i].ports, now->subsets[i].port_count),
                                 now->subsets[i].port_count};
    }
    return subsets;
}

/* --- by kind --- */

static void apply_endpoints(struct arena *arena, struct cluster *cluster,
                            const struct apply_spec *apply)
{
    const struct snapshot_query query = query_of(&apply->endpoints->meta);
    struct endpoints_spec *spec = ARENA_NEW(arena, struct endpoints_spec);
    uint32_t count;
    const struct snapshot_endpoints *now = snapshot_endpoints(arena, cluster, &query, &count);

    if (count == 0)
        return;
    *spec = *apply->endpoints;
    merge_meta(arena, &now->meta, apply, &spec->meta);
    if ((apply->mask & APPLY_ADDRESSES) == 0) {
        spec->subsets = subsets_of(arena, now);
        spec->subset_count = now->subset_count;
    }
    commands_apply_endpoints(cluster, spec, CAUSE_PATCH);
}

static void apply_slice(struct arena *arena, struct cluster *cluster,
                        const struct apply_spec *apply)
{
    const struct snapshot_query query = query_of(&apply->slice->meta);
    struct slice_spec *spec = ARENA_NEW(arena, struct slice_spec);
    uint32_t count;
    const struct snapshot_slice *now = snapshot_slices(arena, cluster, &query, &count);

    if (count == 0)
        return;
    *spec = *apply->slice;
    merge_meta(arena, &now->meta, apply, &spec->meta);
    spec->is_ipv6 = now->is_ipv6;
    spec->service = labels_get(&spec->meta.labels, "kubernetes.io/service-name");
    if ((apply->mask & APPLY_ADDRESSES) == 0) {
        spec->content.addresses = addresses_of(arena, now->addresses, now->address_count);
        spec->content.address_count = now->address_count;
    }
    if ((apply->mask & APPLY_PORTS) == 0) {
        spec->content.ports = ports_of(arena, now->ports, now->port_count);
        spec->content.port_count = now->port_count;
    }
    commands_apply_slice(cluster, spec);
}

static void apply_pod(struct arena *arena, struct cluster *cluster, const struct apply_spec *apply)
{
    static const char *const phases[] = {[SNAPSHOT_PENDING] = "Pending",
                                         [SNAPSHOT_RUNNING] = "Running",
                                         [SNAPSHOT_SUCCEEDED] = "Succeeded",
                                         [SNAPSHOT_FAILED] = "Failed"};
    const struct snapshot_query query = query_of(&apply->pod->meta);
    const uint32_t pod = cluster_find_pod(cluster, apply->pod->meta.ns, apply->pod->meta.name);
    struct pod_spec *spec = ARENA_NEW(arena, struct pod_spec);
    uint32_t count;
    const struct snapshot_pod *now = snapshot_pods(arena, cluster, &query, &count);

    if (count == 0 || pod == ID_NONE)
        return;
    *spec = *now->spec;
    spec->meta.labels = now->meta.labels;
    spec->meta.annotations = merged(arena, &now->meta.annotations, &apply->pod->meta.annotations,
                                    apply->remove_annotations, apply->remove_annotation_count);
    if ((apply->mask & APPLY_LABELS) != 0)
        spec->meta.labels = merged(arena, &now->meta.labels, &apply->pod->meta.labels,
                                   apply->remove_labels, apply->remove_label_count);
    spec->has_status = true;
    spec->status_phase = (apply->mask & APPLY_PHASE) != 0           ? apply->pod->status_phase
                         : (size_t)now->phase < EP_COUNT_OF(phases) ? phases[now->phase]
                                                                    : "Unknown";
    spec->status_ready =
        (apply->mask & APPLY_CONDITIONS) != 0 ? apply->pod->status_ready : now->is_ready;
    if ((apply->mask & APPLY_ADDRESSES) != 0) {
        spec->ip = apply->pod->ip;
        spec->ips = apply->pod->ips;
        spec->ip_count = apply->pod->ip_count;
    } else {
        spec->ip = now->ip;
        spec->ips = now->ips;
        spec->ip_count = now->ip_count;
    }
    commands_patch_pod(cluster, pod, spec, (apply->mask & APPLY_STATUS) != 0,
                       (apply->mask & APPLY_ANNOTATIONS) != 0);
}

void partial_apply(struct arena *arena, struct cluster *cluster, const struct apply_spec *apply)
{
    if (apply->kind == APPLY_ENDPOINTS)
        apply_endpoints(arena, cluster, apply);
    else if (apply->kind == APPLY_SLICE)
        apply_slice(arena, cluster, apply);
    else
        apply_pod(arena, cluster, apply);
}
