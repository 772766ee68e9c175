/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "record/plain_text.h"

#include <stdio.h>
#include <string.h>

#include "base/duration.h"

const char *plain_text_count(uint64_t count, char buffer[PLAIN_TEXT_MAX])
{
    char digits[PLAIN_TEXT_MAX];
    const int length = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)count);
    char *to = buffer;

    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
    return buffer;
}

const char *plain_text_number(double value, char buffer[PLAIN_TEXT_MAX])
{
    int decimals = 2;

    if (value >= 99.95 && value < 1e18)
        return plain_text_count((uint64_t)(value + 0.5), buffer);
    if (value >= 9.995)
        decimals = 1;
    for (double scaled = value; scaled > 0 && scaled < 0.9995 && decimals < 18; scaled *= 10)
        decimals++;
    if (value <= 0) {
        value = 0;
        decimals = 0;
    }
    snprintf(buffer, PLAIN_TEXT_MAX, "%.*f", decimals, value);
    return buffer;
}

const char *plain_text_seconds(double value_s, char buffer[PLAIN_TEXT_MAX])
{
    _Static_assert(PLAIN_TEXT_MAX >= DURATION_TEXT_MAX, "a short duration fits");
    const double rounding = value_s < 0 ? -0.5 : 0.5;
    const sim_ns span_ns = (sim_ns)(value_s * (double)NS_PER_S + rounding);

    return span_ns == 0 ? "0 s" : duration_format_short(span_ns, buffer);
}

const char *plain_text_span(sim_ns span_ns, char buffer[PLAIN_TEXT_MAX])
{
    const long long hours = (long long)(span_ns / NS_PER_HOUR);
    const long long minutes = (long long)(span_ns % NS_PER_HOUR / NS_PER_MIN);
    char seconds[DURATION_TEXT_MAX];

    if (span_ns < 2 * NS_PER_MIN) {
        duration_format_seconds(span_ns, seconds);
        snprintf(buffer, PLAIN_TEXT_MAX, "%s s", seconds);
        return buffer;
    }

    int length = 0;

    if (hours > 0)
        length = snprintf(buffer, PLAIN_TEXT_MAX, "%lld h ", hours);
    if (minutes > 0)
        length +=
            snprintf(buffer + length, (size_t)(PLAIN_TEXT_MAX - length), "%lld min ", minutes);
    if (span_ns % NS_PER_MIN != 0) {
        duration_format_seconds(span_ns % NS_PER_MIN, seconds);
        length += snprintf(buffer + length, (size_t)(PLAIN_TEXT_MAX - length), "%s s ", seconds);
    }
    buffer[length - 1] = '\0'; /* the space behind the last unit */
    return buffer;
}

uint32_t plain_text_width(const char *text)
{
    uint32_t width = 0;

    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xC0u) !=
                 0x80u; /* bytes that continue a character do not count */
    return width;
}

static void put_spaces(struct out *out, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        out_char(out, ' ');
}

void plain_text_put_left(struct out *out, const char *text, uint32_t width)
{
    const uint32_t used = plain_text_width(text);

    out_str(out, text);
    put_spaces(out, used < width ? width - used : 0);
}

void plain_text_put_right(struct out *out, const char *text, uint32_t width)
{
    const uint32_t used = plain_text_width(text);

    put_spaces(out, used < width ? width - used : 0);
    out_str(out, text);
}

void plain_text_put_name(struct out *out, const char *name, uint32_t width)
{
    uint32_t used = plain_text_width(name);

    if (used <= width) {
        plain_text_put_left(out, name, width);
        return;
    }
    /* names are ASCII where Kubernetes made them; others lose whole characters */
    for (; used > width - 2; used--) {
        name++;
        while (((unsigned char)*name & 0xC0u) == 0x80u)
            name++;
    }
    out_str(out, "..");
    out_str(out, name);
}

void plain_text_put_wrapped(struct out *out, const char *text, uint32_t width, uint32_t indent)
{
    uint32_t column = 0;

    while (*text != '\0') {
        char word[256];
        size_t length = strcspn(text, " \t\r\n");

        if (length == 0) {
            text++;
            continue;
        }
        if (length >= sizeof(word))
            length = sizeof(word) - 1;
        memcpy(word, text, length);
        word[length] = '\0';
        text += length;

        const uint32_t used = plain_text_width(word);

        if (column > 0 && column + 1 + used > width) {
            out_char(out, '\n');
            put_spaces(out, indent);
            column = indent;
        } else if (column > 0) {
            out_char(out, ' ');
            column++;
        }
        out_str(out, word);
        column += used;
    }
    out_char(out, '\n');
}
