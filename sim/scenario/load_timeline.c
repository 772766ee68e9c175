/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spec.timeline: one clock and one verb an entry.
 */
#include <string.h>

#include "scenario/load.h"

#define VERBS "set scale rollout spawn kill label"

/* An entry while it is read. */
struct entry_reader {
    struct load *load;
    const struct item *map; /* of the verb */
    struct path path;       /* of the verb */
    bool has_refused;       /* something in it was refused already */
    struct timeline_entry *entry;
};

static struct path key_path(const struct path *parent, const char *key)
{
    return (struct path){.parent = parent, .key = key};
}

static void refuse(const struct entry_reader *reader, const char *key, const char *message)
{
    const struct path way = key_path(&reader->path, key);
    const struct item *value = yaml_tree_get(reader->map, key);

    diagnostics_error(&reader->load->diagnostics,
                      yaml_tree_place(value != NULL ? value : reader->map), &way, "%s", message);
}

/* --- targets --- */

static const char *own_namespace(const struct entry_reader *reader)
{
    const char *ns = load_get_text(reader->load, reader->map, "namespace");

    return ns != NULL ? ns : "default";
}

static const char *canonical_kind(const char *kind)
{
    static const struct {
        const char *kind;
        const char *canonical;
    } kinds[] = {{"Deployment", "deployment"},
                 {"ReplicaSet", "replicaset"},
                 {"ReplicationController", "replicationcontroller"},
                 {"Pod", "pod"}};

    for (size_t i = 0; i < EP_COUNT_OF(kinds); i++) {
        if (strcmp(kind, kinds[i].kind) == 0)
            return kinds[i].canonical;
    }
    return NULL;
}

/* "deployment/kubia" at `key`; `kinds` are those that the verb can act on. */
static void read_target(struct entry_reader *reader, const char *key, const char *kinds)
{
    struct load *load = reader->load;
    const char *text = yaml_tree_get(reader->map, key)->text;
    const char *slash = strchr(text, '/');
    const char *kind = NULL;

    if (slash != NULL)
        kind = load_kind_of(arena_strndup(load->scratch, text, (size_t)(slash - text)));
    if (slash == NULL || slash == text || slash[1] == '\0' ||
        (slash != NULL && strchr(slash + 1, '/') != NULL)) {
        refuse(reader, key,
               arena_printf(load->scratch,
                            "got \"%.80s\"; expected KIND/NAME such as deployment/kubia", text));
        return;
    }
    if (kind == NULL || canonical_kind(kind) == NULL ||
        !fields_has_word(kinds, canonical_kind(kind))) {
        char buffer[160];
        const struct field field = {.type = FIELD_ENUM, .values = kinds};

        refuse(reader, key,
               arena_printf(load->scratch, "%.*s is not supported here; expected %s",
                            (int)(slash - text), text, fields_expected(&field, buffer)));
        return;
    }
    reader->entry->target.kind = canonical_kind(kind);
    reader->entry->target.name = load_text(load, slash + 1);
    if (strcmp(kind, "Pod") != 0 &&
        load_find_object(load, kind, reader->entry->target.ns, slash + 1) == NULL)
        refuse(reader, key,
               arena_printf(load->scratch, "no %s %s in namespace %s%s", kind, slash + 1,
                            reader->entry->target.ns,
                            load_suggest_object(load, kind, reader->entry->target.ns, slash + 1)));
}

static bool require(struct entry_reader *reader, const char *key, const char *expected)
{
    if (yaml_tree_get(reader->map, key) != NULL)
        return true;
    if (!reader->has_refused)
        refuse(reader, key, arena_printf(reader->load->scratch, "missing; expected %s", expected));
    return false;
}

static void read_mode(struct entry_reader *reader)
{
    static const struct {
        const char *name;
        enum target_mode mode;
    } modes[] = {{"one", MODE_ONE},
                 {"all", MODE_ALL},
                 {"fixed", MODE_FIXED},
                 {"fixed-percent", MODE_FIXED_PERCENT}};
    const struct item *mode = yaml_tree_get(reader->map, "mode");
    const struct item *value = yaml_tree_get(reader->map, "value");
    struct target_spec *target = &reader->entry->target;

    target->mode = MODE_ALL;
    for (size_t i = 0; mode != NULL && i < EP_COUNT_OF(modes); i++) {
        if (strcmp(mode->text, modes[i].name) == 0)
            target->mode = modes[i].mode;
    }

    const bool wants_value = target->mode == MODE_FIXED || target->mode == MODE_FIXED_PERCENT;

    target->value = (uint32_t)load_get_int(reader->map, "value");
    if (wants_value && value == NULL)
        refuse(reader, "value",
               arena_printf(reader->load->scratch, "missing; mode %s needs a number", mode->text));
    else if (!wants_value && value != NULL)
        refuse(reader, "value", "goes with mode fixed or fixed-percent only");
    else if (target->mode == MODE_FIXED_PERCENT && target->value > 100)
        refuse(
            reader, "value",
            arena_printf(reader->load->scratch, "got %u; expected from 0 to 100", target->value));
}

