/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Verbs that kubectl has for workloads and pods.
 */
#include <string.h>

#include "scenario/load_entry.h"

#include "scenario/key_path.h"

static const struct workload_spec *target_workload(const struct entry_reader *reader)
{
    const struct load *load = reader->load;
    const struct target_spec *target = &reader->entry->target;

    for (uint32_t i = 0; target->name != NULL && i < load->spec->cluster.workload_count; i++) {
        const struct workload_spec *workload = &load->workloads[i];

        if (workload->kind == WORKLOAD_DEPLOYMENT && workload->meta.name != NULL &&
            strcmp(workload->meta.name, target->name) == 0 &&
            strcmp(workload->meta.ns, target->ns) == 0)
            return workload;
    }
    return NULL;
}

static void check_container(struct entry_reader *reader, const char *key)
{
    const struct workload_spec *workload = target_workload(reader);
    const char *names = "";

    if (workload == NULL || reader->entry->container == NULL)
        return;
    for (uint32_t i = 0; i < workload->pod_template.container_count; i++) {
        const char *name = workload->pod_template.containers[i].name;

        if (strcmp(name, reader->entry->container) == 0)
            return;
        names = arena_printf(reader->load->scratch, "%s%s%s", names, i == 0 ? "" : ", ", name);
    }
    load_entry_refuse(
        reader, key,
        arena_printf(reader->load->scratch, "%s has no container \"%.63s\"; it has %s",
                     load_entry_target_text(reader), reader->entry->container, names));
}

/* An image, CONTAINER=IMAGE, or {CONTAINER: IMAGE}. */
static void read_image(struct entry_reader *reader)
{
    struct load *load = reader->load;
    const struct item *image = yaml_tree_get(reader->map, "image");
    const char *container = load_get_text(load, reader->map, "container");
    const char *text = NULL;

    if (image == NULL)
        return; /* reported */
    if (image->kind == ITEM_STRING) {
        const char *equals = strchr(image->text, '=');

        text = equals != NULL ? equals + 1 : image->text;
        if (equals != NULL && container == NULL)
            container = load_text(
                load, arena_strndup(load->scratch, image->text, (size_t)(equals - image->text)));
    } else if (image->kind == ITEM_MAP && image->count == 1 &&
               image->entries[0].value->kind == ITEM_STRING && container == NULL) {
        container = load_text(load, image->entries[0].key->text);
        text = image->entries[0].value->text;
    }
    if (text == NULL || text[0] == '\0' || strpbrk(text, " \t\n") != NULL) {
        load_entry_refuse(
            reader, "image",
            arena_printf(
                load->scratch,
                "got %s; expected an image such as \"luksa/kubia:v2\", CONTAINER=IMAGE, or {CONTAINER: IMAGE}",
                check_describe(load->scratch, image)));
        return;
    }
    reader->entry->image = load_text(load, text);
    reader->entry->container = container;
    check_container(reader,
                    yaml_tree_get(reader->map, "container") != NULL ? "container" : "image");
}

void load_verb_set(struct entry_reader *reader)
{
    reader->entry->verb = VERB_SET_IMAGE;
    if (load_entry_require(reader, "target", "KIND/NAME such as deployment/kubia"))
        load_entry_target(reader, "target", "deployment");
    read_image(reader);
    load_entry_label(reader, "set image", load_entry_target_text(reader));
}

void load_verb_scale(struct entry_reader *reader)
{
    reader->entry->verb = VERB_SCALE;
    if (load_entry_require(reader, "target", "KIND/NAME such as deployment/kubia"))
        load_entry_target(reader, "target", "deployment replicaset replicationcontroller");
    reader->entry->count = (uint32_t)load_get_int(reader->map, "replicas");
    load_entry_label(reader, "scale",
                     arena_printf(reader->load->scratch, "%s to %u", load_entry_target_text(reader),
                                  reader->entry->count));
}

static const struct {
    const char *word;
    enum verb verb;
} actions[] = {{"restart", VERB_ROLLOUT_RESTART},
               {"undo", VERB_ROLLOUT_UNDO},
               {"pause", VERB_ROLLOUT_PAUSE},
               {"resume", VERB_ROLLOUT_RESUME}};

