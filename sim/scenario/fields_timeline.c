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
     .values = "restart",
     .later_values = "undo pause resume",
     .doc = "What to do with target."},
    {.name = "undo", .status = FIELD_LATER, .doc = "Back to the revision before."},
    {.name = "pause", .status = FIELD_LATER, .doc = "Stop in the middle."},
    {.name = "resume", .status = FIELD_LATER, .doc = "Go on."},
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
    {.name = "for", .status = FIELD_LATER, .doc = "Revert after this time."},
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
     .doc = "Verb: restart a Deployment."},
    {.name = "spawn",
     .type = FIELD_MAP,
     .children = &spawn_verb,
     .doc = "Verb: create standalone pods."},
    {.name = "kill", .type = FIELD_MAP, .children = &kill_verb, .doc = "Verb: delete pods."},
    {.name = "label",
     .type = FIELD_MAP,
     .children = &label_verb,
     .doc = "Verb: change pods' labels."},
    {.name = "apply", .status = FIELD_LATER, .doc = "Verb."},
    {.name = "delete", .status = FIELD_LATER, .doc = "Verb."},
    {.name = "patch", .status = FIELD_LATER, .doc = "Verb."},
    {.name = "annotate", .status = FIELD_LATER, .doc = "Verb."},
    {.name = "cordon", .status = FIELD_LATER, .doc = "Verb."},
    {.name = "uncordon", .status = FIELD_LATER, .doc = "Verb."},
    {.name = "drain", .status = FIELD_LATER, .doc = "Verb."},
    {.name = "crash", .status = FIELD_LATER, .doc = "Verb."},
    {.name = "ready", .status = FIELD_LATER, .doc = "Verb."},
    {.name = "fail", .status = FIELD_LATER, .doc = "Verb."},
    {.name = "partition", .status = FIELD_LATER, .doc = "Verb."},
    {.name = "slow", .status = FIELD_LATER, .doc = "Verb."},
    {.name = "expect", .status = FIELD_LATER, .doc = "Verb."},
};
const struct field_set fields_timeline = FIELD_SET(timeline_items, NULL);
