/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The spec and status of pods, and of Deployments, ReplicaSets and ReplicationControllers.
 */
#include <string.h>

#include "base/duration.h"
#include "report/kube_doc.h"
#include "report/kube_text.h"

/* --- containers --- */

static void add_port(struct doc *doc, const struct port_ref *port)
{
    if (port->name != NULL)
        doc_add_text(doc, "port", port->name);
    else
        doc_add_i64(doc, "port", port->number);
}

static void add_probe(struct doc *container, const char *key, const struct probe_spec *probe)
{
    struct doc *map;
    struct doc *handler;

    if (probe->kind == PROBE_NONE)
        return;
    map = doc_add_map(container, key);
    doc_add_i64(map, "failureThreshold", probe->failure_threshold);
    if (probe->kind == PROBE_HTTP) {
        handler = doc_add_map(map, "httpGet");
        doc_add_text(handler, "path", probe->path == NULL ? "/" : probe->path);
        add_port(handler, &probe->port);
        doc_add_text(handler, "scheme", probe->is_https ? "HTTPS" : "HTTP");
    } else if (probe->kind == PROBE_EXEC) {
        doc_keep(doc_add_map(map, "exec"));
    } else {
        handler = doc_add_map(map, probe->kind == PROBE_TCP ? "tcpSocket" : "grpc");
        add_port(handler, &probe->port);
        if (probe->kind == PROBE_GRPC)
            doc_add_text(handler, "service", "");
    }
    if (probe->initial_delay_ns > 0)
        doc_add_i64(map, "initialDelaySeconds", probe->initial_delay_ns / NS_PER_S);
    doc_add_i64(map, "periodSeconds", probe->period_ns / NS_PER_S);
    doc_add_i64(map, "successThreshold", probe->success_threshold);
    doc_add_i64(map, "timeoutSeconds", probe->timeout_ns / NS_PER_S);
}

static void add_pre_stop(struct doc *container, struct arena *arena, sim_ns pre_stop_ns)
{
    char seconds[DURATION_TEXT_MAX];
    struct doc *hook;
    struct doc *command;

    if (pre_stop_ns == 0)
        return;
    hook = doc_add_map(doc_add_map(container, "lifecycle"), "preStop");
    if (pre_stop_ns % NS_PER_S == 0) {
        doc_add_i64(doc_add_map(hook, "sleep"), "seconds", pre_stop_ns / NS_PER_S);
        return;
    }
    command = doc_add_list(doc_add_map(hook, "exec"), "command");
    doc_add_text(command, NULL, "sleep");
    doc_add_text(command, NULL, arena_strdup(arena, duration_format_seconds(pre_stop_ns, seconds)));
}

static void add_containers(struct doc *spec, struct arena *arena, const char *key,
                           const struct container_spec *containers, uint32_t count)
{
    struct doc *list = doc_add_list(spec, key);

    for (uint32_t i = 0; i < count; i++) {
        const struct container_spec *container = &containers[i];
        struct doc *map = doc_add_map(list, NULL);
        struct doc *ports;

        doc_add_text(map, "image", container->image);
        doc_add_text(map, "name", container->name);
        add_pre_stop(map, arena, container->pre_stop_ns);
        add_probe(map, "livenessProbe", &container->liveness);
        add_probe(map, "readinessProbe", &container->readiness);
        add_probe(map, "startupProbe", &container->startup);
        ports = doc_add_list(map, "ports");
        for (uint32_t k = 0; k < container->port_count; k++) {
            struct doc *port = doc_add_map(ports, NULL);

            doc_add_i64(port, "containerPort", container->ports[k].number);
            doc_add_text(port, "name", container->ports[k].name);
            doc_add_text(port, "protocol", kube_text_protocol(container->ports[k].protocol));
        }
    }
}

static struct doc *add_pod_spec(struct doc *doc, struct arena *arena, const struct pod_spec *from)
{
    struct doc *spec = doc_add_map(doc, "spec");

