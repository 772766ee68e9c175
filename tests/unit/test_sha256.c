/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/out.h"
#include "base/sha256.h"

static void expect_digest(const char *text, const char *want)
{
    char hex[SHA256_HEX_SIZE];
    struct sha256 sha;

    sha256_init(&sha);
    sha256_update(&sha, text, strlen(text));
    sha256_final(&sha, hex);
    assert_string_equal(hex, want);
    sha256_init(&sha);
    sha.is_portable = true;
    sha256_update(&sha, text, strlen(text));
    sha256_final(&sha, hex);
    assert_string_equal(hex, want);
}

/* Where the processor has instructions for it, they and the portable way agree. */
static void test_both_ways_give_one_digest(void **state)
{
    unsigned char data[1000];
    char hex[2][SHA256_HEX_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)(i * i * 31 + i / 7);
    for (size_t length = 0; length <= sizeof data; length += 13) {
        for (int is_portable = 0; is_portable < 2; is_portable++) {
            struct sha256 sha;

            sha256_init(&sha);
            sha.is_portable = sha.is_portable || is_portable == 1;
            sha256_update(&sha, data, length);
            sha256_final(&sha, hex[is_portable]);
        }
        assert_string_equal(hex[0], hex[1]);
    }
}

/* The examples of FIPS 180-2, appendix B, and the empty message. */
static void test_the_standards_examples(void **state)
{
    (void)state;
    expect_digest("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect_digest("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect_digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void test_a_million_letters_in_pieces(void **state)
{
    char piece[1000];
    char hex[SHA256_HEX_SIZE];
    struct sha256 sha;
    size_t left = 1000000;

    (void)state;
    memset(piece, 'a', sizeof piece);
    sha256_init(&sha);
    for (size_t length = 1; left > 0; length = length * 7 % 997) {
        const size_t now = length < left ? length : left;

        sha256_update(&sha, piece, now);
        left -= now;
    }
    sha256_final(&sha, hex);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void test_pieces_of_any_length_give_one_digest(void **state)
{
    unsigned char data[300];
    char want[SHA256_HEX_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)(i * 7);
    for (size_t length = 0; length <= 200; length++) {
        struct sha256 sha;

        sha256_init(&sha);
        sha256_update(&sha, data, length);
        sha256_final(&sha, want);
        for (size_t cut = 0; cut <= length; cut += 13) {
            char got[SHA256_HEX_SIZE];

            sha256_init(&sha);
            sha256_update(&sha, data, cut);
            sha256_update(&sha, data + cut, length - cut);
            sha256_final(&sha, got);
            assert_string_equal(got, want);
        }
    }
}

static void test_a_file_has_the_digest_of_its_bytes(void **state)
{
    char path[] = "/tmp/test_sha256_XXXXXX";
    const int fd = mkstemp(path);
    char hex[SHA256_HEX_SIZE];
    struct error err;
    struct out out;

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(out_open(&out, path, &err), STATUS_OK);
    for (int i = 0; i < 1000000; i++)
        out_char(&out, 'a');
    assert_int_equal(out_close(&out, &err), STATUS_OK);
    assert_int_equal(sha256_file(path, hex, &err), STATUS_OK);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    unlink(path);
}

static void test_a_file_that_cannot_be_read_is_an_error(void **state)
{
    char hex[SHA256_HEX_SIZE];
    struct error err = {0};

    (void)state;
    assert_int_equal(sha256_file("/nonexistent", hex, &err), STATUS_IO);
    assert_non_null(strstr(err.text, "/nonexistent"));
    assert_int_equal(sha256_file("/tmp", hex, &err),
                     STATUS_IO); /* a folder opens but does not read */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_standards_examples),
        cmocka_unit_test(test_both_ways_give_one_digest),
        cmocka_unit_test(test_a_million_letters_in_pieces),
        cmocka_unit_test(test_pieces_of_any_length_give_one_digest),
        cmocka_unit_test(test_a_file_has_the_digest_of_its_bytes),
        cmocka_unit_test(test_a_file_that_cannot_be_read_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
