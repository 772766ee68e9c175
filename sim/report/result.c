/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/result.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/sha256.h"
#include "base/version.h"
#include "record/manifest.h"
#include "report/file_read.h"

#define PATH_BYTES_MAX 1200u
#define DAMAGES_SHOWN_MAX 4u
#define DAMAGE_BYTES 200

/* Files that every result has: a manifest that does not list them was edited. */
static const char *const needed_files[] = {
    "changes.csv",  "propagation.csv", "requests.csv",   "scenario.resolved.yaml",
    "summary.json", "summary.txt",     "timeseries.csv", "traffic.csv",
};

/* ---- is it a result at all? ---- */

static bool exists(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0;
}

static bool ends_with(const char *text, const char *end)
{
    const size_t text_length = strlen(text);
    const size_t end_length = strlen(end);

    return text_length >= end_length && strcmp(text + text_length - end_length, end) == 0;
}

static enum status refuse_file(const char *path, struct error *err)
{
    if (ends_with(path, ".yaml") || ends_with(path, ".yml") || ends_with(path, ".json"))
        return error_set(err, STATUS_INVALID,
                         "%s: a file, not the folder of a result; if it is a scenario, \"epsim run "
                         "%s\" makes one and says where",
                         path, path);
    return error_set(err, STATUS_INVALID, "%s: a file, not the folder of a result", path);
}

static enum status check_folder(struct result *result, struct error *err)
{
    const char *folder = result->folder;
    struct stat info;

    if (stat(folder, &info) != 0)
        return error_set(err, STATUS_INVALID, "%s: %s", folder,
                         errno == ENOENT ? "there is no such folder" : strerror(errno));
    if (!S_ISDIR(info.st_mode))
        return refuse_file(folder, err);
    if (exists(result_path(result, "manifest.json")))
        return STATUS_OK;
    if (exists(result_path(result, "latest/manifest.json")))
        return error_set(err, STATUS_INVALID,
                         "%s: not a result but a folder of results; did you mean %s/latest?",
                         folder, folder);
    return error_set(err, STATUS_INVALID,
                     "%s: not a result of epsim: it has no manifest.json; \"epsim run FILE\" makes "
                     "results and says where",
                     folder);
}

/* ---- manifest.json ---- */

static enum status damaged_manifest(struct result *result, const char *what, struct error *err)
{
    return error_set(err, STATUS_INVALID,
                     "%s: damaged: %s; copy the folder anew, or run the scenario again",
                     result_path(result, "manifest.json"), what);
}

/* A member that is a string; "" if it is none. */
static const char *text_member(struct result *result, const json_t *manifest, const char *key)
{
    const char *text = json_string_value(json_object_get(manifest, key));

    return text == NULL ? "" : arena_strdup(&result->arena, text);
}

static enum status check_schema(struct result *result, const json_t *manifest, struct error *err)
{
    const json_t *schema = json_object_get(manifest, "schemaVersion");
    const char *path = result_path(result, "manifest.json");

    if (strcmp(text_member(result, manifest, "program"), "epsim") != 0 || !json_is_number(schema))
        return error_set(err, STATUS_INVALID,
                         "%s: not a result of epsim: no schemaVersion or another program", path);
    result->version = text_member(result, manifest, "version");
    if (json_number_value(schema) > MANIFEST_SCHEMA_VERSION)
        return error_set(err, STATUS_INVALID,
                         "%s: schemaVersion %.0f, made by epsim %s; this is epsim %s, which reads "
                         "up to %d: use the newer program",
                         path, json_number_value(schema), result->version, version_text(),
                         MANIFEST_SCHEMA_VERSION);
    if (json_number_value(schema) < 1)
        return damaged_manifest(result, "schemaVersion must be at least 1", err);
    return STATUS_OK;
}

static enum status take_files(struct result *result, json_t *files, struct error *err)
{
    const char *name;
    json_t *hash;