/* Pods: by selector, or one by name. */
static void read_pods(struct entry_reader *reader)
{
    const struct item *selector = yaml_tree_get(reader->map, "selector");
    const struct item *target = yaml_tree_get(reader->map, "target");
    const struct path selector_path = key_path(&reader->path, "selector");

    reader->entry->target.selector.is_null = true;
    if ((selector == NULL) == (target == NULL)) {
        if (!reader->has_refused)
            diagnostics_error(
                &reader->load->diagnostics, yaml_tree_place(reader->map), &reader->path,
                selector == NULL ? "whom? expected selector: \"app=kubia\", or target: pod/NAME"
                                 : "both selector and target; expected one of them");
        return;
    }
    if (selector != NULL) {
        (void)load_selector(reader->load, selector, &selector_path,
                            &reader->entry->target.selector);
        read_mode(reader);
        return;
    }
    read_target(reader, "target", "pod");
    if (yaml_tree_get(reader->map, "mode") != NULL)
        refuse(reader, "mode", "goes with selector only");
    if (yaml_tree_get(reader->map, "value") != NULL)
        refuse(reader, "value", "goes with selector only");
}

/* "one app=kubia", "pod/kubia-x", for labels. */
static const char *pods_text(struct entry_reader *reader)
{
    const struct target_spec *target = &reader->entry->target;
    struct arena *arena = reader->load->scratch;
    const char *mode = target->mode == MODE_ONE ? "one" : "all";
    const char *text = "";

    if (target->name != NULL)
        return arena_printf(arena, "%s/%s", target->kind, target->name);
    if (target->mode == MODE_FIXED)
        mode = arena_printf(arena, "%u", target->value);
    if (target->mode == MODE_FIXED_PERCENT)
        mode = arena_printf(arena, "%u%%", target->value);
    for (uint32_t i = 0; i < target->selector.count && i < 3; i++) {
        const struct selector_requirement *item = &target->selector.items[i];
        const char *value = item->value_count > 0 ? item->values[0] : "";
        const char *operator_ = item->operator_ == SELECTOR_IN       ? "="
                                : item->operator_ == SELECTOR_NOT_IN ? "!="
                                                                     : "";

        text = arena_printf(arena, "%s%s%s%s%s%s", text, i == 0 ? "" : ",",
                            item->operator_ == SELECTOR_ABSENT ? "!" : "", item->key, operator_,
                            value);
    }
    return arena_printf(arena, "%s %s", mode, text);
}

static void set_label(struct entry_reader *reader, const char *verb, const char *what)
{
    reader->entry->label =
        load_text(reader->load, arena_printf(reader->load->scratch, "%s %s", verb, what));
}

static const char *target_text(const struct entry_reader *reader)
{
    const struct target_spec *target = &reader->entry->target;

    return target->name == NULL
               ? ""
               : arena_printf(reader->load->scratch, "%s/%s", target->kind, target->name);
}

