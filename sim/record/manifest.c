/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "record/manifest.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/json_out.h"
#include "base/sha256.h"

#define PATH_BYTES 1024
#define HEAD_BYTES 512

/* Paths of files, relative to the result folder. */
struct file_list {
    struct arena arena;
    const char **paths;
    uint32_t count;
    uint32_t capacity;
};

static bool ends_with(const char *text, const char *end)
{
    const size_t text_length = strlen(text);
    const size_t end_length = strlen(end);

    return text_length >= end_length && strcmp(text + text_length - end_length, end) == 0;
}

static bool is_hashed(const char *path)
{
    return strcmp(path, "manifest.json") != 0 && strcmp(path, "timing.json") != 0 &&
           !ends_with(path, ".svg") && !ends_with(path, ".png");
}

static enum status list_files(struct file_list *list, const char *folder, const char *below,
                              struct error *err);

/* An entry of `below`: a file is noted, a folder is gone through. */
static enum status list_entry(struct file_list *list, const char *folder, const char *path,
                              struct error *err)
{
    const char *full = arena_printf(&list->arena, "%s/%s", folder, path);
    struct stat info;

    if (lstat(full, &info) != 0)
        return error_set(err, STATUS_IO, "%s: %s", full, strerror(errno));
    if (S_ISDIR(info.st_mode))
        return list_files(list, folder, path, err);
    if (S_ISREG(info.st_mode) && is_hashed(path)) {
        ARENA_GROW(&list->arena, list->paths, &list->capacity, list->count + 1);
        list->paths[list->count++] = path;
    }
    return STATUS_OK;
}

static enum status list_files(struct file_list *list, const char *folder, const char *below,
                              struct error *err)
{
    const char *full =
        below[0] == '\0' ? folder : arena_printf(&list->arena, "%s/%s", folder, below);
    enum status status = STATUS_OK;
    DIR *dir = opendir(full);

    if (dir == NULL)
        return error_set(err, STATUS_IO, "%s: %s", full, strerror(errno));
    for (const struct dirent *entry = readdir(dir); entry != NULL && status == STATUS_OK;
         entry = readdir(dir)) {
        const char *name = entry->d_name;

        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
            status = list_entry(list, folder,
                                below[0] == '\0' ? arena_strdup(&list->arena, name)
                                                 : arena_printf(&list->arena, "%s/%s", below, name),
                                err);
    }
    closedir(dir);
    return status;
}

static int compare_paths(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static enum status put_files(struct json_out *json, const char *folder, struct error *err)
{
    struct file_list list = {.count = 0};
    enum status status;

    arena_init(&list.arena);
    status = list_files(&list, folder, "", err);
    if (list.count > 1)
        qsort(list.paths, list.count, sizeof(list.paths[0]), compare_paths);
    json_out_begin_object(json, "files");
    for (uint32_t i = 0; i < list.count && status == STATUS_OK; i++) {
        char hex[SHA256_HEX_SIZE];

        status = sha256_file(arena_printf(&list.arena, "%s/%s", folder, list.paths[i]), hex, err);
        if (status == STATUS_OK)
            json_out_string(json, list.paths[i], hex);
    }
    json_out_end_object(json);
    arena_deinit(&list.arena);
    return status;
}

static void put_inputs(struct json_out *json, const struct scenario *scenario)
{
    json_out_begin_array(json, "inputs");
    for (uint32_t i = 0; i < scenario->input_count; i++) {
        json_out_begin_object(json, NULL);
        json_out_string(json, "path", scenario->inputs[i].path);
        json_out_string(json, "sha256", scenario->inputs[i].sha256);
        json_out_end_object(json);
    }
    json_out_end_array(json);
}

static enum status open_in(struct out *out, const char *folder, const char *name, struct error *err)
{
    char path[PATH_BYTES];
    const int length = snprintf(path, sizeof(path), "%s/%s", folder, name);

    *out = (struct out){.fd = -1};
    if (length < 0 || (size_t)length >= sizeof(path))
        return error_set(err, STATUS_IO, "%s/%s: the path is too long", folder, name);
    return out_open(out, path, err);
}

/* What comes before the files. manifest_is_in looks for the first two members. */
static void put_head(struct json_out *json, const struct manifest *manifest)
{
    const struct summary *summary = manifest->summary;
    char hex[17];

    json_out_u64(json, "schemaVersion", MANIFEST_SCHEMA_VERSION);
    json_out_string(json, "program", "epsim");
    json_out_string(json, "version", manifest->version);
    json_out_string(json, "scenario", summary->spec->name);
    json_out_u64(json, "seed", summary->spec->seed);
    snprintf(hex, sizeof(hex), "%08x", (unsigned)manifest->digest);
    json_out_string(json, "digest", hex);
    snprintf(hex, sizeof(hex), "%016llx", (unsigned long long)summary->fingerprint);
    json_out_string(json, "fingerprint", hex);
    json_out_u64(json, "replications", summary->replication_count);
    json_out_bool(json, "partial", summary->is_partial);
}

enum status manifest_write(const struct manifest *manifest, const char *folder, struct error *err)
{
    struct json_out json;
    struct out out;
    enum status status = open_in(&out, folder, "manifest.json", err);

    if (status != STATUS_OK)
        return status;
    json_out_init(&json, &out, false);
    json_out_begin_object(&json, NULL);
    put_head(&json, manifest);
    put_inputs(&json, manifest->scenario);
    status = put_files(&json, folder, err);
    json_out_end_object(&json);
    if (status == STATUS_OK)
        return out_close(&out, err);
    out_discard(&out);
    return status;
}

enum status manifest_write_timing(const struct manifest_timing *timing, const char *folder,
                                  struct error *err)
{
    struct json_out json;
    struct out out;
    const enum status status = open_in(&out, folder, "timing.json", err);

    if (status != STATUS_OK)
        return status;
    json_out_init(&json, &out, false);
    json_out_begin_object(&json, NULL);
    json_out_number(&json, "wall_s", timing->wall_s);
    json_out_number(&json, "cpu_s", timing->cpu_s);
    json_out_u64(&json, "peak_memory_bytes", timing->peak_memory_bytes);
    json_out_u64(&json, "events", timing->event_count);
    if (timing->wall_s > 0)
        json_out_number(&json, "events_per_s", (double)timing->event_count / timing->wall_s);
    else
        json_out_null(&json, "events_per_s");
    json_out_end_object(&json);
    return out_close(&out, err);
}

bool manifest_is_in(const char *folder)
{
    char path[PATH_BYTES];
    char head[HEAD_BYTES];
    char wanted[HEAD_BYTES];
    const int length = snprintf(path, sizeof(path), "%s/manifest.json", folder);
    FILE *file = length > 0 && (size_t)length < sizeof(path) ? fopen(path, "re") : NULL;

    if (file == NULL)
        return false;

    const size_t size = fread(head, 1, sizeof(head) - 1, file);

    fclose(file);
    head[size] = '\0';
    snprintf(wanted, sizeof(wanted), "{\n  \"schemaVersion\": %d,\n  \"program\": \"epsim\",",
             MANIFEST_SCHEMA_VERSION);
    return strncmp(head, wanted, strlen(wanted)) == 0;
}
