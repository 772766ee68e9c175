/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "record/result_folder.h"

static const struct result_place place = {
    .root = "results", .scenario = "roll/ing", .seed = 7, .digest = 0x1234abcd};

static int enter_folder(void **state)
{
    char *folder = strdup("/tmp/epsim-folder-XXXXXX");

    if (mkdtemp(folder) == NULL || chdir(folder) != 0)
        return -1;
    *state = folder;
    return 0;
}

static int leave_folder(void **state)
{
    char command[128];

    snprintf(command, sizeof(command), "rm -rf %s", (char *)*state);
    free(*state);
    return chdir("/") != 0 || system(command) != 0 ? -1 : 0;
}

static void put_file(const char *folder, const char *name, const char *text)
{
    char path[RESULT_FOLDER_PATH_MAX + 64];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static bool has_text(const char *path, const char *text)
{
    char found[256] = "";
    FILE *file = fopen(path, "r");

    if (file == NULL)
        return false;
    found[fread(found, 1, sizeof(found) - 1, file)] = '\0';
    fclose(file);
    return strcmp(found, text) == 0;
}

static bool is_there(const char *path)
{
    struct stat info;

    return lstat(path, &info) == 0;
}

static const char manifest[] =
    "{\n  \"schemaVersion\": 1,\n  \"program\": \"epsim\",\n  \"x\": 1\n}\n";

/* Writes a result whose files say `text`. */
static void write_result(const char *out_path, const char *text)
{
    struct result_folder folder;
    struct error err = {.text = ""};

    if (result_folder_open(&folder, out_path, &place, &err) != STATUS_OK)
        fail_msg("%s", err.text);
    put_file(folder.work_path, "manifest.json", manifest);
    put_file(folder.work_path, "summary.txt", text);
    if (result_folder_commit(&folder, &err) != STATUS_OK)
        fail_msg("%s", err.text);
    result_folder_discard(&folder);
}

static void test_default_place_and_link_to_the_newest(void **state)
{
    (void)state;
    write_result(NULL, "first");
    assert_true(has_text("results/roll_ing/7-1234abcd/summary.txt", "first"));
    assert_true(has_text("results/roll_ing/latest/summary.txt", "first"));
    write_result(NULL, "second");
    assert_true(has_text("results/roll_ing/latest/summary.txt", "second"));
    assert_int_equal(system("test $(ls -A results/roll_ing | wc -l) = 2"), 0);
}

static void test_nothing_is_at_its_place_before_commit(void **state)
{
    struct result_folder folder;
    struct error err;

    (void)state;
    assert_int_equal(result_folder_open(&folder, "a/b/out", &place, &err), STATUS_OK);
    put_file(folder.work_path, "summary.txt", "half");
    assert_false(is_there("a/b/out"));
    result_folder_discard(&folder);
    assert_false(is_there("a"));
}

static void test_discard_spares_folders_that_were_there(void **state)
{
    struct result_folder folder;
    struct error err;

    (void)state;
    assert_int_equal(mkdir("a", 0777), 0);
    assert_int_equal(result_folder_open(&folder, "a/b/out", &place, &err), STATUS_OK);
    result_folder_discard(&folder);
    assert_true(is_there("a"));
    assert_false(is_there("a/b"));
}

static void test_an_earlier_result_or_an_empty_folder_is_replaced(void **state)
{
    (void)state;
    assert_int_equal(mkdir("out", 0777), 0);
    write_result("out", "first");
    write_result("out/", "second");
    assert_true(has_text("out/summary.txt", "second"));
    assert_int_equal(system("test \"$(ls -A)\" = out"), 0);
}

static void test_anything_else_is_refused_and_left_alone(void **state)
{
    struct result_folder folder;
    struct error err;

    (void)state;
    assert_int_equal(mkdir("mine", 0777), 0);
    put_file("mine", "thesis.txt", "precious");
    assert_int_equal(result_folder_open(&folder, "mine", &place, &err), STATUS_INVALID);
    assert_non_null(strstr(err.text, "mine: is neither empty nor an earlier result"));
    put_file("mine", "manifest.json", "{\"schemaVersion\": 1}");
    assert_int_equal(result_folder_open(&folder, "mine", &place, &err), STATUS_INVALID);
    assert_int_equal(result_folder_open(&folder, "mine/thesis.txt", &place, &err), STATUS_INVALID);
    assert_int_equal(result_folder_open(&folder, "", &place, &err), STATUS_INVALID);
    assert_true(has_text("mine/thesis.txt", "precious"));
    assert_int_equal(system("test \"$(ls -A)\" = mine"), 0);
}

static void test_below_a_file_is_an_error(void **state)
{
    struct result_folder folder;
    struct error err;

    (void)state;
    put_file(".", "file", "");
    assert_int_equal(result_folder_open(&folder, "file/out", &place, &err), STATUS_IO);
    assert_non_null(strstr(err.text, "Not a directory"));
    assert_int_equal(result_folder_open(&folder, "/proc/epsim-cannot", &place, &err), STATUS_IO);
}

static void test_the_working_directory_is_filled_in_place(void **state)
{
    struct stat before;
    struct stat after;

    (void)state;
    assert_int_equal(stat(".", &before), 0);
    write_result(".", "first");
    write_result(".", "second");
    assert_int_equal(stat(".", &after), 0);
    assert_true(before.st_ino == after.st_ino);
    assert_true(has_text("summary.txt", "second"));
    assert_int_equal(system("test $(ls -A | wc -l) = 2"), 0);
}

static void test_names_are_made_safe(void **state)
{
    char safe[101];
    char longest[300];

    (void)state;
    result_folder_safe_name("rolling-update_1.2", safe);
    assert_string_equal(safe, "rolling-update_1.2");
    result_folder_safe_name("..", safe);
    assert_string_equal(safe, "_.");
    result_folder_safe_name("/etc/passwd", safe);
    assert_string_equal(safe, "_etc_passwd");
    result_folder_safe_name("-rf *\n", safe);
    assert_string_equal(safe, "_rf___");
    result_folder_safe_name("", safe);
    assert_string_equal(safe, "scenario");
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    result_folder_safe_name(longest, safe);
    assert_int_equal(strlen(safe), 100);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_default_place_and_link_to_the_newest),
        IN_FOLDER(test_nothing_is_at_its_place_before_commit),
        IN_FOLDER(test_discard_spares_folders_that_were_there),
        IN_FOLDER(test_an_earlier_result_or_an_empty_folder_is_replaced),
        IN_FOLDER(test_anything_else_is_refused_and_left_alone),
        IN_FOLDER(test_below_a_file_is_an_error),
        IN_FOLDER(test_the_working_directory_is_filled_in_place),
        cmocka_unit_test(test_names_are_made_safe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
