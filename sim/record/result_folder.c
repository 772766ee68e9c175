/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _XOPEN_SOURCE 700 /* realpath */

#include "record/result_folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/manifest.h"

#define ENTRY_PATH_BYTES 2048
#define SAFE_NAME_MAX 100
#define WORK_PREFIX ".epsim.part-"

/* Puts `first` + `second` + `third` into a path of the struct. */
static enum status join(char path[RESULT_FOLDER_PATH_MAX], const char *const parts[3],
                        struct error *err)
{
    const int length =
        snprintf(path, RESULT_FOLDER_PATH_MAX, "%s%s%s", parts[0], parts[1], parts[2]);

    if (length < 0 || (uint32_t)length >= RESULT_FOLDER_PATH_MAX)
        return error_set(err, STATUS_IO, "%.80s...: the path is too long", parts[0]);
    return STATUS_OK;
}

void result_folder_safe_name(const char *name, char safe[SAFE_NAME_MAX + 1])
{
    size_t length = 0;

    for (; name[length] != '\0' && length < SAFE_NAME_MAX; length++) {
        const char c = name[length];
        const bool is_safe = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                             (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';

        safe[length] = is_safe ? c : '_';
    }
    safe[length] = '\0';
    if (safe[0] == '.' || safe[0] == '-') /* neither hidden, nor above, nor like an option */
        safe[0] = '_';
    if (length == 0)
        memcpy(safe, "scenario", sizeof("scenario"));
}

/* Not the folder itself nor its parent. */
static bool is_real_entry(const char *name)
{
    return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static void remove_tree(const char *path);

/* Removes what is in a folder but `spared` (NULL: nothing), as far as that works: there is nobody to tell. */
static void remove_entries(const char *path, const char *spared)
{
    DIR *dir = opendir(path);

    if (dir == NULL)
        return;
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        char below[ENTRY_PATH_BYTES];
        struct stat info;
        const int length = snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);

        if (!is_real_entry(entry->d_name) || (spared != NULL && strcmp(entry->d_name, spared) == 0))
            continue;
        if (length < 0 || (size_t)length >= sizeof(below) || lstat(below, &info) != 0)
            continue;
        if (S_ISDIR(info.st_mode))
            remove_tree(below);
        else
            unlink(below);
    }
    closedir(dir);
}

static void remove_tree(const char *path)
{
    remove_entries(path, NULL);
    rmdir(path);
}

static bool is_empty(const char *path)
{
    DIR *dir = opendir(path);
    uint32_t count = 0;

    if (dir == NULL)
        return false;
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
        count +=
            is_real_entry(entry->d_name) &&
            strncmp(entry->d_name, WORK_PREFIX, sizeof(WORK_PREFIX) - 1) != 0; /* left by a crash */
    closedir(dir);
    return count == 0;
}

/* Makes all folders on the way to `path`, without its last part. Notes the topmost one made. */
static enum status make_parents(struct result_folder *folder, struct error *err)
{
    char path[RESULT_FOLDER_PATH_MAX];

    memcpy(path, folder->final_path, sizeof(path));
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0777) == 0) {
            if (folder->made_path[0] == '\0')
                memcpy(folder->made_path, path, sizeof(path));
        } else if (errno != EEXIST) {
            return error_set(err, STATUS_IO, "%s: cannot make this folder: %s", path,
                             strerror(errno));
        }
        *slash = '/';
    }
    return STATUS_OK;
}

/* Where the last part of a path begins. */
static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

/* A sibling of the final path: "dir/.name.<word>-<pid>". */
static enum status name_sibling(const struct result_folder *folder, const char *word,
                                char path[RESULT_FOLDER_PATH_MAX], struct error *err)
{
    const char *name = last_part(folder->final_path);
    const int length =
        snprintf(path, RESULT_FOLDER_PATH_MAX, "%.*s.%s.%s-%ld", (int)(name - folder->final_path),
                 folder->final_path, name, word, (long)getpid());

    if (length < 0 || (uint32_t)length >= RESULT_FOLDER_PATH_MAX)
        return error_set(err, STATUS_IO, "%.80s...: the path is too long", folder->final_path);
    return STATUS_OK;
}