    if (!json_is_object(files))
        return damaged_manifest(result, "it lists no files", err);
    json_object_foreach(files, name, hash)
    {
        if (name[0] == '/' || name[0] == '\0' || strstr(name, "..") != NULL ||
            !json_is_string(hash))
            return damaged_manifest(
                result, "\"files\" must hold names in this folder, each with its sha256", err);
        ARENA_GROW(&result->arena, result->files, &result->file_capacity, result->file_count + 1);
        result->files[result->file_count++] = arena_strdup(&result->arena, name);
    }
    for (uint32_t i = 0; i < EP_COUNT_OF(needed_files); i++) {
        if (!result_has(result, needed_files[i]))
            return damaged_manifest(
                result, arena_printf(&result->arena, "it does not list %s", needed_files[i]), err);
    }
    return STATUS_OK;
}

static enum status read_manifest(struct result *result, json_t **manifest, struct error *err)
{
    const char *path = result_path(result, "manifest.json");
    json_error_t where;
    const char *text;

    if (file_read_text(&result->arena, path, &text, err) != STATUS_OK)
        return STATUS_INVALID;
    *manifest = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &where);
    if (*manifest == NULL)
        return damaged_manifest(result,
                                arena_printf(&result->arena, "no JSON from line %d, column %d on",
                                             where.line, where.column),
                                err);
    const enum status status = check_schema(result, *manifest, err);

    if (status != STATUS_OK)
        return status;
    result->scenario = text_member(result, *manifest, "scenario");
    result->digest = text_member(result, *manifest, "digest");
    result->fingerprint = text_member(result, *manifest, "fingerprint");
    result->seed = file_read_u64(text, "seed");
    result->replication_count = file_read_u64(text, "replications");
    result->is_partial = json_is_true(json_object_get(*manifest, "partial"));
    return take_files(result, json_object_get(*manifest, "files"), err);
}

/* ---- the files ---- */

bool result_is_derived(const char *name)
{
    return strncmp(name, "plots/", strlen("plots/")) == 0 || strcmp(name, "report.html") == 0;
}

/* Every text file of a result ends with a newline: one that does not was cut. */
static bool is_cut(const char *path)
{
    FILE *file = fopen(path, "re");
    bool has_newline = false;

    if (file == NULL)
        return false;
    if (fseek(file, -1, SEEK_END) == 0)
        has_newline = fgetc(file) == '\n';
    fclose(file);
    return !has_newline;
}

/* What is wrong with a file, into `damage`; "" if nothing. */
static void examine_file(struct result *result, const char *name, const char *wanted,
                         char damage[DAMAGE_BYTES])
{
    const char *path = result_path(result, name);
    char hex[SHA256_HEX_SIZE];
    struct error err = {.status = STATUS_OK};

    damage[0] = '\0';
    if (!exists(path)) {
        snprintf(damage, DAMAGE_BYTES, "is missing");
    } else if (sha256_file(path, hex, &err) != STATUS_OK) {
        snprintf(damage, DAMAGE_BYTES, "cannot be read");
    } else if (strcmp(hex, wanted) != 0) {
        if (is_cut(path))
            snprintf(damage, DAMAGE_BYTES, "is cut off: it ends within a line");
        else
            snprintf(damage, DAMAGE_BYTES,
                     "is not what the run wrote (sha256 %.8s..., in manifest.json %.8s...)", hex,
                     wanted);
    }
}

/* All files are looked at, so that one message tells all damage. */
static enum status check_files(struct result *result, const json_t *files, struct error *err)
{
    const char *list = "";
    uint32_t count = 0;
    bool is_scenario_whole = true;

