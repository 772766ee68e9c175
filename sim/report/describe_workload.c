/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "report/describe_lines.h"
#include "report/kube_text.h"

static void pod_template(struct describe_lines *lines, const struct pod_spec *spec)
{
    out_str(lines->out, "Pod Template:\n");
    describe_lines_labels(lines, "  Labels", &spec->meta.labels);
    if (spec->meta.annotations.count > 0)
        describe_lines_annotations(lines, "  Annotations", &spec->meta.annotations);
    describe_lines_containers(lines, spec, NULL);
    out_str(lines->out, "  Volumes:\t<none>\n  Node-Selectors:\t<none>\n  Tolerations:\t<none>\n");
}

/* --- deployments --- */

static void deployment_conditions(struct describe_lines *lines,
                                  const struct snapshot_deployment *deployment)
{
    const bool is_available = kube_text_is_available(deployment);

    out_str(lines->out, "Conditions:\n  Type\tStatus\tReason\n  ----\t------\t------\n");
    out_printf(lines->out, "  Available \t%s\t%s\n", is_available ? "True" : "False",
               is_available ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable");
    out_printf(lines->out, "  Progressing \t%s\t%s\n", kube_text_progress_status(deployment),
               kube_text_progress_reason(deployment));
}

static const char *set_text(struct describe_lines *lines, const struct snapshot_replica_set *set)
{
    return arena_printf(lines->arena, "%s (%u/%u replicas created)", set->meta.name,
                        set->status_replicas, set->replicas);
}

static bool is_new_set(const struct describe_lines *lines,
                       const struct snapshot_deployment *deployment,
                       const struct snapshot_replica_set *set)
{
    const char *revision = labels_get(&set->meta.annotations, "deployment.kubernetes.io/revision");

    return revision != NULL && deployment->revision > 0 &&
           strcmp(revision, arena_printf(lines->arena, "%u", deployment->revision)) == 0;
}

static void replica_sets_of(struct describe_lines *lines,
                            const struct snapshot_deployment *deployment)
{
    const struct snapshot_query query = {.ns = deployment->meta.ns, .node = ID_NONE};
    uint32_t count;
    const struct snapshot_replica_set *sets =
        snapshot_replica_sets(lines->arena, lines->cluster, &query, &count);
    const char *old = NULL;
    const char *new_set = NULL;

    for (uint32_t i = 0; i < count; i++) {
        if (sets[i].meta.owner_uid == NULL ||
            strcmp(sets[i].meta.owner_uid, deployment->meta.uid) != 0)
            continue;
        if (is_new_set(lines, deployment, &sets[i]))
            new_set = set_text(lines, &sets[i]);
        else
            old = kube_text_join(lines->arena, old, ", ", set_text(lines, &sets[i]));
    }
    out_printf(lines->out, "OldReplicaSets:\t%s\n", old == NULL ? "<none>" : old);
    out_printf(lines->out, "NewReplicaSet:\t%s\n", new_set == NULL ? "<none>" : new_set);
}

void describe_lines_deployment(struct describe_lines *lines,
                               const struct snapshot_deployment *deployment)
{
    const struct workload_spec *spec = deployment->spec;
    const struct snapshot_meta *meta = &deployment->meta;
    const bool is_rolling = spec->strategy == STRATEGY_ROLLING_UPDATE;

    out_printf(lines->out, "Name:\t%s\nNamespace:\t%s\nCreationTimestamp:\t%s\n", meta->name,
               meta->ns, describe_lines_time(lines, meta->created_ns));
    describe_lines_labels(lines, "Labels", &meta->labels);
    describe_lines_annotations(lines, "Annotations", &meta->annotations);
    out_printf(lines->out, "Selector:\t%s\n", kube_text_selector(lines->arena, &spec->selector));
    out_printf(lines->out,
               "Replicas:\t%u desired | %u updated | %u total | %u available | %u unavailable\n",
               deployment->replicas, deployment->status_updated, deployment->status_replicas,
               deployment->status_available,
               deployment->status_replicas > deployment->status_available
                   ? deployment->status_replicas - deployment->status_available
                   : 0);
    out_printf(lines->out, "StrategyType:\t%s\n", is_rolling ? "RollingUpdate" : "Recreate");
    out_printf(lines->out, "MinReadySeconds:\t%lld\n", (long long)(spec->min_ready_ns / NS_PER_S));
    if (is_rolling)
        out_printf(lines->out, "RollingUpdateStrategy:\t%s max unavailable, %s max surge\n",
                   kube_text_amount(lines->arena, &spec->max_unavailable),
                   kube_text_amount(lines->arena, &spec->max_surge));
    pod_template(lines, deployment->pod_template);
    deployment_conditions(lines, deployment);
    replica_sets_of(lines, deployment);
    describe_lines_events(lines);
}

/* --- replica sets --- */

/* Its pods by phase, as kubectl counts them. */
static void pods_status(struct describe_lines *lines, const struct snapshot_replica_set *set)
{
    const struct snapshot_query query = {
        .ns = set->meta.ns, .selector = set->selector, .node = ID_NONE};
    uint32_t counts[SNAPSHOT_UNKNOWN + 1] = {0};
    uint32_t count;
    const struct snapshot_pod *pods = snapshot_pods(lines->arena, lines->cluster, &query, &count);

    for (uint32_t i = 0; i < count; i++) {
        if (pods[i].meta.owner_uid != NULL && strcmp(pods[i].meta.owner_uid, set->meta.uid) == 0)
            counts[pods[i].phase]++;
    }
    out_printf(lines->out, "Pods Status:\t%u Running / %u Waiting / %u Succeeded / %u Failed\n",
               counts[SNAPSHOT_RUNNING], counts[SNAPSHOT_PENDING], counts[SNAPSHOT_SUCCEEDED],
               counts[SNAPSHOT_FAILED]);
}

void describe_lines_replica_set(struct describe_lines *lines,
                                const struct snapshot_replica_set *set)
{
    const struct snapshot_meta *meta = &set->meta;

    out_printf(lines->out, "Name:\t%s\nNamespace:\t%s\nSelector:\t%s\n", meta->name, meta->ns,
               kube_text_selector(lines->arena, set->selector));
    describe_lines_labels(lines, "Labels", &meta->labels);
    describe_lines_annotations(lines, "Annotations", &meta->annotations);
    if (meta->owner_kind != NULL)
        out_printf(lines->out, "Controlled By:\t%s/%s\n", meta->owner_kind, meta->owner_name);
    out_printf(lines->out, "Replicas:\t%u current / %u desired\n", set->status_replicas,
               set->replicas);
    pods_status(lines, set);
    pod_template(lines, set->pod_template);
    describe_lines_events(lines);
}
