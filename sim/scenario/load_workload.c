/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Deployments, ReplicaSets and ReplicationControllers.
 */
#include <string.h>

#include "scenario/key_path.h"
#include "scenario/load.h"
#include "scenario/value.h"

/* "app=kubia,tier=web" */
static const char *labels_text(struct arena *arena, const struct label_set *labels)
{
    const char *text = "";

    for (uint32_t i = 0; i < labels->count && i < 5; i++)
        text = arena_printf(arena, "%s%s%s=%s", text, i == 0 ? "" : ",", labels->items[i].key,
                            labels->items[i].value);
    return labels->count == 0  ? "none"
           : labels->count > 5 ? arena_printf(arena, "%s,...", text)
                               : text;
}

/* Versions before apps/v1 take the template's labels where there is no selector. */
static bool may_lack_selector(const struct object *object)
{
    const char *version = yaml_tree_get(object->tree, "apiVersion")->text;

    return strcmp(version, "apps/v1") != 0 && strcmp(version, "apps/v1beta2") != 0;
}

static void load_own_selector(struct load *load, const struct object *object,
                              const struct item *spec, const struct path *path,
                              struct workload_spec *workload)
{
    const struct path selector_path = key_path(path, "selector");
    const struct path template_path = key_path(path, "template");
    const struct path meta_path = key_path(&template_path, "metadata");
    const struct path labels_path = key_path(&meta_path, "labels");
    const struct item *selector = yaml_tree_get(spec, "selector");
    const struct item *template_meta = yaml_tree_get(yaml_tree_get(spec, "template"), "metadata");
    const struct label_set *labels = &workload->pod_template.meta.labels;

    workload->selector = labels_selector(load->arena, labels);
    if (template_meta == NULL)
        return; /* no template: reported */
    if (selector == NULL && !may_lack_selector(object)) {
        diagnostics_error(&load->diagnostics, yaml_tree_place(spec), &selector_path,
                          "missing; expected one such as {matchLabels: {app: %s}}", object->name);
        return;
    }
    if (selector != NULL && selector->count > 0) {
        if (!load_selector(load, selector, &selector_path, &workload->selector))
            return;
    } else if (selector != NULL) {
        diagnostics_error(&load->diagnostics, yaml_tree_place(selector), &selector_path,
                          "empty; expected one such as {matchLabels: {app: %s}}", object->name);
        return;
    }
    if (workload->selector.count == 0)
        diagnostics_error(
            &load->diagnostics, yaml_tree_place(template_meta), &labels_path,
            "none, so the selector has nothing to select by; expected labels such as {app: %s}",
            object->name);
    else if (!labels_match(&workload->selector, labels))
        diagnostics_error(&load->diagnostics, load_key_place(template_meta, "labels"), &labels_path,
                          "selector does not match template labels (%s)",
                          labels_text(load->scratch, labels));
}

/* --- strategy --- */

static bool load_surge(struct load *load, const struct item *rolling, const char *key,
                       const struct path *path, struct int_or_percent *value)
{
    const struct item *item = yaml_tree_get(rolling, key);
    const struct path way = key_path(path, key);

    if (item == NULL)
        return true;
    if (!value_int_or_percent(item, value)) {
        check_refuse(&load->checker, item, &way,
                     "a whole number of pods, or a percentage such as \"25%\"");
        return false;
    }
    if (strcmp(key, "maxUnavailable") == 0 && value->is_percent && value->value > 100) {
        check_refuse(&load->checker, item, &way, "at most 100%");
        return false;
    }
    return true;
}

