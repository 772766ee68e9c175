/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where it is not plain that a YAML reader of either version takes a word for a string, it is
 * quoted: quotes are always right.
 */
#include "base/out.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/duration.h"

#define FILE_BUFFER_BYTES ((size_t)256 << 10)
#define MEMORY_START_BYTES ((size_t)1 << 10)
#define PRINTF_STACK_BYTES 512

static void out_of_memory(size_t bytes)
{
    fprintf(stderr, "epsim: out of memory: %zu bytes asked for\n", bytes);
    abort();
}

static void buffer_resize(struct out *out, size_t capacity)
{
    char *buffer = realloc(out->buffer, capacity);

    if (buffer == NULL)
        out_of_memory(capacity);
    out->buffer = buffer;
    out->capacity = capacity;
}

enum status out_open(struct out *out, const char *path, struct error *err)
{
    *out = (struct out){.fd = -1};
    if (strlen(path) >= sizeof out->path)
        return error_set(err, STATUS_IO, "%.80s...: the path is too long", path);
    memcpy(out->path, path, strlen(path) + 1);
    out->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (out->fd < 0)
        return error_set(err, STATUS_IO, "%s: %s", path, strerror(errno));
    buffer_resize(out, FILE_BUFFER_BYTES);
    return STATUS_OK;
}

void out_open_memory(struct out *out)
{
    *out = (struct out){.fd = -1};
    buffer_resize(out, MEMORY_START_BYTES);
}

const char *out_text(struct out *out)
{
    EP_REQUIRE(out->fd < 0 && out->buffer != NULL);
    if (out->used == out->capacity)
        buffer_resize(out, 2 * out->capacity);
    out->buffer[out->used] = '\0';
    return out->buffer;
}

/* Writes `length` bytes past the buffer; after the first failure nothing more reaches the file. */
static void write_all(struct out *out, const char *bytes, size_t length)
{
    while (length > 0 && out->first_errno == 0) {
        const ssize_t written = write(out->fd, bytes, length);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            out->first_errno = written < 0 ? errno : ENOSPC;
            return;
        }
        bytes += written;
        length -= (size_t)written;
    }
}

enum status out_close(struct out *out, struct error *err)
{
    enum status status = STATUS_OK;

    if (out->fd >= 0) {
        write_all(out, out->buffer, out->used);
        if (close(out->fd) != 0 && out->first_errno == 0)
            out->first_errno = errno;
        out->fd = -1;
        if (out->first_errno != 0)
            status = error_set(err, STATUS_IO, "%s: %s", out->path, strerror(out->first_errno));
    }
    out_discard(out);
    return status;
}

void out_discard(struct out *out)
{
    if (out->buffer == NULL) /* zeroed, never opened or closed already: fd is not ours */
        return;
    if (out->fd >= 0)
        (void)close(out->fd);
    free(out->buffer);
    *out = (struct out){.fd = -1};
}

/* Room for `length` more bytes, or false: too long for a file's buffer (which is empty then). */
static bool reserve(struct out *out, size_t length)
{
    if (EP_LIKELY(length <= out->capacity - out->used))
        return true;
    if (out->fd < 0) {
        size_t capacity = 2 * out->capacity;

        while (capacity - out->used < length)
            capacity *= 2;
        buffer_resize(out, capacity);
        return true;
    }
    write_all(out, out->buffer, out->used);
    out->used = 0;
    return length <= out->capacity;
}

void out_bytes(struct out *out, const char *bytes, size_t length)
{
    if (length == 0)
        return;
    if (!reserve(out, length)) {
        write_all(out, bytes, length);
        return;
    }
    memcpy(out->buffer + out->used, bytes, length);
    out->used += length;
}

void out_str(struct out *out, const char *text)
{
    out_bytes(out, text, strlen(text));
}

void out_char(struct out *out, char c)
{
    (void)reserve(out, 1);
    out->buffer[out->used++] = c;
}

