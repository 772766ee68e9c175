/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rules of Go's time package (time.ParseDuration, Duration.String), to the last nanosecond:
 * fractions are computed as there, in double precision, so that a manifest means the same here and
 * in Kubernetes.
 */
#include "base/duration.h"

#include <stdio.h>
#include <string.h>

#define SPAN_LIMIT ((uint64_t)1 << 63) /* one more than the largest; as large as the smallest */

__extension__ typedef unsigned __int128 uint128;

static const struct unit {
    char name[4];
    uint64_t span_ns;
} units[] = {
    {"ns", 1},
    {"us", (uint64_t)NS_PER_US},
    {"\xC2\xB5s", (uint64_t)NS_PER_US}, /* micro sign */
    {"\xCE\xBCs", (uint64_t)NS_PER_US}, /* Greek mu */
    {"ms", (uint64_t)NS_PER_MS},
    {"s", (uint64_t)NS_PER_S},
    {"m", (uint64_t)NS_PER_MIN},
    {"h", (uint64_t)NS_PER_HOUR},
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The unit whose whole name stands at *text, and moves behind it; 0 if none. */
static uint64_t parse_unit(const char **text)
{
    size_t length = 0;

    while ((*text)[length] != '\0' && (*text)[length] != '.' && !is_digit((*text)[length]))
        length++;
    for (size_t i = 0; i < EP_COUNT_OF(units); i++) {
        if (strlen(units[i].name) == length && memcmp(units[i].name, *text, length) == 0) {
            *text += length;
            return units[i].span_ns;
        }
    }
    return 0;
}

/* The digits at *text as an integer; false beyond SPAN_LIMIT. */
static bool parse_whole(const char **text, uint64_t *whole)
{
    *whole = 0;
    for (; is_digit(**text); ++*text) {
        if (*whole > SPAN_LIMIT / 10)
            return false;
        *whole = *whole * 10 + (unsigned)(**text - '0');
        if (*whole > SPAN_LIMIT)
            return false;
    }
    return true;
}

/* The digits behind a point as an integer and the power of ten to divide it by; those that do not
 * fit are dropped. */
static void parse_fraction(const char **text, uint64_t *fraction, double *scale)
{
    bool is_full = false;

    *fraction = 0;
    *scale = 1;
    for (; is_digit(**text); ++*text) {
        is_full = is_full || *fraction > (SPAN_LIMIT - 1) / 10;
        if (is_full)
            continue;

        const uint64_t longer = *fraction * 10 + (unsigned)(**text - '0');

        is_full = longer > SPAN_LIMIT;
        if (is_full)
            continue;
        *fraction = longer;
        *scale *= 10;
    }
}

/* One "12.5ms" at *text, added to *total_ns. */
static bool parse_term(const char **text, uint64_t *total_ns)
{
    uint64_t whole;
    uint64_t fraction = 0;
    double scale = 1;
    bool has_digits = is_digit(**text);

    if (!parse_whole(text, &whole))
        return false;
    if (**text == '.') {
        ++*text;
        has_digits = has_digits || is_digit(**text);
        parse_fraction(text, &fraction, &scale);
    }

    const uint64_t unit_ns = has_digits ? parse_unit(text) : 0;

    if (unit_ns == 0 || whole > SPAN_LIMIT / unit_ns)
        return false;

    const uint64_t span_ns =
        whole * unit_ns + (uint64_t)((double)fraction * ((double)unit_ns / scale));

    if (span_ns > SPAN_LIMIT - *total_ns)
        return false;
    *total_ns += span_ns;
    return true;
}

bool duration_parse(const char *text, sim_ns *span_ns)
{
    const bool is_negative = *text == '-';
    uint64_t total_ns = 0;

    if (*text == '-' || *text == '+')
        text++;
    if (*text == '\0')
        return false;
    if (strcmp(text, "0") != 0) {
        while (*text != '\0') {
            if (!parse_term(&text, &total_ns))
                return false;
        }
    }
    if (!is_negative && total_ns >= SPAN_LIMIT)
        return false;
    *span_ns = is_negative ? (sim_ns)(0 - total_ns) : (sim_ns)total_ns;
    return true;
}

static uint64_t magnitude(sim_ns span_ns)
{
    return span_ns < 0 ? 0 - (uint64_t)span_ns : (uint64_t)span_ns;
}

/* `digits` digits of fraction behind a point, without trailing zeros; nothing if all are zero. */
static size_t put_fraction(char *to, uint64_t fraction, int digits)
{
    size_t length = (size_t)digits + 1;

    if (fraction == 0)
        return 0;
    to[0] = '.';
    for (int i = digits; i > 0; i--, fraction /= 10)
        to[i] = (char)('0' + fraction % 10);
    while (to[length - 1] == '0')
        length--;
    return length;
}

static size_t put_u64(char *to, uint64_t value)
{
    char reversed[20];
    size_t length = 0;

    do {
        reversed[length++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    for (size_t i = 0; i < length; i++)
        to[i] = reversed[length - 1 - i];
    return length;
}

/* Below a second: whole units of ns, us or ms with the rest as a fraction. */
static size_t put_subsecond(char *to, uint64_t span_ns)
{
    size_t length = 0;

    if (span_ns < (uint64_t)NS_PER_US) {
        length += put_u64(to, span_ns);
        memcpy(to + length, "ns", 2);
        return length + 2;
    }
    if (span_ns < (uint64_t)NS_PER_MS) {
        length += put_u64(to, span_ns / 1000);
        length += put_fraction(to + length, span_ns % 1000, 3);
        memcpy(to + length, "\xC2\xB5s", 3);
        return length + 3;
    }
    length += put_u64(to, span_ns / 1000000);
    length += put_fraction(to + length, span_ns % 1000000, 6);
    memcpy(to + length, "ms", 2);
    return length + 2;
}

const char *duration_format(sim_ns span_ns, char buffer[DURATION_TEXT_MAX])
{
    const uint64_t ns_per_s = (uint64_t)NS_PER_S;
    const uint64_t span = magnitude(span_ns);
    const uint64_t whole_s = span / ns_per_s;
    size_t length = 0;

    if (span_ns < 0)
        buffer[length++] = '-';
    if (span > 0 && whole_s == 0) {
        length += put_subsecond(buffer + length, span);
        buffer[length] = '\0';
        return buffer;
    }
    if (whole_s >= 3600) {
        length += put_u64(buffer + length, whole_s / 3600);
        buffer[length++] = 'h';
    }
    if (whole_s >= 60) {
        length += put_u64(buffer + length, whole_s / 60 % 60);
        buffer[length++] = 'm';
    }
    length += put_u64(buffer + length, whole_s % 60);
    length += put_fraction(buffer + length, span % ns_per_s, 9);
    buffer[length++] = 's';
    buffer[length] = '\0';
    return buffer;
}

const char *duration_format_seconds(sim_ns span_ns, char buffer[DURATION_TEXT_MAX])
{
    const uint64_t ns_per_s = (uint64_t)NS_PER_S;
    const uint64_t span = magnitude(span_ns);
    size_t length = 0;

    if (span_ns < 0)
        buffer[length++] = '-';
    length += put_u64(buffer + length, span / ns_per_s);
    length += put_fraction(buffer + length, span % ns_per_s, 9);
    buffer[length] = '\0';
    return buffer;
}

/* `span` in units of `unit_ns`, rounded half up, with `decimals` decimals, as an integer. */
static uint64_t rounded(uint64_t span, uint64_t unit_ns, int decimals)
{
    uint128 scaled = span;

    for (int i = 0; i < decimals; i++)
        scaled *= 10;
    return (uint64_t)((scaled + unit_ns / 2) / unit_ns);
}

const char *duration_format_short(sim_ns span_ns, char buffer[DURATION_TEXT_MAX])
{
    const char *const sign = span_ns < 0 ? "-" : "";
    const uint64_t span = magnitude(span_ns);
    const char *unit = "s";
    uint64_t unit_ns = (uint64_t)NS_PER_S;
    int decimals = 2;

    if (span < 1000) {
        snprintf(buffer, DURATION_TEXT_MAX, "%s%u ns", sign, (unsigned)span);
        return buffer;
    }
    if (rounded(span, (uint64_t)NS_PER_US, 0) < 1000) {
        unit = "us";
        unit_ns = (uint64_t)NS_PER_US;
    } else if (rounded(span, (uint64_t)NS_PER_MS, 1) <
               1000) { /* from 0.1 s on people think in seconds */
        unit = "ms";
        unit_ns = (uint64_t)NS_PER_MS;
    }
    while (decimals > 0 && rounded(span, unit_ns, decimals) >= 1000)
        decimals--;

    const unsigned long value = (unsigned long)rounded(span, unit_ns, decimals);
    const unsigned long divisor = decimals == 2 ? 100 : decimals == 1 ? 10 : 1;

    if (decimals == 0)
        snprintf(buffer, DURATION_TEXT_MAX, "%s%lu %s", sign, value, unit);
    else
        snprintf(buffer, DURATION_TEXT_MAX, "%s%lu.%0*lu %s", sign, value / divisor, decimals,
                 value % divisor, unit);
    return buffer;
}