    add_containers(spec, arena, "containers", from->containers, from->container_count);
    add_containers(spec, arena, "initContainers", from->init_containers,
                   from->init_container_count);
    doc_add_text(spec, "hostname", from->hostname);
    doc_add_text(spec, "restartPolicy", from->restart_policy);
    doc_add_text(spec, "subdomain", from->subdomain);
    doc_add_i64(spec, "terminationGracePeriodSeconds", from->grace_ns / NS_PER_S);
    return spec;
}

/* --- pods --- */

static void add_condition(struct doc *list, const char *type, bool is_true, const char *since)
{
    struct doc *map = doc_add_map(list, NULL);

    doc_add_text(map, "lastTransitionTime", since);
    doc_add_text(map, "status", is_true ? "True" : "False");
    doc_add_text(map, "type", type);
}

static void add_conditions(struct doc *status, struct arena *arena, const struct kube_view *view,
                           const struct snapshot_pod *pod)
{
    struct doc *list = doc_add_list(status, "conditions");
    const bool has_run = pod->phase != SNAPSHOT_PENDING;
    const char *created = kube_text_rfc3339(arena, view->epoch_s, pod->meta.created_ns);
    const char *since =
        has_run ? kube_text_rfc3339(arena, view->epoch_s, pod->ready_since_ns) : created;

    if (pod->node != NULL) {
        add_condition(list, "Initialized", has_run || pod->spec->init_container_count == 0, NULL);
        add_condition(list, "Ready", pod->is_ready, since);
        add_condition(list, "ContainersReady", pod->is_ready, since);
    }
    add_condition(list, "PodScheduled", pod->node != NULL, NULL);
}

static void add_end(struct doc *state, struct arena *arena, const struct kube_view *view,
                    const struct snapshot_pod *pod)
{
    struct doc *detail = doc_add_map(state, "terminated");

    doc_add_i64(detail, "exitCode", 1);
    doc_add_text(detail, "finishedAt", kube_text_rfc3339(arena, view->epoch_s, pod->ended_ns));
    doc_add_text(detail, "reason", "Error");
    doc_add_text(detail, "startedAt",
                 kube_text_rfc3339(arena, view->epoch_s, pod->last_started_ns));
}

/* Of containers that end although their pod stays. */
static void add_running_state(struct doc *state, struct arena *arena, const struct kube_view *view,
                              const struct snapshot_pod *pod)
{
    if (pod->container == SNAPSHOT_CONTAINER_ERROR)
        add_end(state, arena, view, pod);
    else if (pod->container == SNAPSHOT_CONTAINER_CRASH_LOOP)
        doc_add_text(doc_add_map(state, "waiting"), "reason", "CrashLoopBackOff");
    else
        doc_add_text(doc_add_map(state, "running"), "startedAt",
                     kube_text_rfc3339(arena, view->epoch_s, pod->started_ns));
}

static void add_state(struct doc *status, struct arena *arena, const struct kube_view *view,
                      const struct snapshot_pod *pod)
{
    struct doc *state = doc_add_map(status, "state");
    const char *started = kube_text_rfc3339(arena, view->epoch_s, pod->started_ns);
    struct doc *detail;

    switch (pod->phase) {
    case SNAPSHOT_PENDING:
        doc_add_text(doc_add_map(state, "waiting"), "reason",
                     pod->spec->init_container_count > 0 ? "PodInitializing" : "ContainerCreating");
        break;
    case SNAPSHOT_RUNNING:
    case SNAPSHOT_UNKNOWN:
        add_running_state(state, arena, view, pod);
        break;
    case SNAPSHOT_SUCCEEDED:
    case SNAPSHOT_FAILED:
        detail = doc_add_map(state, "terminated");
        doc_add_i64(detail, "exitCode", pod->phase == SNAPSHOT_FAILED ? 137 : 0);
        doc_add_text(detail, "reason", pod->phase == SNAPSHOT_FAILED ? "Error" : "Completed");
        doc_add_text(detail, "startedAt", started);
        break;
    }
}