/* The action that the map names; "" and reported if it is not one. */
static const char *read_action(struct entry_reader *reader)
{
    const struct item *word = yaml_tree_get(reader->map, "action");
    const char *action = word != NULL ? word->text : NULL;

    for (size_t i = 0; i < EP_COUNT_OF(actions); i++) {
        if (yaml_tree_get(reader->map, actions[i].word) == NULL)
            continue;
        if (action != NULL) {
            load_entry_refuse(reader, actions[i].word,
                              arena_printf(reader->load->scratch,
                                           "there is %s already; expected one of them", action));
            return "";
        }
        action = actions[i].word;
    }
    if (action == NULL && !reader->has_refused)
        diagnostics_error(&reader->load->diagnostics, yaml_tree_place(reader->map), &reader->path,
                          "what? expected restart, undo, pause or resume: KIND/NAME");
    return action != NULL ? action : "";
}

/* {restart: deployment/kubia}, {target: deployment/kubia, action: restart} or {target: ..., restart: true}. */
void load_verb_rollout(struct entry_reader *reader)
{
    struct load *load = reader->load;
    const char *action = read_action(reader);
    const struct item *value = yaml_tree_get(reader->map, action);
    const bool is_flag =
        value != NULL && value->kind == ITEM_BOOL && strchr("tT", value->text[0]) != NULL;
    const char *key = value != NULL && value->kind == ITEM_STRING ? action : "target";

    for (size_t i = 0; i < EP_COUNT_OF(actions); i++) {
        if (strcmp(action, actions[i].word) == 0)
            reader->entry->verb = actions[i].verb;
    }
    if (action[0] == '\0')
        return;
    if (value != NULL && value->kind != ITEM_STRING && !is_flag)
        load_entry_refuse(reader, action,
                          arena_printf(load->scratch,
                                       "got %s; expected KIND/NAME such as deployment/kubia",
                                       check_describe(load->scratch, value)));
    else if (strcmp(key, "target") != 0 && yaml_tree_get(reader->map, "target") != NULL)
        load_entry_refuse(reader, "target",
                          arena_printf(load->scratch,
                                       "%s names an object already; expected one of them", action));
    else if (load_entry_require(reader, key, "KIND/NAME such as deployment/kubia"))
        load_entry_target(reader, key, "deployment");
    reader->entry->to_revision = (uint32_t)load_get_int(reader->map, "toRevision");
    if (reader->entry->verb != VERB_ROLLOUT_UNDO &&
        yaml_tree_get(reader->map, "toRevision") != NULL)
        load_entry_refuse(reader, "toRevision", "goes with undo only");
    load_entry_label(reader, action, load_entry_target_text(reader));
}

/* spawn's pod, given in place. */
static void read_spawned_pod(struct entry_reader *reader, const char *key)
{
    struct load *load = reader->load;
    const struct item *tree = yaml_tree_get(reader->map, key);
    const struct path way = key_path(&reader->path, key);
    const bool is_manifest = strcmp(key, "manifest") == 0;
    struct checker checker = {
        .arena = load->scratch, .diagnostics = &load->diagnostics, .is_manifest = true};
    struct pod_spec *pod = ARENA_NEW(load->arena, struct pod_spec);
    const struct item *kind = yaml_tree_get(tree, "kind");

    if (tree->kind != ITEM_MAP ||
        (is_manifest && (kind == NULL || strcmp(kind->text, "Pod") != 0))) {
        load_entry_refuse(reader, key,
                          is_manifest ? "expected a manifest of kind Pod"
                                      : "expected a map with metadata and spec");
        return;
    }
    load_pod_template(
        load, check_map(&checker, tree, fields_manifest(is_manifest ? "Pod" : "PodTemplate"), &way),
        tree, &way, pod);
    pod->meta.ns = reader->entry->target.ns;
    reader->entry->pod = pod;
    for (uint32_t i = 0; i < checker.not_modelled_count; i++)
        diagnostics_warning(&load->diagnostics, checker.first_not_modelled, &way,
                            "not modelled, ignored: %s", checker.not_modelled[i]);
}

