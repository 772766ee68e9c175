/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every recorded case of tests/golden/cases replayed through the program, with each version that it was recorded with:
 * a claim a case and version, and one that docs/golden.md lists what was found. Then those of tests/golden/rules, which
 * nobody recorded.
 *
 *   recorded_cases [--details] [--style N] [CASE.json...]   replays those cases, or recordings as they came
 *   recorded_cases --scenario CASE.json [VERSION]           prints the scenario
 *   recorded_cases --compact FOLDER RECORDING.json...       writes tests/golden/cases
 *   recorded_cases --table                                  replays all and prints docs/golden.md's table
 *
 * EPSIM_RECORDED_CASES names a folder of further recordings.
 */
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/recorded_case.h"
#include "support/recorded_form.h"

#define FOLDER "tests/golden/cases"
#define ABOUT FOLDER "/about.txt" /* NAME, a tab, what the case shows */
#define RULES "tests/golden/rules"
#define TABLE "docs/golden.md"

static const char *const versions[] = {"1.20", "1.32"};

static struct {
    const char *epsim;
    char folder[PATH_MAX];
    int number;
    int failed;
    bool wants_details;
    unsigned style;
    char *table; /* the rows so far */
    size_t table_size;
    FILE *rows;
} run = {.style = RECORDED_STATUS_PATCHED};

/* --- what epsim stores --- */

static void print_file(const char *path)
{
    char line[400];
    FILE *in = fopen(path, "r");

    for (int i = 0; in != NULL && i < 12 && fgets(line, sizeof line, in) != NULL; i++)
        printf("#   %s", line);
    if (in != NULL)
        fclose(in);
}