static void add_container_statuses(struct doc *status, struct arena *arena,
                                   const struct kube_view *view, const struct snapshot_pod *pod)
{
    struct doc *list = doc_add_list(status, "containerStatuses");

    for (uint32_t i = 0; pod->node != NULL && i < pod->spec->container_count; i++) {
        struct doc *map = doc_add_map(list, NULL);

        doc_add_text(map, "image", pod->spec->containers[i].image);
        if (pod->ended_ns != NS_NEVER && pod->phase == SNAPSHOT_RUNNING &&
            pod->container != SNAPSHOT_CONTAINER_ERROR)
            add_end(doc_add_map(map, "lastState"), arena, view, pod);
        doc_add_text(map, "name", pod->spec->containers[i].name);
        doc_add_bool(map, "ready", kube_text_is_container_ready(pod, i));
        doc_add_i64(map, "restartCount", pod->restart_count);
        doc_add_bool(map, "started",
                     pod->is_started || (pod->container == SNAPSHOT_CONTAINER_NONE &&
                                         pod->phase == SNAPSHOT_RUNNING));
        add_state(map, arena, view, pod);
    }
}

void kube_doc_pod(struct doc *doc, struct arena *arena, const struct kube_view *view,
                  const struct snapshot_pod *pod)
{
    static const char *const phases[] = {[SNAPSHOT_PENDING] = "Pending",
                                         [SNAPSHOT_RUNNING] = "Running",
                                         [SNAPSHOT_SUCCEEDED] = "Succeeded",
                                         [SNAPSHOT_FAILED] = "Failed",
                                         [SNAPSHOT_UNKNOWN] = "Unknown"};
    struct doc *spec = add_pod_spec(doc, arena, pod->spec);
    struct doc *status = doc_add_map(doc, "status");

    doc_add_text(spec, "nodeName", pod->node);
    add_conditions(status, arena, view, pod);
    add_container_statuses(status, arena, view, pod);
    doc_add_text(status, "phase", phases[pod->phase]);
    if (pod->ip != NULL) {
        struct doc *ips;

        doc_add_text(status, "podIP", pod->ip);
        ips = doc_add_list(status, "podIPs");
        for (uint32_t i = 0; i < pod->ip_count; i++)
            doc_add_text(doc_add_map(ips, NULL), "ip", pod->ips[i]);
    }
    doc_add_text(status, "qosClass", "BestEffort");
    if (pod->node != NULL)
        doc_add_text(status, "startTime",
                     kube_text_rfc3339(arena, view->epoch_s, pod->meta.created_ns));
}

/* --- what makes pods --- */

static void add_template(struct doc *spec, struct arena *arena, const struct pod_spec *from)
{
    struct doc *map = doc_add_map(spec, "template");
    struct doc *meta = doc_add_map(map, "metadata");

    kube_doc_labels(meta, "annotations", &from->meta.annotations);
    kube_doc_labels(meta, "labels", &from->meta.labels);
    (void)add_pod_spec(map, arena, from);
}

static const char *operator_name(enum selector_operator operator_)
{
    static const char *const names[] = {[SELECTOR_IN] = "In",
                                        [SELECTOR_NOT_IN] = "NotIn",
                                        [SELECTOR_EXISTS] = "Exists",
                                        [SELECTOR_ABSENT] = "DoesNotExist"};

    return names[operator_];
}

static bool is_equality(const struct selector_requirement *item)
{
    return item->operator_ == SELECTOR_IN && item->value_count == 1;
}

static void add_selector(struct doc *spec, const struct selector *from, bool is_plain)
{
    struct doc *selector = doc_add_map(spec, "selector");
    struct doc *expressions = is_plain ? NULL : doc_add_list(selector, "matchExpressions");
    struct doc *labels = is_plain ? selector : doc_add_map(selector, "matchLabels");

    for (uint32_t i = 0; i < from->count; i++) {
        const struct selector_requirement *item = &from->items[i];
        struct doc *map;
        struct doc *values;

        if (is_equality(item)) {
            doc_add_text(labels, item->key, item->values[0]);
            continue;
        }
        if (is_plain)
            continue; /* a replication controller has equalities only */
        map = doc_add_map(expressions, NULL);
        doc_add_text(map, "key", item->key);
        doc_add_text(map, "operator", operator_name(item->operator_));
        values = doc_add_list(map, "values");
        for (uint32_t k = 0; k < item->value_count; k++)
            doc_add_text(values, NULL, item->values[k]);
    }
}

