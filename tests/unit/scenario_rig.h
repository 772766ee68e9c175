/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * For tests of the scenario layer: a text is written to a file of the test's own folder and loaded.
 */
#ifndef EPSIM_TESTS_SCENARIO_RIG_H
#define EPSIM_TESTS_SCENARIO_RIG_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scenario/scenario.h"

#define SCENARIO_HEAD "apiVersion: epsim/v1\nkind: Scenario\n"

#define SERVICE_KUBIA           \
    "---\n"                     \
    "apiVersion: v1\n"          \
    "kind: Service\n"           \
    "metadata: {name: kubia}\n" \
    "spec: {selector: {app: kubia}, ports: [{port: 80, targetPort: 8080}]}\n"

#define DEPLOYMENT_KUBIA                        \
    "---\n"                                     \
    "apiVersion: apps/v1\n"                     \
    "kind: Deployment\n"                        \
    "metadata: {name: kubia}\n"                 \
    "spec:\n"                                   \
    "  replicas: 3\n"                           \
    "  selector: {matchLabels: {app: kubia}}\n" \
    "  template:\n"                             \
    "    metadata: {labels: {app: kubia}}\n"    \
    "    spec:\n"                               \
    "      containers:\n"                       \
    "        - {name: nodejs, image: \"luksa/kubia:v1\", ports: [{containerPort: 8080}]}\n"

struct rig {
    struct scenario scenario;
    struct error err;
    enum status status;
    char messages[16384];
};

static char rig_folder[] = "/tmp/epsim-scenario-XXXXXX";

/* The test's folder becomes the working folder, so that file names in messages are short. */
static inline int rig_set_up(void **state)
{
    (void)state;
    return mkdtemp(rig_folder) != NULL && chdir(rig_folder) == 0 ? 0 : 1;
}

static inline void rig_write(const char *name, const char *text, size_t length)
{
    FILE *file = fopen(name, "wb");

    if (file == NULL || fwrite(text, 1, length, file) != length || fclose(file) != 0)
        abort();
}

static inline void rig_load_file(struct rig *rig, const char *path,
                                 const struct scenario_options *options)
{
    struct out out;

    out_open_memory(&out);
    memset(&rig->err, 0, sizeof rig->err);
    rig->status = scenario_load(&rig->scenario, path, options, &out, &rig->err);
    snprintf(rig->messages, sizeof rig->messages, "%s", out_text(&out));
    out_discard(&out);
}

/* Loads `text` as s.yaml, with --set arguments up to a NULL (sets may be NULL). */
static inline void rig_load_with(struct rig *rig, const char *text, const char *const *sets)
{
    struct scenario_options options = {.sets = sets};

    while (sets != NULL && sets[options.set_count] != NULL)
        options.set_count++;
    rig_write("s.yaml", text, strlen(text));
    rig_load_file(rig, "s.yaml", &options);
}

static inline void rig_load(struct rig *rig, const char *text)
{
    rig_load_with(rig, text, NULL);
}

static inline bool rig_says(const struct rig *rig, const char *text)
{
    return strstr(rig->messages, text) != NULL;
}

static inline bool rig_warns(const struct rig *rig, const char *text)
{
    for (uint32_t i = 0; i < rig->scenario.warning_count; i++) {
        if (strstr(rig->scenario.warnings[i], text) != NULL)
            return true;
    }
    return false;
}

static inline int rig_tear_down(void **state)
{
    (void)state;
    (void)unlink("s.yaml");
    (void)unlink("again.yaml");
    return chdir("/") == 0 && rmdir(rig_folder) == 0 ? 0 : 1;
}

#endif
