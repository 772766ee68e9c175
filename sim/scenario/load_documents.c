/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files to documents to one Scenario and many objects.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "scenario/load.h"

#define FILES_MAX 10000u

/* The text of a scalar below `map`, or NULL. */
static const char *text_of(const struct item *map, const char *key)
{
    const struct item *value = yaml_tree_get(map, key);

    return value != NULL && value->kind == ITEM_STRING ? value->text : NULL;
}

static const char *lower_case(struct arena *arena, const char *text)
{
    char *copy = arena_strdup(arena, text);

    for (char *c = copy; *c != '\0'; c++)
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
    return copy;
}

static bool has_suffix(const char *text, const char *suffix)
{
    const size_t length = strlen(text);
    const size_t suffix_length = strlen(suffix);

    return length > suffix_length && strcmp(text + length - suffix_length, suffix) == 0;
}

static void add_object(struct load *load, const struct item *tree)
{
    const struct item *metadata = yaml_tree_get(tree, "metadata");
    const char *kind = text_of(tree, "kind");
    const char *name = metadata != NULL ? text_of(metadata, "name") : NULL;
    const char *ns = metadata != NULL ? text_of(metadata, "namespace") : NULL;
    struct object object = {.tree = tree, .kind = kind, .name = name != NULL ? name : ""};

    object.ns = strcmp(kind, "Node") == 0 || strcmp(kind, "Namespace") == 0 ? ""
                : ns != NULL                                                ? ns
                                                                            : "default";
    object.root = (struct path){.is_object = true};
    object.root.key =
        name != NULL ? arena_printf(load->scratch, "%s/%s", lower_case(load->scratch, kind), name)
                     : lower_case(load->scratch, kind);
    if (name != NULL) {
        const char *full_name = arena_printf(load->scratch, "%s/%s/%s", kind, object.ns, name);
        const uint32_t before = name_map_get(&load->object_names, full_name);

        if (before != ID_NONE) {
            const struct place first = yaml_tree_place(load->objects[before].tree);

            diagnostics_error(&load->diagnostics, yaml_tree_place(tree), &object.root,
                              "exists already%s%s; the first is at %s",
                              object.ns[0] != '\0' ? " in namespace " : "", object.ns,
                              diagnostics_place_text(&load->diagnostics, first));
            return;
        }
        name_map_put(&load->object_names, full_name, load->object_count);
    }
    ARENA_GROW(load->scratch, load->objects, &load->object_capacity, load->object_count + 1);
    load->objects[load->object_count++] = object;
}

static void add_scenario(struct load *load, const struct item *tree, bool is_main)
{
    if (!is_main) {
        diagnostics_error(
            &load->diagnostics, yaml_tree_place(tree), NULL,
            "a Scenario among the manifests; expected it in the file that is run, and only there");
        return;
    }
    if (load->is_scenario_given) {
        diagnostics_error(
            &load->diagnostics, yaml_tree_place(tree), NULL,
            "a second Scenario; the first is at %s",
            diagnostics_place_text(&load->diagnostics, yaml_tree_place(load->scenario)));
        return;
    }
    load->is_scenario_given = true;
    load->scenario = tree;
}

static bool is_scenario(const struct item *tree)
{
    const char *kind = text_of(tree, "kind");
    const char *api_version = text_of(tree, "apiVersion");

    return (kind != NULL && strcmp(kind, "Scenario") == 0) ||
           (api_version != NULL && strncmp(api_version, "epsim/", 6) == 0);
}

static void add_document(struct load *load, const struct item *tree, bool is_main)
{
    const struct path kind_path = {.key = "kind"};
    const char *kind;

    if (tree->kind != ITEM_MAP) {
        diagnostics_error(&load->diagnostics, yaml_tree_place(tree), NULL,
                          "got %s; expected a document with apiVersion and kind",
                          check_describe(load->scratch, tree));
        return;
    }
    if (is_scenario(tree)) {
        add_scenario(load, tree, is_main);
        return;
    }
    kind = text_of(tree, "kind");
    if (kind == NULL || kind[0] == '\0') {
        diagnostics_error(&load->diagnostics, yaml_tree_place(tree), &kind_path,
                          "missing; expected Scenario, or a manifest's kind such as Deployment");
        return;
    }

    const struct item *items = yaml_tree_get(tree, "items");

    if (!has_suffix(kind, "List") && strcmp(kind, "List") != 0) {
        add_object(load, tree);
    } else if (items != NULL && items->kind == ITEM_LIST) {
        for (uint32_t i = 0; i < items->count; i++)
            add_document(load, items->entries[i].value, is_main);
    } else if (items != NULL && items->kind != ITEM_NULL) {
        const struct path items_path = {.key = "items"};

        check_refuse(&load->checker, items, &items_path, "a list of manifests");
    }
}

static void add_source(struct load *load, uint32_t source, bool is_main)
{
    struct yaml_documents documents = {0};

    if (!yaml_tree_parse(load->scratch, &load->diagnostics, source, &documents))
        load->is_incomplete = true;
    for (uint32_t i = 0; i < documents.count; i++)
        add_document(load, documents.items[i], is_main);
}

enum status load_main_file(struct load *load, struct error *err)
{
    uint32_t source = 0;

