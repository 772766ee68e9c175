/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/csv_read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    char path[256];
    struct csv_read csv;
    struct error err;
};

/* Writes `text` to a file and opens it. */
static enum status open_text(struct fixture *f, const char *text)
{
    const char *folder = getenv("TMPDIR");
    int fd;

    snprintf(f->path, sizeof f->path, "%s/csv_read.XXXXXX", folder != NULL ? folder : "/tmp");
    fd = mkstemp(f->path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    return csv_read_open(&f->csv, f->path, &f->err);
}

static void remove_text(struct fixture *f)
{
    csv_read_close(&f->csv);
    unlink(f->path);
}

static void test_fields_are_found_by_the_names_of_columns(void **state)
{
    struct fixture f;
    uint32_t column;
    bool has_record;

    (void)state;
    assert_int_equal(open_text(&f, "a,b\n1,2\n3,\n"), STATUS_OK);
    assert_int_equal(csv_read_find_column(&f.csv, "b", &column, &f.err), STATUS_OK);
    assert_int_equal(csv_read_next(&f.csv, &has_record, &f.err), STATUS_OK);
    assert_true(has_record);
    assert_string_equal(csv_read_field(&f.csv, column), "2");
    assert_int_equal(csv_read_next(&f.csv, &has_record, &f.err), STATUS_OK);
    assert_string_equal(csv_read_field(&f.csv, column), "");
    assert_int_equal(csv_read_next(&f.csv, &has_record, &f.err), STATUS_OK);
    assert_false(has_record);
    assert_int_equal(csv_read_find_column(&f.csv, "c", &column, &f.err), STATUS_INVALID);
    remove_text(&f);
}

static void test_quoted_field_keeps_commas_quotes_and_line_ends(void **state)
{
    struct fixture f;
    bool has_record;

    (void)state;
    assert_int_equal(open_text(&f, "a,b\r\n\"x,\"\"y\"\"\nz\",\"\"\r\n"), STATUS_OK);
    assert_int_equal(csv_read_next(&f.csv, &has_record, &f.err), STATUS_OK);
    assert_true(has_record);
    assert_string_equal(csv_read_field(&f.csv, 0), "x,\"y\"\nz");
    assert_string_equal(csv_read_field(&f.csv, 1), "");
    remove_text(&f);
}

static void test_last_line_may_lack_its_end(void **state)
{
    struct fixture f;
    bool has_record;

    (void)state;
    assert_int_equal(open_text(&f, "a\n1"), STATUS_OK);
    assert_int_equal(csv_read_next(&f.csv, &has_record, &f.err), STATUS_OK);
    assert_true(has_record);
    assert_string_equal(csv_read_field(&f.csv, 0), "1");
    assert_int_equal(csv_read_next(&f.csv, &has_record, &f.err), STATUS_OK);
    assert_false(has_record);
    remove_text(&f);
}

static void test_record_of_other_length_is_an_error_with_its_line(void **state)
{
    struct fixture f;
    bool has_record;
    char expected[300];

    (void)state;
    assert_int_equal(open_text(&f, "a,b\n1,2\n3\n"), STATUS_OK);
    assert_int_equal(csv_read_next(&f.csv, &has_record, &f.err), STATUS_OK);
    assert_int_equal(csv_read_next(&f.csv, &has_record, &f.err), STATUS_INVALID);
    snprintf(expected, sizeof expected, "%s:3: expected 2 fields, got 1", f.path);
    assert_string_equal(f.err.text, expected);
    remove_text(&f);
}

static void test_seconds_are_read_exactly_to_the_nanosecond(void **state)
{
    struct fixture f;
    bool has_record;
    sim_ns ns;

    (void)state;
    assert_int_equal(open_text(&f, "a,b,c,d\n61.204000001,0,12x,\n"), STATUS_OK);
    assert_int_equal(csv_read_next(&f.csv, &has_record, &f.err), STATUS_OK);
    assert_int_equal(csv_read_seconds(&f.csv, 0, &ns, &f.err), STATUS_OK);
    assert_int_equal(ns, 61204000001);
    assert_int_equal(csv_read_seconds(&f.csv, 1, &ns, &f.err), STATUS_OK);
    assert_int_equal(ns, 0);
    assert_int_equal(csv_read_seconds(&f.csv, 2, &ns, &f.err), STATUS_INVALID);
    assert_int_equal(csv_read_seconds(&f.csv, 3, &ns, &f.err), STATUS_INVALID);
    remove_text(&f);
}

static void test_empty_or_missing_file_is_an_error(void **state)
{
    struct fixture f;

    (void)state;
    assert_int_equal(open_text(&f, ""), STATUS_INVALID);
    unlink(f.path);
    assert_int_equal(csv_read_open(&f.csv, f.path, &f.err), STATUS_IO);
    assert_non_null(strstr(f.err.text, "No such file or directory"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_are_found_by_the_names_of_columns),
        cmocka_unit_test(test_quoted_field_keeps_commas_quotes_and_line_ends),
        cmocka_unit_test(test_last_line_may_lack_its_end),
        cmocka_unit_test(test_record_of_other_length_is_an_error_with_its_line),
        cmocka_unit_test(test_seconds_are_read_exactly_to_the_nanosecond),
        cmocka_unit_test(test_empty_or_missing_file_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