/* Runs `epsim ARGUMENTS`; its exit status, -1 if it ended otherwise. */
static int status_of(const char *arguments)
{
    char command[8 * PATH_MAX];
    int status;

    snprintf(command, sizeof command, "'%s' %s >'%s/out' 2>'%s/err'", run.epsim, arguments,
             run.folder, run.folder);
    status = system(command); /* NOLINT(cert-env33-c, concurrency-mt-unsafe): under test */
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The same; what it says is shown if it fails. */
static bool run_epsim(const char *arguments)
{
    char err[PATH_MAX + 8];

    if (status_of(arguments) == 0)
        return true;
    snprintf(err, sizeof err, "%s/err", run.folder);
    print_file(err);
    return false;
}

/* Lines of endpoints.jsonl of a run of the scenario; NULL if it fails. */
static json_t *versions_of(const char *scenario)
{
    char text[3 * PATH_MAX];
    char *line = NULL;
    size_t size = 0;
    json_t *lines;
    FILE *in;

    snprintf(text, sizeof text, "run -q --no-plots -o '%s/result' '%s'", run.folder, scenario);
    if (!run_epsim(text))
        return NULL;
    snprintf(text, sizeof text, "%s/result/endpoints.jsonl", run.folder);
    in = fopen(text, "r");
    if (in == NULL)
        return NULL;
    lines = json_array();
    while (getline(&line, &size, in) > 0)
        json_array_append_new(lines, json_loads(line, 0, NULL));
    free(line);
    fclose(in);
    return lines;
}

/* "EndpointSlice/NAMESPACE/NAME" of a version's object. */
static char *key_of(const json_t *object)
{
    const json_t *meta = json_object_get(object, "metadata");
    char *key = malloc(1024);

    if (key != NULL)
        snprintf(key, 1024, "%s/%s/%s", recorded_form_text(object, "kind"),
                 recorded_form_text(meta, "namespace"), recorded_form_text(meta, "name"));
    return key;
}

/* The objects that are there at that time, as a list. */
static json_t *objects_at(const json_t *lines, double at_s)
{
    json_t *objects = json_object();
    json_t *list = json_array();
    const char *key;
    size_t index;
    json_t *line;
    json_t *object;

    json_array_foreach(lines, index, line)
    {
        char *name = key_of(json_object_get(line, "object"));

        if (json_number_value(json_object_get(line, "t_s")) <= at_s &&
            strcmp(recorded_form_text(line, "type"), "DELETED") == 0)
            json_object_del(objects, name);
        else if (json_number_value(json_object_get(line, "t_s")) <= at_s)
            json_object_set(objects, name, json_object_get(line, "object"));
        free(name);
    }
    json_object_foreach(objects, key, object) json_array_append(list, object);
    json_decref(objects);
    return list;
}

/* What `epsim get` shows at that time. */
static json_t *objects_of_get(const char *scenario, double at_s)
{
    char text[2 * PATH_MAX];
    json_t *list;
    json_t *items;

    snprintf(text, sizeof text, "get endpoints,endpointslices -A -o json -f '%s' --at %.0fms",
             scenario, at_s * 1e3);
    if (!run_epsim(text))
        return json_array();
    snprintf(text, sizeof text, "%s/out", run.folder);
    list = json_load_file(text, 0, NULL);
    items = json_incref(json_object_get(list, "items"));
    json_decref(list);
    return items;
}

/* --- one case --- */

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

static bool is_right(size_t step, char *report)
{
    const bool has_none = report == NULL;

    if (!has_none && run.wants_details)
        print_report(step, report);
    free(report);
    return has_none;
}

/* Steps that come out as recorded; the last one of a recording as `get` shows it too. */
static size_t compare_steps(struct recorded_case *recorded, const char *scenario,
                            const json_t *lines)
{
    const size_t last = recorded->step_count - 1;
    size_t right = 0;
    json_t *shown;

    for (size_t i = 0; i < recorded->step_count; i++) {
        json_t *objects = objects_at(lines, recorded->settled_s[i]);
        bool is_fine = is_right(i, recorded_case_compare(recorded, i, objects));

        if ((run.style & RECORDED_AT_ONCE) == 0)
            is_fine &= is_right(i, recorded_case_compare_writes(recorded, i, lines));
        right += is_fine;
        json_decref(objects);
    }
    if (right < recorded->step_count || json_object_get(recorded->json, "rule") != NULL)
        return right;
    shown = objects_of_get(scenario, recorded->settled_s[last]);
    right -= !is_right(last, recorded_case_compare(recorded, last, shown));
    json_decref(shown);
    return right;
}

/* Whether epsim refuses all that the API server refused. */
static bool is_refused(const struct recorded_case *recorded)
{
    char scenario[PATH_MAX + 16];
    char arguments[2 * PATH_MAX];

    snprintf(scenario, sizeof scenario, "%s/refused.yaml", run.folder);
    snprintf(arguments, sizeof arguments, "validate '%s'", scenario);
    for (size_t n = 0; recorded_case_write_refused(recorded, n, scenario); n++) {
        if (status_of(arguments) != 2) {
            printf("#   accepts what the API server refused: %s\n", scenario);
            return false;
        }
    }
    return true;
}

static void forget_names(struct recorded_case *recorded)
{
    json_object_clear(recorded->slice_names);
    json_object_clear(recorded->step_names);
}

/* Mutations name slices as the recording does: what epsim calls those of the steps before has to be known first. */
static void learn_names(struct recorded_case *recorded, const char *scenario, size_t step_count)
{
    json_t *lines =
        recorded_case_write(recorded, scenario, run.style) ? versions_of(scenario) : NULL;

    forget_names(recorded);
    for (size_t i = 0; lines != NULL && i < step_count; i++) {
        json_t *objects = objects_at(lines, recorded->settled_s[i]);

        free(recorded_case_compare(recorded, i, objects));
        json_decref(objects);
    }
    json_decref(lines);
}

static size_t replay(struct recorded_case *recorded)
{
    char scenario[PATH_MAX + 16];
    json_t *lines;
    size_t right;

    snprintf(scenario, sizeof scenario, "%s/case.yaml", run.folder);
    for (size_t i = 1; i < recorded->step_count; i++) {
        if (recorded_case_names_slices(recorded, i))
            learn_names(recorded, scenario, i);
    }
    lines = recorded_case_write(recorded, scenario, run.style) ? versions_of(scenario) : NULL;
    if (lines == NULL)
        return 0;
    forget_names(recorded);
    right = is_refused(recorded) ? compare_steps(recorded, scenario, lines) : 0;
    json_decref(lines);
    return right;
}

/* "as recorded, 2 writes [1]": steps whose writes were compared, and the numbers of the notes that hold. */
static void add_cell(const struct recorded_case *recorded, bool is_there, size_t right)
{
    if (!is_there) {
        fputs(" not recorded |", run.rows);
        return;
    }
    if (right < recorded->step_count)
        fprintf(run.rows, " **%zu of %zu steps**", right, recorded->step_count);
    else
        fputs(" as recorded", run.rows);
    if (recorded->written > 0)
        fprintf(run.rows, ", %zu write%s", recorded->written, recorded->written == 1 ? "" : "s");
    for (unsigned bit = 0; 1u << bit < RELAX_TRIGGER; bit++) {
        if ((recorded->relaxed & 1u << bit) != 0)
            fprintf(run.rows, " [%u]", bit + 1);
    }
    fputs(" |", run.rows);
}

/* What a case shows, to be freed. */
static char *about_case(const char *name)
{
    FILE *in = fopen(ABOUT, "r");
    char line[512];
    char *about = NULL;
    const size_t length = strlen(name);

    while (in != NULL && about == NULL && fgets(line, sizeof line, in) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, name, length) == 0 && line[length] == '\t')
            about = strdup(line + length + 1);
    }
    if (in != NULL)
        fclose(in);
    return about != NULL ? about : strdup("");
}