    if (source_read(&load->sources, load->path, &source, err) != STATUS_OK) {
        err->status = STATUS_INVALID;
        return STATUS_INVALID;
    }
    add_source(load, source, true);
    return STATUS_OK;
}

/* --- spec.manifests --- */

static void add_file(struct load *load, const char *path, struct place place,
                     const struct path *way)
{
    struct error err = {0};
    uint32_t source = 0;

    if (load->sources.count >= FILES_MAX) {
        diagnostics_error(&load->diagnostics, place, way, "more than 10000 files");
        load->is_incomplete = true;
        return;
    }
    if (source_read(&load->sources, path, &source, &err) != STATUS_OK) {
        diagnostics_error(&load->diagnostics, place, way, "%s", err.text);
        load->is_incomplete = true;
        return;
    }
    add_source(load, source, false);
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static bool is_manifest_name(const char *name)
{
    return name[0] != '.' &&
           (has_suffix(name, ".yaml") || has_suffix(name, ".yml") || has_suffix(name, ".json"));
}

/* The manifests of a folder by name, not those of folders below. */
static void add_folder(struct load *load, const char *path, struct place place,
                       const struct path *way)
{
    DIR *folder = opendir(path);
    const char **names = NULL;
    uint32_t count = 0;
    uint32_t capacity = 0;

    if (folder == NULL) {
        diagnostics_error(&load->diagnostics, place, way, "%s: %s", path, strerror(errno));
        return;
    }
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (!is_manifest_name(entry->d_name))
            continue;
        ARENA_GROW(load->scratch, names, &capacity, count + 1);
        names[count++] = arena_strdup(load->scratch, entry->d_name);
    }
    (void)closedir(folder);
    if (count == 0) {
        diagnostics_error(&load->diagnostics, place, way,
                          "%s: a folder without .yaml, .yml or .json files", path);
        return;
    }
    qsort(names, count, sizeof *names, compare_names);
    for (uint32_t i = 0; i < count; i++)
        add_file(load, arena_printf(load->scratch, "%s/%s", path, names[i]), place, way);
}

/* `name` relative to the folder of the main file. */
static const char *resolve_path(struct load *load, const char *name)
{
    const char *slash = strrchr(load->path, '/');

    if (name[0] == '/' || strcmp(name, "-") == 0 || slash == NULL || strcmp(load->path, "-") == 0)
        return name;
    return arena_printf(load->scratch, "%.*s/%s", (int)(slash - load->path), load->path, name);
}

/* --- what the timeline applies --- */

/* Reading adds to load's objects: these are put aside meanwhile. */
static struct object_list begin_list(struct load *load)
{
    const struct object_list kept = {load->objects, load->object_count};

    load->objects = NULL;
    load->object_count = load->object_capacity = 0;
    load->kept_names = load->object_names;
    name_map_init(&load->object_names, load->scratch);
    return kept;
}

static struct object_list end_list(struct load *load, struct object_list kept)
{
    const struct object_list list = {load->objects, load->object_count};

    load->objects = kept.items;
    load->object_count = load->object_capacity = kept.count;
    load->object_names = load->kept_names;
    return list;
}

struct object_list load_objects_of(struct load *load, const struct item *tree)
{
    const struct object_list kept = begin_list(load);

    if (tree->kind != ITEM_LIST)
        add_document(load, tree, false);
    for (uint32_t i = 0; tree->kind == ITEM_LIST && i < tree->count; i++)
        add_document(load, tree->entries[i].value, false);
    return end_list(load, kept);
}

struct object_list load_objects_of_file(struct load *load, const struct item *name,
                                        const struct path *way)
{
    const char *path = resolve_path(load, name->text);
    const struct object_list kept = begin_list(load);
    struct stat info;

    if (strcmp(path, "-") == 0)
        check_refuse(&load->checker, name, way, "a file, a manifest or a list of manifests");
    else if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        add_folder(load, path, yaml_tree_place(name), way);
    else
        add_file(load, path, yaml_tree_place(name), way);
    return end_list(load, kept);
}

void load_manifest_files(struct load *load)
{
    const struct path spec_path = {.key = "spec"};
    const struct path list_path = {.parent = &spec_path, .key = "manifests"};
    const struct item *list = yaml_tree_get(yaml_tree_get(load->scenario, "spec"), "manifests");
    bool has_standard_input = strcmp(load->path, "-") == 0;

    if (list == NULL || list->kind != ITEM_LIST)
        return;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct item *item = list->entries[i].value;
        const struct path way = {.parent = &list_path, .index = i};
        struct stat info;

        if (item->kind != ITEM_STRING)
            continue; /* reported with the rest of the Scenario */

        const char *path = resolve_path(load, item->text);
        const bool is_standard_input = strcmp(path, "-") == 0;

        if (is_standard_input && has_standard_input) {
            diagnostics_error(&load->diagnostics, yaml_tree_place(item), &way,
                              "standard input can be read only once");
            continue;
        }
        has_standard_input = has_standard_input || is_standard_input;
        if (!is_standard_input && stat(path, &info) == 0 && S_ISDIR(info.st_mode))
            add_folder(load, path, yaml_tree_place(item), &way);
        else
            add_file(load, path, yaml_tree_place(item), &way);
    }
}
