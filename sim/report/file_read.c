/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/file_read.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX (64u << 20)
#define READ_BYTES 65535u
#define KEY_BYTES 80

enum status file_read_text(struct arena *arena, const char *path, const char **text,
                           struct error *err)
{
    FILE *file = fopen(path, "re");
    char *buffer = NULL;
    uint32_t capacity = 0;
    uint32_t used = 0;
    bool has_failed;

    *text = "";
    if (file == NULL)
        return error_set(err, STATUS_IO, "%s: %s", path, strerror(errno));
    while (!feof(file) && !ferror(file) && used < FILE_BYTES_MAX) {
        ARENA_GROW(arena, buffer, &capacity, used + READ_BYTES + 1);
        used += (uint32_t)fread(buffer + used, 1, READ_BYTES, file);
        buffer[used] = '\0';
        *text = buffer;
    }
    has_failed = ferror(file) != 0;
    fclose(file);
    return has_failed ? error_set(err, STATUS_IO, "%s: cannot be read", path) : STATUS_OK;
}

uint64_t file_read_u64(const char *json, const char *key)
{
    char quoted[KEY_BYTES];
    const char *at;

    snprintf(quoted, sizeof(quoted), "\"%s\":", key);
    at = strstr(json, quoted);
    return at != NULL ? strtoull(at + strlen(quoted), NULL, 10) : 0;
}
