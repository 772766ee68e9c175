/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The corpus of bad scenarios, straight through scenario_load: one test a file of tests/bad.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "scenario/scenario.h"

#define FILES_MAX 1000
#define SETS_MAX 8
#define TEXT_MAX 65536

static char *read_text(const char *name, const char *suffix)
{
    static char texts[2][TEXT_MAX];
    char *text = texts[strcmp(suffix, ".args") == 0];
    char path[300];
    FILE *file;

    snprintf(path, sizeof path, "%s%s", name, suffix);
    file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    text[fread(text, 1, TEXT_MAX - 1, file)] = '\0';
    fclose(file);
    return text;
}

static void test_file_gives_its_messages(void **state)
{
    const char *name = *state;
    const char *sets[SETS_MAX];
    struct scenario_options options = {.sets = sets};
    struct scenario scenario;
    struct error err = {0};
    struct out out;
    char path[300];
    const char *expected = read_text(name, ".expected");
    char *arguments = read_text(name, ".args");

    for (char *line = arguments == NULL ? NULL : strtok(arguments, "\n");
         line != NULL && options.set_count < SETS_MAX; line = strtok(NULL, "\n"))
        sets[options.set_count++] = line;
    snprintf(path, sizeof path, "%s.yaml", name);
    out_open_memory(&out);

    const enum status status = scenario_load(&scenario, path, &options, &out, &err);

    assert_non_null(expected);
    assert_string_equal(out_text(&out), expected);
    assert_int_equal(status, STATUS_INVALID);
    assert_null(scenario.resolved);
    assert_true(expected[0] != '\0');
    scenario_free(&scenario);
    out_discard(&out);
}

static int compare_tests(const void *left, const void *right)
{
    return strcmp(((const struct CMUnitTest *)left)->name,
                  ((const struct CMUnitTest *)right)->name);
}

int main(void)
{
    static struct CMUnitTest tests[FILES_MAX];
    static char names[FILES_MAX][256];
    size_t count = 0;
    DIR *folder = chdir("tests/bad") == 0 ? opendir(".") : NULL;

    if (folder == NULL) {
        fprintf(stderr, "tests/bad: run from the top folder\n");
        return 1;
    }
    for (const struct dirent *entry = readdir(folder); entry != NULL && count < FILES_MAX;
         entry = readdir(folder)) {
        const char *dot = strrchr(entry->d_name, '.');

        if (dot == NULL || strcmp(dot, ".yaml") != 0)
            continue;
        snprintf(names[count], sizeof names[count], "%.*s", (int)(dot - entry->d_name),
                 entry->d_name);
        tests[count] = (struct CMUnitTest){.name = names[count],
                                           .test_func = test_file_gives_its_messages,
                                           .initial_state = names[count]};
        count++;
    }
    closedir(folder);
    qsort(tests, count, sizeof tests[0], compare_tests);
    return _cmocka_run_group_tests("bad", tests, count, NULL, NULL);
}
