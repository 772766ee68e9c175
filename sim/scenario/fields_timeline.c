/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table's part for timeline entries, innermost maps first.
 */
#include "scenario/fields.h"

#define POSITIVE_S 1e-9 /* a nanosecond, in seconds */
#define COUNT_MAX 1e6
#define TARGET_EXPECTED "KIND/NAME such as deployment/kubia"
#define SELECTOR_EXPECTED "a selector such as \"app=kubia\" or {app: kubia}"
#define TARGET_ROWS                                                                          \
    {.name = "target",                                                                       \
     .type = FIELD_STRING,                                                                   \
     .expected = TARGET_EXPECTED,                                                            \
     .doc = "The object: KIND/NAME."},                                                       \
    {                                                                                        \
        .name = "namespace", .type = FIELD_STRING, .doc = "Its namespace; default: default." \
    }
#define SELECTOR_ROWS                                                        \
    {.name = "selector",                                                     \
     .type = FIELD_OTHER,                                                    \
     .forms = "string object",                                               \
     .expected = SELECTOR_EXPECTED,                                          \
     .doc = "Pods, by their labels."},                                       \
        {.name = "mode",                                                     \
         .type = FIELD_ENUM,                                                 \
         .values = "one all fixed fixed-percent",                            \
         .later_values = "random-max-percent",                               \
         .doc = "How many of the pods (Chaos Mesh's modes); default: all."}, \
    {                                                                        \
        .name = "value", .type = FIELD_INT, .max = COUNT_MAX,                \
        .doc = "The number for fixed, the percentage for fixed-percent."     \
    }

static const struct field set_items[] = {
    TARGET_ROWS,
    {.name = "image",
     .type = FIELD_OTHER,
     .forms = "string object",
     .is_required = true,
     .expected = "an image such as \"luksa/kubia:v2\", CONTAINER=IMAGE, or {CONTAINER: IMAGE}",
     .doc = "The new image."},
    {.name = "container", .type = FIELD_STRING, .doc = "Which container; default: the first."},
    {.name = "env", .status = FIELD_LATER, .doc = "Environment."},
    {.name = "resources", .status = FIELD_LATER, .doc = "Resources."},
    {.name = "selector", .status = FIELD_LATER, .doc = "A service's selector."},
};
static const struct field_set set_verb = FIELD_SET(set_items, NULL);

static const struct field scale_items[] = {
    TARGET_ROWS,
    {.name = "replicas",
     .type = FIELD_INT,
     .is_required = true,
     .max = COUNT_MAX,
     .doc = "The new number of replicas."},
};
static const struct field_set scale_verb = FIELD_SET(scale_items, NULL);

static const struct field rollout_items[] = {
    {.name = "restart",
     .type = FIELD_OTHER,
     .forms = "string",
     .expected = TARGET_EXPECTED,
     .doc = "The object to restart."},
    TARGET_ROWS,
    {.name = "action",
     .type = FIELD_ENUM,
     .values = "restart undo pause resume",
     .doc = "What to do with target."},
    {.name = "undo",
     .type = FIELD_OTHER,
     .expected = TARGET_EXPECTED,
     .doc = "The object to take back to the revision before."},
    {.name = "pause",
     .type = FIELD_OTHER,
     .expected = TARGET_EXPECTED,
     .doc = "The object to stop in the middle."},
    {.name = "resume",
     .type = FIELD_OTHER,
     .expected = TARGET_EXPECTED,
     .doc = "The object to go on with."},
    {.name = "toRevision",
     .type = FIELD_INT,
     .min = 1,
     .max = COUNT_MAX,
     .doc = "Of undo; default: the one before."},
};
static const struct field_set rollout_verb = FIELD_SET(rollout_items, NULL);

static const struct field spawn_items[] = {
    {.name = "deployment", .type = FIELD_STRING, .doc = "The Deployment whose template is used."},
    {.name = "namespace", .type = FIELD_STRING, .doc = "Its namespace; default: default."},
    {.name = "manifest",
     .type = FIELD_OTHER,
     .forms = "object",
     .expected = "a Pod manifest",
     .doc = "A Pod."},
    {.name = "template",
     .type = FIELD_OTHER,
     .forms = "object",
     .expected = "a pod template (metadata and spec)",
     .doc = "A pod template."},
    {.name = "count",
     .type = FIELD_INT,
     .default_text = "1",
     .min = 1,
     .max = 100000,
     .doc = "How many."},
};
static const struct field_set spawn_verb = FIELD_SET(spawn_items, NULL);