static void claim(const char *path)
{
    struct recorded_case recorded;
    char *about;

    if (!recorded_case_open(&recorded, path)) {
        printf("not ok %d - %s can be read\n", ++run.number, path);
        run.failed++;
        return;
    }
    about = about_case(recorded.name);
    fprintf(run.rows, "| `%s` | %s | %zu |", recorded.name, about, recorded.step_count);
    free(about);
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        const bool is_there = recorded_case_choose(&recorded, versions[i]);
        const size_t right = is_there ? replay(&recorded) : 0;
        const bool is_fine = right == recorded.step_count;

        add_cell(&recorded, is_there, right);
        if (!is_there)
            continue;
        run.failed += !is_fine;
        printf("%s %d - %s with %s: %zu of %zu steps as recorded\n", is_fine ? "ok" : "not ok",
               ++run.number, recorded.name, versions[i], right, recorded.step_count);
        fflush(stdout);
    }
    fputc('\n', run.rows);
    recorded_case_close(&recorded);
}

/* A case that was not recorded: what the rules of kubernetes' sources make of it, version by version. */
static void claim_rule(const char *path)
{
    struct recorded_case recorded;

    if (!recorded_case_open(&recorded, path)) {
        printf("not ok %d - %s can be read\n", ++run.number, path);
        run.failed++;
        return;
    }
    for (unsigned minor = 20; minor <= 34; minor++) {
        char version[8];
        size_t right;

        snprintf(version, sizeof version, "1.%u", minor);
        if (!recorded_case_choose(&recorded, version))
            continue;
        right = replay(&recorded);
        run.failed += right != recorded.step_count;
        printf("%s %d - %s: %s in %s\n", right == recorded.step_count ? "ok" : "not ok",
               ++run.number, recorded.name, recorded_form_text(recorded.json, "rule"), version);
        fflush(stdout);
    }
    recorded_case_close(&recorded);
}

static int is_case(const struct dirent *entry)
{
    const size_t length = strlen(entry->d_name);

    return length > 5 && strcmp(entry->d_name + length - 5, ".json") == 0;
}

static void claim_folder(const char *folder, void (*claim_one)(const char *path))
{
    struct dirent **entries = NULL;
    const int count = scandir(folder, &entries, is_case, alphasort);

    for (int i = 0; i < count; i++) {
        char path[PATH_MAX];

        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        claim_one(path);
        free(entries[i]);
    }
    free(entries);
}

/* --- the table --- */

