/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as a scenario, with what its first line wants set: no crash, no leak, no endless work. What loads must
 * resolve to a text that loads again and resolves to itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scenario/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy of the resolved text, NULL if the file is refused. `set`: as --set has it, or NULL. */
static char *resolve(const char *path, const char *set)
{
    const struct scenario_options options = {
        .sets = &set, .set_count = set != NULL ? 1 : 0, .wants_report = true};
    struct scenario scenario;
    struct error err;
    struct out messages;
    char *resolved = NULL;

    out_open_memory(&messages);

    const enum status status = scenario_load(&scenario, path, &options, &messages, &err);

    if (status == STATUS_OK)
        resolved = strdup(scenario.resolved);
    EP_REQUIRE(status == STATUS_OK || messages.used > 0 || err.text[0] != '\0');
    scenario_free(&scenario);
    out_discard(&messages);
    return resolved;
}

static void write_file(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");

    EP_REQUIRE(file != NULL && fwrite(data, 1, size, file) == size);
    EP_REQUIRE(fclose(file) == 0);
}

/* True if reading it could reach other files or wait for standard input. */
static bool names_files(const uint8_t *data, size_t size)
{
    static const char word[] = "manifests";

    for (size_t i = 0; i + sizeof word - 1 <= size; i++) {
        if (memcmp(data + i, word, sizeof word - 1) == 0)
            return true;
    }
    return false;
}

/* "#! PATH=VALUE" in the first line, to be given with --set; NULL: none. */
static const char *wish(const uint8_t *data, size_t size)
{
    static char text[256];
    size_t length = 0;

    if (size < 3 || memcmp(data, "#! ", 3) != 0)
        return NULL;
    while (3 + length < size && length + 1 < sizeof text && data[3 + length] != '\n') {
        text[length] = (char)data[3 + length];
        length++;
    }
    text[length] = '\0';
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char path[64];
    char *first;
    char *second;

    if (path[0] == '\0')
        snprintf(path, sizeof path, "/tmp/epsim-fuzz-%ld.yaml", (long)getpid());
    if (names_files(data, size))
        return 0;
    write_file(path, data, size);
    first = resolve(path, wish(data, size));
    if (first != NULL) {
        write_file(path, first, strlen(first));
        second = resolve(path, NULL);
        EP_REQUIRE(second != NULL && strcmp(first, second) == 0);
        free(second);
    }
    free(first);
    (void)unlink(path);
    return 0;
}