void out_u64(struct out *out, uint64_t value)
{
    char digits[20];
    size_t first = sizeof digits;

    do {
        digits[--first] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    out_bytes(out, digits + first, sizeof digits - first);
}

void out_i64(struct out *out, int64_t value)
{
    if (value < 0)
        out_char(out, '-');
    out_u64(out, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void out_hex64(struct out *out, uint64_t value)
{
    char digits[16];

    for (int i = 15; i >= 0; i--, value >>= 4)
        digits[i] = "0123456789abcdef"[value & 15];
    out_bytes(out, digits, sizeof digits);
}

void out_printf(struct out *out, const char *format, ...)
{
    char small[PRINTF_STACK_BYTES];
    va_list args;

    va_start(args, format);
    const int length = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    EP_REQUIRE(length >= 0);
    if ((size_t)length < sizeof small) {
        out_bytes(out, small, (size_t)length);
        return;
    }

    char *big = malloc((size_t)length + 1);

    if (big == NULL)
        out_of_memory((size_t)length + 1);
    va_start(args, format);
    vsnprintf(big, (size_t)length + 1, format, args);
    va_end(args);
    out_bytes(out, big, (size_t)length);
    free(big);
}

void out_seconds(struct out *out, sim_ns span_ns)
{
    char text[DURATION_TEXT_MAX];

    out_str(out, duration_format_seconds(span_ns, text));
}

void out_number(struct out *out, double value)
{
    char text[40];

    if (value != value || value > 0x1.fffffffffffffp1023 || value < -0x1.fffffffffffffp1023) {
        out_str(out, "null");
        return;
    }
    snprintf(text, sizeof text, "%.9g", value == 0 ? 0.0 : value);
    /* A program that embeds us may have set a locale whose decimal point is another, even several
     * bytes long. */
    for (char *c = text; *c != '\0'; c++) {
        if (strchr("0123456789+-e", *c) != NULL)
            continue;

        const size_t length = strcspn(c, "0123456789+-e");

        *c = '.';
        memmove(c + 1, c + length, strlen(c + length) + 1);
    }
    out_str(out, text);
}

void out_csv(struct out *out, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        out_str(out, text);
        return;
    }
    out_char(out, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"')
            out_char(out, '"');
        out_char(out, *text);
    }
    out_char(out, '"');
}

/* A byte that JSON and double-quoted YAML must see escaped. */
static bool put_escape(struct out *out, unsigned char c)
{
    switch (c) {
    case '"':
        out_str(out, "\\\"");
        return true;
    case '\\':
        out_str(out, "\\\\");
        return true;
    case '\b':
        out_str(out, "\\b");
        return true;
    case '\f':
        out_str(out, "\\f");
        return true;
    case '\n':
        out_str(out, "\\n");
        return true;
    case '\r':
        out_str(out, "\\r");
        return true;
    case '\t':
        out_str(out, "\\t");
        return true;
    default:
        break;
    }
    if (c >= 0x20 && c != 0x7F)
        return false;
    out_str(out, "\\u00");
    out_char(out, "0123456789abcdef"[c >> 4]);
    out_char(out, "0123456789abcdef"[c & 15]);
    return true;
}

/* Bytes of the line separators and controls beyond ASCII that older YAML readers take for line
 * ends, else 0. */
static size_t put_wide_escape(struct out *out, const unsigned char *c)
{
    if (c[0] == 0xC2 && c[1] >= 0x80 && c[1] <= 0x9F) {
        out_str(out, "\\u00");
        out_char(out, "0123456789abcdef"[c[1] >> 4]);
        out_char(out, "0123456789abcdef"[c[1] & 15]);
        return 2;
    }
    if (c[0] == 0xE2 && c[1] == 0x80 && (c[2] == 0xA8 || c[2] == 0xA9)) {
        out_str(out, c[2] == 0xA8 ? "\\u2028" : "\\u2029");
        return 3;
    }
    if (c[0] == 0xEF && c[1] == 0xBB && c[2] == 0xBF) {
        out_str(out, "\\ufeff");
        return 3;
    }
    return 0;
}

void out_json_string(struct out *out, const char *text)
{
    if (text == NULL) {
        out_str(out, "null");
        return;
    }
    out_char(out, '"');

    const unsigned char *c = (const unsigned char *)text;

    while (*c != '\0') {
        const size_t wide = put_wide_escape(out, c);

        if (wide == 0 && !put_escape(out, *c))
            out_char(out, (char)*c);
        c += wide > 0 ? wide : 1;
    }
    out_char(out, '"');
}

/* True if some YAML reader could take it for a number, a date or a time of day. */
static bool looks_like_number(const char *text)
{
    const char *c = text;
    int dots = 0;

    if (strchr("+-.0123456789", *c) == NULL)
        return false;
    for (; *c != '\0'; c++) {
        if (strchr("0123456789abcdefABCDEFxXo_+-.:", *c) == NULL)
            return false;
        dots += *c == '.';
    }
    return dots < 2 || strchr(text, ':') != NULL; /* 10.0.0.1 is a string for everybody */
}

static bool is_reserved_word(const char *text)
{
    static const char *const words[] = {"null", "true", "false", "yes",  "no",    "on",   "off",
                                        "y",    "n",    ".inf",  ".nan", "-.inf", "+.inf"};

    for (size_t i = 0; i < EP_COUNT_OF(words); i++) {
        if (strcasecmp(text, words[i]) == 0)
            return true;
    }
    return false;
}

static bool is_plain_yaml(const char *text)
{
    const size_t length = strlen(text);

    if (length == 0 || strchr(" -?:,[]{}#&*!|>'\"%@`~=<", text[0]) != NULL)
        return false;
    if (text[length - 1] == ' ' || text[length - 1] == ':')
        return false;
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)text[i];

        if (c < 0x20 || c > 0x7E || strchr(",[]{}", c) != NULL)
            return false;
        if ((c == ':' && text[i + 1] == ' ') || (c == ' ' && text[i + 1] == '#'))
            return false;
    }
    return strcmp(text, "...") != 0 && !looks_like_number(text) && !is_reserved_word(text);
}

void out_yaml_string(struct out *out, const char *text)
{
    if (text == NULL)
        out_str(out, "null");
    else if (is_plain_yaml(text))
        out_str(out, text);
    else
        out_json_string(out, text);
}