static void add_reasons(void)
{
    fputs("\n", run.rows);
    for (unsigned bit = 0; bit < 7; bit++)
        fprintf(run.rows, "%u. %s.\n", bit + 1,
                recorded_case_reason((enum recorded_relaxation)(1u << bit)));
}

/* Whether the document has the rows that were found. */
static void claim_table(void)
{
    FILE *in = fopen(TABLE, "r");
    char *text = NULL;
    size_t size = 0;
    bool is_there = false;

    add_reasons();
    fflush(run.rows);
    if (in != NULL && getdelim(&text, &size, '\0', in) > 0)
        is_there = strstr(text, run.table) != NULL;
    if (in != NULL)
        fclose(in);
    free(text);
    run.failed += !is_there;
    printf("%s %d - %s lists every case as it came out (recorded_cases --table)\n",
           is_there ? "ok" : "not ok", ++run.number, TABLE);
}

static int compact(char **paths, int count, const char *folder)
{
    int failed = 0;

    for (int i = 0; i < count; i++) {
        struct recorded_case recorded;
        char path[PATH_MAX];

        if (!recorded_case_open(&recorded, paths[i])) {
            failed++;
            continue;
        }
        snprintf(path, sizeof path, "%s/%s.json", folder, recorded.name);
        failed += !recorded_case_save(&recorded, path);
        recorded_case_close(&recorded);
    }
    return failed;
}

static int print_scenario(const char *path, const char *version)
{
    struct recorded_case recorded;
    bool is_fine;

    if (!recorded_case_open(&recorded, path))
        return 1;
    is_fine =
        (recorded_case_choose(&recorded, version) || recorded_case_choose(&recorded, "1.32")) &&
        recorded_case_write(&recorded, "/dev/stdout", run.style);
    recorded_case_close(&recorded);
    return is_fine ? 0 : 1;
}

/* Options before the cases; returns the first argument that is none. */
static int read_options(int argc, char **argv, bool *wants_table)
{
    int i = 1;

    for (; i < argc; i++) {
        if (strcmp(argv[i], "--details") == 0)
            run.wants_details = true;
        else if (strcmp(argv[i], "--table") == 0)
            *wants_table = true;
        else if (strcmp(argv[i], "--style") == 0 && i + 1 < argc)
            run.style = (unsigned)strtoul(argv[++i], NULL, 10);
        else
            break;
    }
    return i;
}

static void claim_all(void)
{
    const char *more = getenv("EPSIM_RECORDED_CASES");

    claim_folder(FOLDER, claim);
    claim_table();
    claim_folder(RULES, claim_rule);
    if (more != NULL)
        claim_folder(more, claim);
}

static void remove_folder(void)
{
    char command[PATH_MAX + 16];

    snprintf(command, sizeof command, "rm -rf '%s'", run.folder);
    if (system(command) != 0) /* NOLINT(cert-env33-c, concurrency-mt-unsafe) */
        printf("# %s stays\n", run.folder);
}

int main(int argc, char **argv)
{
    const char *temporary = getenv("TMPDIR");
    bool wants_table = false;
    int first;

    if (argc > 2 && strcmp(argv[1], "--compact") == 0)
        return compact(argv + 3, argc - 3, argv[2]);
    if (argc > 2 && strcmp(argv[1], "--scenario") == 0)
        return print_scenario(argv[2], argc > 3 ? argv[3] : "1.20");
    run.epsim = getenv("EPSIM") != NULL ? getenv("EPSIM") : "./epsim";
    run.rows = open_memstream(&run.table, &run.table_size);
    snprintf(run.folder, sizeof run.folder, "%s/recorded.XXXXXX",
             temporary != NULL ? temporary : "/tmp");
    if (run.rows == NULL || mkdtemp(run.folder) == NULL)
        return EXIT_FAILURE;
    first = read_options(argc, argv, &wants_table);
    for (int i = first; i < argc; i++)
        claim(argv[i]);
    if (first == argc)
        claim_all();
    printf("1..%d\n", run.number);
    fclose(run.rows);
    if (wants_table)
        printf("%s", run.table);
    free(run.table);
    remove_folder();
    return run.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