static void load_strategy(struct load *load, const struct object *object, const struct item *spec,
                          const struct path *path, struct workload_spec *workload)
{
    const bool is_old =
        strcmp(yaml_tree_get(object->tree, "apiVersion")->text, "extensions/v1beta1") == 0;
    const struct int_or_percent default_value =
        is_old ? (struct int_or_percent){.value = 1}
               : (struct int_or_percent){.is_percent = true, .value = 25};
    const struct path strategy_path = key_path(path, "strategy");
    const struct path rolling_path = key_path(&strategy_path, "rollingUpdate");
    const struct path unavailable_path = key_path(&rolling_path, "maxUnavailable");
    const struct item *strategy = yaml_tree_get(spec, "strategy");
    const struct item *rolling = yaml_tree_get(strategy, "rollingUpdate");

    workload->strategy = strcmp(yaml_tree_get(strategy, "type")->text, "Recreate") == 0
                             ? STRATEGY_RECREATE
                             : STRATEGY_ROLLING_UPDATE;
    workload->max_surge = default_value;
    workload->max_unavailable = default_value;
    if (rolling == NULL)
        return;
    if (workload->strategy == STRATEGY_RECREATE) {
        diagnostics_error(
            &load->diagnostics, load_key_place(strategy, "rollingUpdate"), &rolling_path,
            "does not go with type Recreate; expected type RollingUpdate, or no rollingUpdate");
        return;
    }

    const bool is_surge_right =
        load_surge(load, rolling, "maxSurge", &rolling_path, &workload->max_surge);

    if (load_surge(load, rolling, "maxUnavailable", &rolling_path, &workload->max_unavailable) &&
        is_surge_right && workload->max_surge.value == 0 && workload->max_unavailable.value == 0)
        diagnostics_error(&load->diagnostics, load_key_place(rolling, "maxUnavailable"),
                          &unavailable_path,
                          "may not be 0 when maxSurge is 0: no pod could ever be replaced");
}

static void load_deployment_only(struct load *load, const struct object *object,
                                 const struct item *spec, const struct path *path,
                                 struct workload_spec *workload)
{
    const struct path deadline_path = key_path(path, "progressDeadlineSeconds");

    load_strategy(load, object, spec, path, workload);
    workload->progress_deadline_ns = load_get_seconds(spec, "progressDeadlineSeconds");
    workload->revision_history_limit = (uint32_t)load_get_int(spec, "revisionHistoryLimit");
    workload->is_paused = load_get_bool(spec, "paused");
    if (workload->progress_deadline_ns <= workload->min_ready_ns)
        diagnostics_error(&load->diagnostics, load_key_place(spec, "progressDeadlineSeconds"),
                          &deadline_path, "must be greater than minReadySeconds");
}

static enum workload_kind kind_of(const char *kind)
{
    if (strcmp(kind, "Deployment") == 0)
        return WORKLOAD_DEPLOYMENT;
    return strcmp(kind, "ReplicaSet") == 0 ? WORKLOAD_REPLICA_SET : WORKLOAD_REPLICATION_CONTROLLER;
}

static void load_status(const struct item *status, struct workload_spec *workload)
{
    workload->has_status = status != NULL;
    workload->status_replicas = (uint32_t)load_get_int(status, "replicas");
    workload->status_ready = (uint32_t)load_get_int(status, "readyReplicas");
    workload->status_available = (uint32_t)load_get_int(status, "availableReplicas");
    workload->status_updated = (uint32_t)load_get_int(status, "updatedReplicas");
}

void load_workload(struct load *load, const struct object *object, const struct item *map,
                   struct apply_spec *typed)
{
    const struct path meta_path = key_path(&object->root, "metadata");
    const struct path spec_path = key_path(&object->root, "spec");
    const struct path template_path = key_path(&spec_path, "template");
    const struct path pod_path = key_path(&template_path, "spec");
    const struct path restart_path = key_path(&pod_path, "restartPolicy");
    const struct item *spec = yaml_tree_get(map, "spec");
    const struct item *pod_template = yaml_tree_get(spec, "template");
    const struct item *template_tree =
        yaml_tree_get(yaml_tree_get(object->tree, "spec"), "template");
    struct workload_spec *workload = ARENA_NEW(load->arena, struct workload_spec);

    typed->kind = APPLY_WORKLOAD;
    typed->workload = workload;
    workload->kind = kind_of(object->kind);
    load_meta(load, yaml_tree_get(map, "metadata"), &meta_path, &workload->meta);
    workload->meta.ns = load_text(load, object->ns);
    if (spec == NULL || pod_template == NULL)
        return; /* reported */
    workload->replicas = (uint32_t)load_get_int(spec, "replicas");
    load_status(yaml_tree_get(map, "status"), workload);
    workload->min_ready_ns = load_get_seconds(spec, "minReadySeconds");
    load_pod_template(load, pod_template, template_tree, &template_path, &workload->pod_template);
    if (strcmp(workload->pod_template.restart_policy, "Always") != 0)
        check_refuse(&load->checker,
                     yaml_tree_get(yaml_tree_get(pod_template, "spec"), "restartPolicy"),
                     &restart_path, "Always: others are for pods alone");
    load_own_selector(load, object, spec, &spec_path, workload);
    if (workload->kind == WORKLOAD_DEPLOYMENT)
        load_deployment_only(load, object, spec, &spec_path, workload);
}
