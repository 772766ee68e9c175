/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every recorded case replayed through the program: as a scenario, looked at with `get` after each step.
 *
 *   recorded_cases [--list | --scenario | --details] [--style N] [CASE.json...]
 *
 * Without a case, all below tests/golden/cases, and those of the folder that EPSIM_RECORDED_CASES names. Prints TAP: a
 * claim a case.
 */
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/recorded_case.h"

static struct {
    const char *epsim;
    char folder[PATH_MAX];
    int number;
    bool wants_details;
} run;

/* What `epsim ARGUMENTS` prints, as JSON; NULL if it fails. */
static json_t *ask_epsim(const char *arguments)
{
    char command[4 * PATH_MAX];
    FILE *pipe;
    json_t *json;
    json_error_t error;

    snprintf(command, sizeof command, "'%s' %s 2>'%s/err'", run.epsim, arguments, run.folder);
    pipe = popen(command, "r"); /* NOLINT(cert-env33-c): the program under test */
    if (pipe == NULL)
        return NULL;
    json = json_loadf(pipe, JSON_DISABLE_EOF_CHECK, &error);
    if (pclose(pipe) != 0) {
        json_decref(json);
        return NULL;
    }
    return json;
}

static void print_file(const char *path)
{
    char line[400];
    FILE *in = fopen(path, "r");

    for (int i = 0; in != NULL && i < 12 && fgets(line, sizeof line, in) != NULL; i++)
        printf("#   %s", line);
    if (in != NULL)
        fclose(in);
}

static void print_report(size_t step, const char *report)
{
    printf("#   step %zu: ", step + 1);
    for (const char *c = report; *c != '\0'; c++) {
        putchar(*c);
        if (*c == '\n')
            printf("#   ");
    }
    putchar('\n');
}

/* Lines of endpoints.jsonl of a run of the scenario; NULL if there are none. */
static json_t *versions_of(const char *scenario)
{
    char command[6 * PATH_MAX];
    char *line = NULL;
    size_t size = 0;
    json_t *versions;
    FILE *in;

    snprintf(command, sizeof command, "'%s' run -q --no-plots -o '%s/result' '%s' >'%s/err' 2>&1",
             run.epsim, run.folder, scenario, run.folder);
    if (system(command) != 0) /* NOLINT(cert-env33-c, concurrency-mt-unsafe) */
        return NULL;
    snprintf(command, sizeof command, "%s/result/endpoints.jsonl", run.folder);
    in = fopen(command, "r");
    if (in == NULL)
        return NULL;
    versions = json_array();
    while (getline(&line, &size, in) > 0)
        json_array_append_new(versions, json_loads(line, 0, NULL));
    free(line);
    fclose(in);
    return versions;
}

/* Steps that come out as recorded. */
static size_t replay(struct recorded_case *recorded, unsigned style)
{
    char scenario[PATH_MAX + 32];
    char arguments[PATH_MAX + 160];
    json_t *versions;
    size_t right = 0;

    snprintf(scenario, sizeof scenario, "%s/case.yaml", run.folder);
    json_object_clear(recorded->slice_names);
    for (size_t i = 0; i < recorded->step_count; i++) {
        char *report = NULL;
        json_t *list;

        if (!recorded_case_write(recorded, scenario, style))
            return 0;
        snprintf(arguments, sizeof arguments,
                 "get endpoints,endpointslices -A -o json -f '%s' --at %.0fms", scenario,
                 recorded->settled_s[i] * 1e3);
        list = ask_epsim(arguments);
        if (list == NULL) {
            snprintf(arguments, sizeof arguments, "%s/err", run.folder);
            print_file(arguments);
            return right;
        }
        report = recorded_case_compare(recorded, i, list);
        if (report != NULL && run.wants_details)
            print_report(i, report);
        right += report == NULL;
        free(report);
        json_decref(list);
    }
    versions = (style & RECORDED_AT_ONCE) == 0 ? versions_of(scenario) : NULL;
    for (size_t i = 0; versions != NULL && i < recorded->step_count; i++) {
        char *report = recorded_case_compare_writes(recorded, i, versions);

        if (report != NULL && run.wants_details)
            print_report(i, report);
        if (report != NULL)
            right = 0;
        free(report);
    }
    json_decref(versions);
    return right;
}

/* "1.20" */
static const char *version_of(const struct recorded_case *recorded, char version[8])
{
    const char *text = json_string_value(json_object_get(recorded->json, "kubernetes"));

    snprintf(version, 8, "%.4s", text != NULL && text[0] == 'v' ? text + 1 : "?");
    return version;
}

static void claim(const char *path, unsigned style)
{
    struct recorded_case recorded;
    char version[8];
    size_t right;

    run.number++;
    if (!recorded_case_open(&recorded, path)) {
        printf("not ok %d - %s can be read\n", run.number, path);
        return;
    }
    right = replay(&recorded, style);
    printf("%s %d - %s %s, style %u: %zu of %zu steps\n",
           right == recorded.step_count ? "ok" : "not ok", run.number,
           version_of(&recorded, version), recorded.name, style, right, recorded.step_count);
    fflush(stdout);
    recorded_case_close(&recorded);
}

static int is_case(const struct dirent *entry)
{
    const size_t length = strlen(entry->d_name);

    return length > 5 && strcmp(entry->d_name + length - 5, ".json") == 0;
}

static size_t claim_folder(const char *folder, unsigned style)
{
    struct dirent **entries = NULL;
    const int count = scandir(folder, &entries, is_case, alphasort);

    for (int i = 0; i < count; i++) {
        char path[PATH_MAX];

        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        claim(path, style);
        free(entries[i]);
    }
    free(entries);
    return count > 0 ? (size_t)count : 0;
}

int main(int argc, char **argv)
{
    const char *more = getenv("EPSIM_RECORDED_CASES");
    const char *temporary = getenv("TMPDIR");
    unsigned style = RECORDED_STATUS_PATCHED;
    bool is_scenario = false;
    size_t count = 0;

    run.epsim = getenv("EPSIM") != NULL ? getenv("EPSIM") : "./epsim";
    snprintf(run.folder, sizeof run.folder, "%s/recorded.XXXXXX",
             temporary != NULL ? temporary : "/tmp");
    if (mkdtemp(run.folder) == NULL)
        return EXIT_FAILURE;
    for (int i = 1; i < argc; i++) {
        struct recorded_case recorded;

        if (strcmp(argv[i], "--details") == 0)
            run.wants_details = true;
        else if (strcmp(argv[i], "--scenario") == 0)
            is_scenario = true;
        else if (strcmp(argv[i], "--style") == 0 && i + 1 < argc)
            style = (unsigned)strtoul(argv[++i], NULL, 10);
        else if (is_scenario && recorded_case_open(&recorded, argv[i]))
            count += recorded_case_write(&recorded, "/dev/stdout", style);
        else {
            claim(argv[i], style);
            count++;
        }
    }
    if (count == 0) {
        (void)claim_folder("tests/golden/cases/1.20", style);
        (void)claim_folder("tests/golden/cases/1.32", style);
    }
    if (count == 0 && more != NULL)
        (void)claim_folder(more, style);
    if (!is_scenario)
        printf("1..%d\n", run.number);
    return EXIT_SUCCESS;
}