static const struct field kill_items[] = {
    TARGET_ROWS,
    SELECTOR_ROWS,
    {.name = "grace",
     .type = FIELD_DURATION,
     .doc = "Instead of the pod's own terminationGracePeriodSeconds."},
    {.name = "force",
     .type = FIELD_BOOL,
     .default_text = "false",
     .doc = "Removed from the API at once."},
};
static const struct field_set kill_verb = FIELD_SET(kill_items, NULL);

static const struct field label_items[] = {
    TARGET_ROWS,
    SELECTOR_ROWS,
    {.name = "set", .type = FIELD_TEXT_MAP, .doc = "Labels to set."},
    {.name = "remove", .type = FIELD_TEXT_LIST, .doc = "Labels to remove."},
};
static const struct field_set label_verb = FIELD_SET(label_items, NULL);

#define GRACE_ROWS                                                    \
    {.name = "grace",                                                 \
     .type = FIELD_DURATION,                                          \
     .doc = "Instead of the pods' terminationGracePeriodSeconds."},   \
    {                                                                 \
        .name = "force", .type = FIELD_BOOL, .default_text = "false", \
        .doc = "Removed from the API at once."                        \
    }
#define PODS_ROWS                                                            \
    {.name = "selector",                                                     \
     .type = FIELD_OTHER,                                                    \
     .expected = SELECTOR_EXPECTED,                                          \
     .doc = "Pods, by their labels."},                                       \
        {.name = "mode",                                                     \
         .type = FIELD_ENUM,                                                 \
         .values = "one all fixed fixed-percent",                            \
         .later_values = "random-max-percent",                               \
         .doc = "How many of the pods (Chaos Mesh's modes); default: all."}, \
    {                                                                        \
        .name = "count", .type = FIELD_INT, .max = COUNT_MAX,                \
        .doc = "The number for fixed, the percentage for fixed-percent."     \
    }

static const struct field delete_items[] = {TARGET_ROWS, GRACE_ROWS};
static const struct field_set delete_verb = FIELD_SET(delete_items, NULL);

static const struct field patch_items[] = {
    TARGET_ROWS,
    {.name = "patch",
     .type = FIELD_OTHER,
     .is_required = true,
     .expected = "a map that is merged into the object (RFC 7386)",
     .doc = "What changes: maps are merged, null removes, all else replaces."},
    {.name = "subresource",
     .type = FIELD_ENUM,
     .values = "status",
     .later_values = "scale resize",
     .doc = "status: only the object's status changes; without it, all but that."},
};
static const struct field_set patch_verb = FIELD_SET(patch_items, NULL);

static const struct field node_target_items[] = {
    {.name = "target",
     .type = FIELD_STRING,
     .is_required = true,
     .expected = "a node such as node/node-1",
     .doc = "The node: node/NAME."},
};
static const struct field_set node_verb = FIELD_SET(node_target_items, NULL);

#define COMPONENTS "apiserver, controller-manager, scheduler or controlplane (all three)"

static const struct field partition_items[] = {
    {.name = "target",
     .type = FIELD_STRING,
     .is_required = true,
     .expected = "a node such as node/node-1, or controller-manager",
     .doc = "node/NAME, or a process of the control plane: " COMPONENTS "."},
};
static const struct field_set partition_verb = FIELD_SET(partition_items, NULL);

#define COMPONENT_ROWS                                                                       \
    {.name = "target",                                                                       \
     .type = FIELD_STRING,                                                                   \
     .expected = TARGET_EXPECTED ", or apiserver",                                           \
     .doc = "KIND/NAME, or a process of the control plane: " COMPONENTS "."},                \
    {                                                                                        \
        .name = "namespace", .type = FIELD_STRING, .doc = "Its namespace; default: default." \
    }

static const struct field drain_items[] = {
    {.name = "target",
     .type = FIELD_STRING,
     .is_required = true,
     .expected = "a node such as node/node-1",
     .doc = "The node: node/NAME."},
    GRACE_ROWS,
};
static const struct field_set drain_verb =
    FIELD_SET(drain_items, "deleteEmptydirData disableEviction ignoreDaemonsets timeout");

static const struct field crash_items[] = {TARGET_ROWS, SELECTOR_ROWS};
static const struct field_set crash_verb = FIELD_SET(crash_items, NULL);

static const struct field ready_items[] = {
    TARGET_ROWS,
    PODS_ROWS,
    {.name = "value",
     .type = FIELD_BOOL,
     .default_text = "true",
     .doc = "Whether the programs pass readiness probes from now on; a new process does."},
};
static const struct field_set ready_verb = FIELD_SET(ready_items, NULL);

static const struct field fail_items[] = {
    COMPONENT_ROWS,
    PODS_ROWS,
    {.name = "value",
     .type = FIELD_BOOL,
     .default_text = "true",
     .doc = "false: what failed is back."},
};
static const struct field_set fail_verb = FIELD_SET(fail_items, NULL);