/* The folder cannot be renamed, or should not be since somebody stands in it. */
static bool must_stay(const char *path)
{
    char parent[RESULT_FOLDER_PATH_MAX + 4];
    char *here = getcwd(NULL, 0);
    const bool is_here = here == NULL || strcmp(here, path) == 0;
    struct stat own;
    struct stat above;

    free(here);
    snprintf(parent, sizeof(parent), "%s/..", path);
    if (is_here || stat(path, &own) != 0 || stat(parent, &above) != 0)
        return true;
    return own.st_dev != above.st_dev || own.st_ino == above.st_ino || access(parent, W_OK) != 0;
}

/* -o: what is there already must be empty or ours, and is named by its real path, so that it can be replaced. */
static enum status place_by_option(struct result_folder *folder, const char *out_path,
                                   struct error *err)
{
    struct stat info;
    enum status status;
    size_t length = strlen(out_path);
    char *real;

    if (length == 0)
        return error_set(err, STATUS_INVALID, "-o: the path of a folder was expected, got \"\"");
    if (stat(out_path, &info) != 0) {
        if (errno != ENOENT && errno != ENOTDIR)
            return error_set(err, STATUS_IO, "%s: %s", out_path, strerror(errno));
        status = join(folder->final_path, (const char *const[]){out_path, "", ""}, err);
        while (status == STATUS_OK && length > 1 && folder->final_path[length - 1] == '/')
            folder->final_path[--length] = '\0';
        return status;
    }
    if (!S_ISDIR(info.st_mode))
        return error_set(err, STATUS_INVALID, "%s: -o needs a folder, and this is a file",
                         out_path);
    if (!is_empty(out_path) && !manifest_is_in(out_path))
        return error_set(err, STATUS_INVALID,
                         "%s: is neither empty nor an earlier result; epsim does not overwrite it",
                         out_path);
    real = realpath(out_path, NULL);
    if (real == NULL)
        return error_set(err, STATUS_IO, "%s: %s", out_path, strerror(errno));
    status = join(folder->final_path, (const char *const[]){real, "", ""}, err);
    free(real);
    folder->is_in_place = status == STATUS_OK && must_stay(folder->final_path);
    return status;
}

static enum status place_by_digest(struct result_folder *folder, const struct result_place *place,
                                   struct error *err)
{
    char name[SAFE_NAME_MAX + 1];
    char parent[RESULT_FOLDER_PATH_MAX];
    char run[40];
    enum status status;

    result_folder_safe_name(place->scenario, name);
    snprintf(run, sizeof(run), "/%llu-%08x", (unsigned long long)place->seed,
             (unsigned)place->digest);
    status = join(parent, (const char *const[]){place->root, "/", name}, err);
    if (status == STATUS_OK)
        status = join(folder->final_path, (const char *const[]){parent, run, ""}, err);
    if (status == STATUS_OK)
        status = join(folder->latest_path, (const char *const[]){parent, "/latest", ""}, err);
    return status;
}

static enum status name_work(struct result_folder *folder, struct error *err)
{
    char name[40];

    if (!folder->is_in_place)
        return name_sibling(folder, "part", folder->work_path, err);
    snprintf(name, sizeof(name), "/" WORK_PREFIX "%ld", (long)getpid());
    return join(folder->work_path, (const char *const[]){folder->final_path, name, ""}, err);
}

enum status result_folder_open(struct result_folder *folder, const char *out_path,
                               const struct result_place *place, struct error *err)
{
    enum status status;

    *folder = (struct result_folder){.work_path = ""};
    status = out_path != NULL ? place_by_option(folder, out_path, err)
                              : place_by_digest(folder, place, err);
    if (status == STATUS_OK)
        status = make_parents(folder, err);
    if (status == STATUS_OK)
        status = name_work(folder, err);
    if (status == STATUS_OK) {
        remove_tree(folder->work_path); /* of a crashed process that had our number */
        if (mkdir(folder->work_path, 0777) == 0)
            return STATUS_OK;
        status = error_set(err, STATUS_IO, "%s: cannot make this folder: %s", folder->work_path,
                           strerror(errno));
    }
    folder->work_path[0] = '\0';
    result_folder_discard(folder);
    return status;
}