/* --- verbs --- */

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
    refuse(reader, key,
           arena_printf(reader->load->scratch, "%s has no container \"%.63s\"; it has %s",
                        target_text(reader), reader->entry->container, names));
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
        refuse(
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

static void read_set(struct entry_reader *reader)
{
    reader->entry->verb = VERB_SET_IMAGE;
    if (require(reader, "target", "KIND/NAME such as deployment/kubia"))
        read_target(reader, "target", "deployment");
    read_image(reader);
    set_label(reader, "set image", target_text(reader));
}

static void read_scale(struct entry_reader *reader)
{
    reader->entry->verb = VERB_SCALE;
    if (require(reader, "target", "KIND/NAME such as deployment/kubia"))
        read_target(reader, "target", "deployment replicaset replicationcontroller");
    reader->entry->count = (uint32_t)load_get_int(reader->map, "replicas");
    set_label(
        reader, "scale",
        arena_printf(reader->load->scratch, "%s to %u", target_text(reader), reader->entry->count));
}

/* {restart: deployment/kubia}, {target: deployment/kubia, action: restart} or {target: ..., restart: true}. */
static void read_rollout(struct entry_reader *reader)
{
    const struct item *restart = yaml_tree_get(reader->map, "restart");
    const struct item *action = yaml_tree_get(reader->map, "action");
    const bool is_flag =
        restart != NULL && restart->kind == ITEM_BOOL && strchr("tT", restart->text[0]) != NULL;
    const char *key = restart != NULL && restart->kind == ITEM_STRING ? "restart" : "target";

    reader->entry->verb = VERB_ROLLOUT_RESTART;
    if (restart != NULL && restart->kind != ITEM_STRING && !is_flag) {
        refuse(reader, "restart",
               arena_printf(reader->load->scratch,
                            "got %s; expected KIND/NAME such as deployment/kubia",
                            check_describe(reader->load->scratch, restart)));
    } else if (restart == NULL && action == NULL) {
        if (!reader->has_refused)
            diagnostics_error(&reader->load->diagnostics, yaml_tree_place(reader->map),
                              &reader->path, "what? expected restart: KIND/NAME");
    } else if (strcmp(key, "restart") == 0 && yaml_tree_get(reader->map, "target") != NULL) {
        refuse(reader, "target", "restart names an object already; expected one of them");
    } else if (require(reader, key, "KIND/NAME such as deployment/kubia")) {
        read_target(reader, key, "deployment");
    }
    set_label(reader, "restart", target_text(reader));
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
        refuse(reader, key,
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

static void read_spawn(struct entry_reader *reader)
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
        set_label(reader, "spawn", arena_printf(load->scratch, "%u", reader->entry->count));
        return;
    }
    reader->entry->target.kind = "deployment";
    reader->entry->target.name = load_text(load, deployment->text);
    if (load_find_object(load, "Deployment", ns, deployment->text) == NULL)
        refuse(reader, "deployment",
               arena_printf(load->scratch, "no Deployment %.80s in namespace %s%s",
                            deployment->text, ns,
                            load_suggest_object(load, "Deployment", ns, deployment->text)));
    set_label(reader, "spawn",
              arena_printf(load->scratch, "%u of %s", reader->entry->count, target_text(reader)));
}

static void read_kill(struct entry_reader *reader)
{
    reader->entry->verb = VERB_KILL;
    read_pods(reader);
    reader->entry->has_grace = yaml_tree_get(reader->map, "grace") != NULL;
    reader->entry->grace_ns = load_get_span(reader->map, "grace");
    reader->entry->is_forced = load_get_bool(reader->map, "force");
    if (reader->entry->is_forced && reader->entry->grace_ns > 0)
        refuse(reader, "grace", "does not go with force, which gives no grace");
    set_label(reader, "kill", pods_text(reader));
}

static void read_label(struct entry_reader *reader)
{
    struct load *load = reader->load;
    const struct path set_path = key_path(&reader->path, "set");
    const struct path remove_path = key_path(&reader->path, "remove");
    const struct item *set = yaml_tree_get(reader->map, "set");
    const struct item *list = yaml_tree_get(reader->map, "remove");
    const uint32_t list_count = list != NULL ? list->count : 0;
    const char **removed = ARENA_NEW_ARRAY(load->arena, list_count, const char *);

    reader->entry->verb = VERB_LABEL;
    read_pods(reader);
    reader->entry->set_labels = load_labels(load, set, &set_path);
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
    set_label(reader, "label", pods_text(reader));
}

/* --- entries --- */

static void read_verb(struct entry_reader *reader, const char *verb)
{
    static const struct {
        const char *name;
        void (*read)(struct entry_reader *reader);
    } verbs[] = {{"set", read_set},     {"scale", read_scale}, {"rollout", read_rollout},
                 {"spawn", read_spawn}, {"kill", read_kill},   {"label", read_label}};

    for (size_t i = 0; i < EP_COUNT_OF(verbs); i++) {
        if (strcmp(verb, verbs[i].name) == 0)
            verbs[i].read(reader);
    }
}

/* The file's own name and the line, without folders: it goes into results. */
static const char *place_text(struct load *load, const struct item *map)
{
    const char *path = load->sources.items[map->source].path;
    const char *slash = strrchr(path, '/');

    return load_text(
        load, arena_printf(load->scratch, "%s:%u", slash != NULL ? slash + 1 : path, map->line));
}

static void read_entry(struct load *load, const struct item *map, const struct path *path,
                       struct timeline_entry *entry)
{
    struct entry_reader reader = {.load = load, .entry = entry};
    const char *verb;

    entry->name = load_get_text(load, map, "name");
    entry->place = place_text(load, map);
    load_clock(load, map, path, entry);
    verb = load_only_key(load, map, path, VERBS, "verb");
    if (verb[0] == '\0')
        return;
    reader.map = yaml_tree_get(map, verb);
    reader.has_refused = load_has_refused(yaml_tree_get(load->raw_entry, verb), reader.map);
    reader.path = key_path(path, verb);
    entry->target.ns = own_namespace(&reader);
    read_verb(&reader, verb);
}

void load_timeline(struct load *load, const struct item *list, const struct path *path)
{
    const struct item *raw = yaml_tree_get(yaml_tree_get(load->raw_scenario, "spec"), "timeline");
    struct timeline_entry *entries =
        ARENA_NEW_ARRAY(load->arena, list->count, struct timeline_entry);

    for (uint32_t i = 0; i < list->count; i++) {
        const struct item *map = list->entries[i].value;
        const struct item *name = yaml_tree_get(map, "name");
        const struct path way = {
            .parent = path, .index = i, .name = name != NULL ? name->text : NULL};

        entries[i].after = ID_NONE;
        load->raw_entry = raw->kind == ITEM_LIST && i < raw->count ? raw->entries[i].value : NULL;
        if (map->kind == ITEM_MAP)
            read_entry(load, map, &way, &entries[i]);
    }
    load_link_entries(load, list, path, entries);
    load->spec->timeline = entries;
    load->spec->timeline_count = list->count;
}