void load_verb_spawn(struct entry_reader *reader)
{
    struct load *load = reader->load;
    const struct item *deployment = yaml_tree_get(reader->map, "deployment");
    const bool has_manifest = yaml_tree_get(reader->map, "manifest") != NULL;
    const bool has_template = yaml_tree_get(reader->map, "template") != NULL;
    const char *ns = reader->entry->target.ns;

    reader->entry->verb = VERB_SPAWN;
    reader->entry->count = (uint32_t)load_get_int(reader->map, "count");
    if ((deployment != NULL) + has_manifest + has_template != 1) {
        if (!reader->has_refused)
            diagnostics_error(&load->diagnostics, yaml_tree_place(reader->map), &reader->path,
                              "of what? expected one of deployment, manifest and template");
        return;
    }
    if (deployment == NULL) {
        read_spawned_pod(reader, has_manifest ? "manifest" : "template");
        load_entry_label(reader, "spawn", arena_printf(load->scratch, "%u", reader->entry->count));
        return;
    }
    reader->entry->target.kind = "deployment";
    reader->entry->target.name = load_text(load, deployment->text);
    if (!load_is_known(load, "Deployment", ns, deployment->text))
        load_entry_refuse(
            reader, "deployment",
            arena_printf(load->scratch, "no Deployment %.80s in namespace %s%s", deployment->text,
                         ns, load_suggest_object(load, "Deployment", ns, deployment->text)));
    load_entry_label(reader, "spawn",
                     arena_printf(load->scratch, "%u of %s", reader->entry->count,
                                  load_entry_target_text(reader)));
}

void load_verb_kill(struct entry_reader *reader)
{
    reader->entry->verb = VERB_KILL;
    load_entry_pods(reader, "pod", "value");
    reader->entry->has_grace = yaml_tree_get(reader->map, "grace") != NULL;
    reader->entry->grace_ns = load_get_span(reader->map, "grace");
    reader->entry->is_forced = load_get_bool(reader->map, "force");
    if (reader->entry->is_forced && reader->entry->grace_ns > 0)
        load_entry_refuse(reader, "grace", "does not go with force, which gives no grace");
    load_entry_label(reader, "kill", load_entry_pods_text(reader));
}

static struct label_set read_annotations(struct load *load, const struct item *map)
{
    const uint32_t count = map != NULL ? map->count : 0;
    struct label *pairs = ARENA_NEW_ARRAY(load->scratch, count, struct label);

    for (uint32_t i = 0; i < count; i++)
        pairs[i] = (struct label){load_text(load, map->entries[i].key->text),
                                  load_text(load, map->entries[i].value->text)};
    return labels_from(load->arena, pairs, count);
}

/* set and remove, of labels or annotations. */
static void read_pairs(struct entry_reader *reader, bool are_labels)
{
    struct load *load = reader->load;
    const struct path set_path = key_path(&reader->path, "set");
    const struct path remove_path = key_path(&reader->path, "remove");
    const struct item *set = yaml_tree_get(reader->map, "set");
    const struct item *list = yaml_tree_get(reader->map, "remove");
    const uint32_t list_count = list != NULL ? list->count : 0;
    const char **removed = ARENA_NEW_ARRAY(load->arena, list_count, const char *);

    reader->entry->set_labels =
        are_labels ? load_labels(load, set, &set_path) : read_annotations(load, set);
    for (uint32_t i = 0; i < list_count; i++) {
        const struct item *key = list->entries[i].value;
        const struct path way = {.parent = &remove_path, .index = i};

        if (key->kind != ITEM_STRING)
            continue; /* reported */
        if (!labels_is_key(key->text))
            check_refuse(&load->checker, key, &way, "a label's key such as app");
        removed[reader->entry->remove_label_count++] = load_text(load, key->text);
    }
    reader->entry->remove_labels = removed;
    if ((set == NULL || set->count == 0) && list_count == 0 && !reader->has_refused)
        diagnostics_error(&load->diagnostics, yaml_tree_place(reader->map), &reader->path,
                          "nothing to do; expected set: {KEY: VALUE} or remove: [KEY]");
}

void load_verb_label(struct entry_reader *reader)
{
    reader->entry->verb = VERB_LABEL;
    load_entry_pods(reader, "pod", "value");
    read_pairs(reader, true);
    load_entry_label(reader, "label", load_entry_pods_text(reader));
}

void load_verb_annotate(struct entry_reader *reader)
{
    reader->entry->verb = VERB_ANNOTATE;
    load_entry_pods(reader, "pod deployment replicaset replicationcontroller service node",
                    "value");
    read_pairs(reader, false);
    load_entry_label(reader, "annotate", load_entry_pods_text(reader));
}