/* Points latest at the newest result: a new link beside it, renamed over the old one. What else is there stays. */
static enum status set_latest(const struct result_folder *folder, struct error *err)
{
    char link_path[RESULT_FOLDER_PATH_MAX + 16];
    struct stat info;

    if (folder->latest_path[0] == '\0')
        return STATUS_OK;
    if (lstat(folder->latest_path, &info) == 0 && !S_ISLNK(info.st_mode))
        return STATUS_OK;
    snprintf(link_path, sizeof(link_path), "%s-%ld", folder->latest_path, (long)getpid());
    unlink(link_path);
    if (symlink(last_part(folder->final_path), link_path) != 0 ||
        rename(link_path, folder->latest_path) != 0) {
        const int reason = errno;

        unlink(link_path);
        return error_set(err, STATUS_IO, "%s: %s", folder->latest_path, strerror(reason));
    }
    return STATUS_OK;
}

static enum status move_up(const struct result_folder *folder, const char *name, struct error *err)
{
    char from[ENTRY_PATH_BYTES];
    char to[ENTRY_PATH_BYTES];

    snprintf(from, sizeof(from), "%s/%s", folder->work_path, name);
    snprintf(to, sizeof(to), "%s/%s", folder->final_path, name);
    if (rename(from, to) != 0)
        return error_set(err, STATUS_IO, "%s: %s", to, strerror(errno));
    return STATUS_OK;
}

/* Replaces the folder's entries; manifest.json comes last, so that what a crash leaves does not pass for a result. */
static enum status fill_in_place(struct result_folder *folder, struct error *err)
{
    enum status status = STATUS_OK;
    DIR *dir = opendir(folder->work_path);

    if (dir == NULL)
        return error_set(err, STATUS_IO, "%s: %s", folder->work_path, strerror(errno));
    remove_entries(folder->final_path, last_part(folder->work_path));
    for (const struct dirent *entry = readdir(dir); entry != NULL && status == STATUS_OK;
         entry = readdir(dir))
        if (is_real_entry(entry->d_name) && strcmp(entry->d_name, "manifest.json") != 0)
            status = move_up(folder, entry->d_name, err);
    closedir(dir);
    if (status == STATUS_OK)
        status = move_up(folder, "manifest.json", err);
    if (status != STATUS_OK)
        return status;
    rmdir(folder->work_path);
    folder->work_path[0] = '\0';
    return STATUS_OK;
}

enum status result_folder_commit(struct result_folder *folder, struct error *err)
{
    if (folder->is_in_place)
        return fill_in_place(folder, err);

    char old_path[RESULT_FOLDER_PATH_MAX];
    enum status status = name_sibling(folder, "old", old_path, err);
    bool has_old;

    if (status != STATUS_OK)
        return status;
    /* an earlier result steps aside first: rename does not replace a folder that is not empty */
    has_old = rename(folder->final_path, old_path) == 0;
    if (!has_old && errno != ENOENT)
        return error_set(err, STATUS_IO, "%s: cannot be replaced: %s", folder->final_path,
                         strerror(errno));
    if (rename(folder->work_path, folder->final_path) != 0) {
        const int reason = errno;

        if (has_old && rename(old_path, folder->final_path) != 0)
            return error_set(err, STATUS_IO, "%s: %s; the earlier result is in %s",
                             folder->final_path, strerror(reason), old_path);
        return error_set(err, STATUS_IO, "%s: %s", folder->final_path, strerror(reason));
    }
    folder->work_path[0] = '\0';
    folder->made_path[0] = '\0';
    if (has_old)
        remove_tree(old_path);
    return set_latest(folder, err);
}

void result_folder_discard(struct result_folder *folder)
{
    if (folder->work_path[0] != '\0')
        remove_tree(folder->work_path);
    folder->work_path[0] = '\0';
    if (folder->made_path[0] == '\0')
        return;

    /* folders made on the way, deepest first; rmdir spares what somebody else has put there */
    char path[RESULT_FOLDER_PATH_MAX];

    memcpy(path, folder->final_path, sizeof(path));
    for (char *slash = strrchr(path, '/'); slash != NULL && slash > path;
         slash = strrchr(path, '/')) {
        *slash = '\0';
        if (strlen(path) < strlen(folder->made_path) || rmdir(path) != 0)
            break;
    }
    folder->made_path[0] = '\0';
}