static const struct field slow_items[] = {
    COMPONENT_ROWS,
    SELECTOR_ROWS,
    {.name = "factor",
     .type = FIELD_NUMBER,
     .is_required = true,
     .min = 1e-3,
     .max = COUNT_MAX,
     .doc = "Times as long: what the API server does, controllers' syncs, the scheduler's "
            "bindings."},
};
static const struct field_set slow_verb = FIELD_SET(slow_items, NULL);

static const struct field timeline_items[] = {
    {.name = "name", .type = FIELD_STRING, .doc = "For after: of other entries."},
    {.name = "at", .type = FIELD_DURATION, .doc = "Clock: once, at this time."},
    {.name = "every",
     .type = FIELD_DURATION,
     .min = POSITIVE_S,
     .doc = "Clock: again and again, this long apart."},
    {.name = "from", .type = FIELD_DURATION, .doc = "With every: the first time; default: 0s."},
    {.name = "until",
     .type = FIELD_DURATION,
     .doc = "With every: not later than this; default: the end."},
    {.name = "jitter",
     .type = FIELD_DURATION,
     .doc = "With every: each time later by something below this."},
    {.name = "after",
     .type = FIELD_STRING,
     .doc = "Clock: when the entry of this name has run for the first time."},
    {.name = "plus", .type = FIELD_DURATION, .doc = "With after: this much later."},
    {.name = "for",
     .type = FIELD_DURATION,
     .min = POSITIVE_S,
     .doc =
         "Take it back after this time: what set, scale, label, annotate, patch, cordon, uncordon, "
         "drain (its cordon), ready, fail, slow, partition, and rollout pause and resume do."},
    {.name = "set",
     .type = FIELD_MAP,
     .children = &set_verb,
     .doc = "Verb: set a Deployment's image."},
    {.name = "scale",
     .type = FIELD_MAP,
     .children = &scale_verb,
     .doc = "Verb: set the number of replicas."},
    {.name = "rollout",
     .type = FIELD_MAP,
     .children = &rollout_verb,
     .doc = "Verb: restart, undo, pause or resume a Deployment."},
    {.name = "spawn",
     .type = FIELD_MAP,
     .children = &spawn_verb,
     .doc = "Verb: create standalone pods."},
    {.name = "kill", .type = FIELD_MAP, .children = &kill_verb, .doc = "Verb: delete pods."},
    {.name = "label",
     .type = FIELD_MAP,
     .children = &label_verb,
     .doc = "Verb: change pods' labels."},
    {.name = "annotate",
     .type = FIELD_MAP,
     .children = &label_verb,
     .doc = "Verb: change annotations."},
    {.name = "apply",
     .type = FIELD_OTHER,
     .expected = "a path, a manifest or a list of manifests",
     .doc = "Verb: create or replace objects."},
    {.name = "delete",
     .type = FIELD_MAP,
     .children = &delete_verb,
     .doc = "Verb: delete an object."},
    {.name = "patch",
     .type = FIELD_MAP,
     .children = &patch_verb,
     .doc = "Verb: change an object, or a host outside."},
    {.name = "cordon",
     .type = FIELD_MAP,
     .children = &node_verb,
     .doc = "Verb: no new pods on a node."},
    {.name = "uncordon",
     .type = FIELD_MAP,
     .children = &node_verb,
     .doc = "Verb: new pods on a node again."},
    {.name = "drain",
     .type = FIELD_MAP,
     .children = &drain_verb,
     .doc = "Verb: cordon a node and evict its pods."},
    {.name = "crash",
     .type = FIELD_MAP,
     .children = &crash_verb,
     .doc = "Verb: programs end, the kubelet starts them again."},
    {.name = "ready",
     .type = FIELD_MAP,
     .children = &ready_verb,
     .doc = "Verb: programs answer readiness probes, or no more."},
    {.name = "fail",
     .type = FIELD_MAP,
     .children = &fail_verb,
     .doc = "Verb: a process of the control plane dies."},
    {.name = "partition",
     .type = FIELD_MAP,
     .children = &partition_verb,
     .doc = "Verb: a node, or a process of the control plane, is cut off from the API."},
    {.name = "slow",
     .type = FIELD_MAP,
     .children = &slow_verb,
     .doc = "Verb: everything takes longer."},
    {.name = "expect",
     .type = FIELD_STRING,
     .expected = "KIND/NAME FIELD OP NUMBER such as \"deployment/kubia available == 3\"",
     .doc = "Verb: the run exits 99 if it does not hold."},
};
const struct field_set fields_timeline = FIELD_SET(timeline_items, NULL);