static void add_amount(struct doc *doc, struct arena *arena, const char *key,
                       const struct int_or_percent *amount)
{
    if (amount->is_percent)
        doc_add_text(doc, key, kube_text_amount(arena, amount));
    else
        doc_add_i64(doc, key, amount->value);
}

/* Counts that the API leaves out when they are 0. */
static void add_count(struct doc *doc, const char *key, uint32_t count)
{
    if (count > 0)
        doc_add_i64(doc, key, count);
}

static void add_deployment_status(struct doc *doc, const struct snapshot_deployment *deployment)
{
    const bool is_available = kube_text_is_available(deployment);
    struct doc *status = doc_add_map(doc, "status");
    struct doc *conditions = doc_add_list(status, "conditions");
    struct doc *condition = doc_add_map(conditions, NULL);

    doc_add_text(condition, "reason",
                 is_available ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable");
    doc_add_text(condition, "status", is_available ? "True" : "False");
    doc_add_text(condition, "type", "Available");
    condition = doc_add_map(conditions, NULL);
    doc_add_text(condition, "reason", kube_text_progress_reason(deployment));
    doc_add_text(condition, "status", kube_text_progress_status(deployment));
    doc_add_text(condition, "type", "Progressing");
    add_count(status, "availableReplicas", deployment->status_available);
    add_count(status, "readyReplicas", deployment->status_ready);
    add_count(status, "replicas", deployment->status_replicas);
    if (deployment->status_replicas > deployment->status_available)
        doc_add_i64(status, "unavailableReplicas",
                    deployment->status_replicas - deployment->status_available);
    add_count(status, "updatedReplicas", deployment->status_updated);
}

void kube_doc_deployment(struct doc *doc, struct arena *arena,
                         const struct snapshot_deployment *deployment)
{
    const struct workload_spec *from = deployment->spec;
    struct doc *spec = doc_add_map(doc, "spec");
    struct doc *strategy = doc_add_map(spec, "strategy");
    struct doc *rolling;

    add_count(spec, "minReadySeconds", (uint32_t)(from->min_ready_ns / NS_PER_S));
    if (deployment->is_paused)
        doc_add_bool(spec, "paused", true);
    doc_add_i64(spec, "progressDeadlineSeconds", from->progress_deadline_ns / NS_PER_S);
    doc_add_i64(spec, "replicas", deployment->replicas);
    doc_add_i64(spec, "revisionHistoryLimit", from->revision_history_limit);
    add_selector(spec, &from->selector, false);
    if (from->strategy == STRATEGY_RECREATE) {
        doc_add_text(strategy, "type", "Recreate");
    } else {
        rolling = doc_add_map(strategy, "rollingUpdate");
        add_amount(rolling, arena, "maxSurge", &from->max_surge);
        add_amount(rolling, arena, "maxUnavailable", &from->max_unavailable);
        doc_add_text(strategy, "type", "RollingUpdate");
    }
    add_template(spec, arena, deployment->pod_template);
    add_deployment_status(doc, deployment);
}

void kube_doc_replica_set(struct doc *doc, struct arena *arena,
                          const struct snapshot_replica_set *set)
{
    struct doc *spec = doc_add_map(doc, "spec");
    struct doc *status = doc_add_map(doc, "status");

    add_count(spec, "minReadySeconds", (uint32_t)(set->min_ready_ns / NS_PER_S));
    doc_add_i64(spec, "replicas", set->replicas);
    add_selector(spec, set->selector, set->is_replication_controller);
    add_template(spec, arena, set->pod_template);
    add_count(status, "availableReplicas", set->status_available);
    add_count(status, "readyReplicas", set->status_ready);
    doc_add_i64(status, "replicas", set->status_replicas);
}