    for (uint32_t i = 0; i < result->file_count; i++) {
        const char *name = result->files[i];
        char damage[DAMAGE_BYTES];

        if (result_is_derived(name))
            continue;
        examine_file(result, name, json_string_value(json_object_get(files, name)), damage);
        if (damage[0] == '\0')
            continue;
        if (strcmp(name, "scenario.resolved.yaml") == 0)
            is_scenario_whole = false;
        if (count++ < DAMAGES_SHOWN_MAX)
            list =
                arena_printf(&result->arena, "%s\n%s/%s: %s", list, result->folder, name, damage);
    }
    if (count == 0)
        return STATUS_OK;
    if (count > DAMAGES_SHOWN_MAX)
        list =
            arena_printf(&result->arena, "%s\nand %u more files", list, count - DAMAGES_SHOWN_MAX);
    if (!is_scenario_whole)
        return error_set(err, STATUS_INVALID,
                         "%s: a damaged result%s\ncopy the folder anew, or run the scenario again",
                         result->folder, list);
    return error_set(err, STATUS_INVALID,
                     "%s: a damaged result%s\ncopy the folder anew, or make it again: epsim run "
                     "%s/scenario.resolved.yaml -o NEW%s",
                     result->folder, list, result->folder,
                     result->replication_count > 1
                         ? arena_printf(&result->arena, " -N %llu",
                                        (unsigned long long)result->replication_count)
                         : "");
}

/* Where the run ended, as the summary has it. */
static enum status read_end(struct result *result, struct error *err)
{
    const char *path = result_path(result, "summary.json");
    json_error_t where;
    json_t *summary;
    const char *text;

    if (file_read_text(&result->arena, path, &text, err) != STATUS_OK)
        return STATUS_INVALID;
    summary = json_loads(text, JSON_DECODE_INT_AS_REAL, &where);
    if (summary == NULL)
        return error_set(err, STATUS_INVALID, "%s:%d:%d: %s", path, where.line, where.column,
                         where.text);
    result->until_s = json_number_value(json_object_get(summary, "until_s"));
    json_decref(summary);
    return STATUS_OK;
}

enum status result_open(struct result *result, const char *folder, struct error *err)
{
    json_t *manifest = NULL;
    size_t length = strlen(folder);
    char *name;
    enum status status;

    *result = (struct result){.scenario = "", .version = "", .digest = "", .fingerprint = ""};
    arena_init(&result->arena);
    if (length > PATH_BYTES_MAX)
        return error_set(err, STATUS_INVALID, "%.80s...: the path is too long", folder);
    while (length > 1 && folder[length - 1] == '/')
        length--;
    name = ARENA_NEW_ARRAY(&result->arena, length + 1, char);
    memcpy(name, folder, length);
    result->folder = name;
    result->said_folder = name;
    status = check_folder(result, err);
    if (status == STATUS_OK)
        status = read_manifest(result, &manifest, err);
    if (status == STATUS_OK)
        status = check_files(result, json_object_get(manifest, "files"), err);
    json_decref(manifest);
    if (status == STATUS_OK)
        status = read_end(result, err);
    return status;
}

void result_open_unfinished(struct result *result, const char *folder, const char *scenario,
                            uint64_t replication_count)
{
    static const char *const files[] = {"changes.csv", "propagation.csv", "requests.csv",
                                        "summary.json", "events.jsonl"};

    *result = (struct result){.replication_count = replication_count};
    arena_init(&result->arena);
    result->folder = arena_strdup(&result->arena, folder);
    result->said_folder = "DIR"; /* a result holds no path of its own */
    result->scenario = arena_strdup(&result->arena, scenario);
    for (size_t i = 0; i < EP_COUNT_OF(files); i++) {
        if (!exists(result_path(result, files[i])))
            continue;
        ARENA_GROW(&result->arena, result->files, &result->file_capacity, result->file_count + 1);
        result->files[result->file_count++] = files[i];
    }
}

void result_close(struct result *result)
{
    arena_deinit(&result->arena);
}

bool result_has(const struct result *result, const char *name)
{
    for (uint32_t i = 0; i < result->file_count; i++) {
        if (strcmp(result->files[i], name) == 0)
            return true;
    }
    return false;
}

const char *result_path(struct result *result, const char *name)
{
    return arena_printf(&result->arena, "%s/%s", result->folder, name);
}
