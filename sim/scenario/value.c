/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"

#define DNS_LABEL_MAX 63
#define DNS_SUBDOMAIN_MAX 253
#define PORT_NAME_MAX 15

bool value_bool(const struct item *item, bool *value)
{
    if (item->kind != ITEM_BOOL)
        return false;
    *value = item->text[0] == 't' || item->text[0] == 'T';
    return true;
}

/* The digits behind an optional sign, in the base that their prefix says. */
static bool parse_magnitude(const char *text, bool *is_negative, uint64_t *magnitude)
{
    char *end = NULL;
    int base = 10;

    *is_negative = text[0] == '-';
    if (text[0] == '-' || text[0] == '+')
        text++;
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'o')) {
        base = text[1] == 'x' ? 16 : 8;
        text += 2;
    }
    if (text[0] == '\0' || text[0] == '-' || text[0] == '+' || text[0] == ' ')
        return false;
    errno = 0;

    const unsigned long long parsed = strtoull(text, &end, base);

    *magnitude = parsed;
    return errno == 0 && *end == '\0';
}

bool value_u64(const struct item *item, uint64_t *value)
{
    bool is_negative = false;

    return item->kind == ITEM_INT && parse_magnitude(item->text, &is_negative, value) &&
           (!is_negative || *value == 0);
}

bool value_int(const struct item *item, int64_t *value)
{
    uint64_t magnitude = 0;
    bool is_negative = false;

    if (item->kind != ITEM_INT || !parse_magnitude(item->text, &is_negative, &magnitude) ||
        magnitude > INT64_MAX)
        return false;
    *value = is_negative ? -(int64_t)magnitude : (int64_t)magnitude;
    return true;
}

bool value_number(const struct item *item, double *value)
{
    int64_t integer = 0;
    char *end = NULL;

    if (value_int(item, &integer)) {
        *value = (double)integer;
        return true;
    }
    if (item->kind != ITEM_FLOAT && item->kind != ITEM_INT)
        return false;
    if (strpbrk(item->text, "nNxo") != NULL) /* .inf, .nan; integers too large in another base */
        return false;
    *value = strtod(item->text, &end);
    return *end == '\0' && *value <= 1e300 && *value >= -1e300;
}

bool value_duration(const struct item *item, sim_ns *value)
{
    return item->kind == ITEM_STRING && duration_parse(item->text, value);
}

bool value_int_or_percent(const struct item *item, struct int_or_percent *value)
{
    int64_t number = 0;
    char *end = NULL;

    if (value_int(item, &number)) {
        *value = (struct int_or_percent){.value = (int32_t)number};
        return number >= 0 && number <= INT32_MAX;
    }
    if (item->kind != ITEM_STRING || item->text[0] < '0' || item->text[0] > '9')
        return false;
    errno = 0;

    const long percent = strtol(item->text, &end, 10);

    *value = (struct int_or_percent){.is_percent = true, .value = (int32_t)percent};
    return errno == 0 && percent <= INT32_MAX && strcmp(end, "%") == 0;
}

/* Lower-case letters, digits and single dashes inside, with at least one letter. */
static bool is_port_name(const char *text)
{
    const size_t length = strlen(text);
    bool has_letter = false;

    if (length == 0 || length > PORT_NAME_MAX || text[0] == '-' || text[length - 1] == '-')
        return false;
    for (size_t i = 0; i < length; i++) {
        const char c = text[i];

        if (c >= 'a' && c <= 'z')
            has_letter = true;
        else if ((c < '0' || c > '9') && (c != '-' || text[i + 1] == '-'))
            return false;
    }
    return has_letter;
}

bool value_port_ref(const struct item *item, struct port_ref *value)
{
    int64_t number = 0;

    if (value_int(item, &number)) {
        *value = (struct port_ref){.number = (uint16_t)number};
        return number >= 1 && number <= UINT16_MAX;
    }
    if (item->kind != ITEM_STRING || !is_port_name(item->text))
        return false;
    *value = (struct port_ref){.name = item->text};
    return true;
}

/* Days from 1970-01-01 to a date of the proleptic Gregorian calendar (Hinnant's days_from_civil). */
static int64_t days_of_date(int64_t year, int month, int day)
{
    const int64_t y = month <= 2 ? year - 1 : year;
    const int64_t era = y / 400;
    const int64_t year_of_era = y - era * 400;
    const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return days[month - 1] + (month == 2 && is_leap ? 1 : 0);
}

/* ".25" to 250000000; an empty text to 0. *end is what follows. */
static bool parse_fraction(const char *text, sim_ns *fraction_ns, const char **end)
{
    sim_ns scale = NS_PER_S / 10;

    *fraction_ns = 0;
    *end = text;
    if (text[0] != '.')
        return true;
    for (text++; *text >= '0' && *text <= '9'; text++, scale /= 10)
        *fraction_ns += (*text - '0') * scale;
    *end = text;
    return text[-1] != '.';
}

/* The number that `count` digits at `text` are; false if one of them is none. */
static bool parse_digits(const char *text, int count, int *number)
{
    *number = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *number = 10 * *number + (text[i] - '0');
    }
    return true;
}

/* "2026-01-01T00:00:00" to seconds; *end is what follows. */
static bool parse_date_time(const char *text, int64_t *unix_s, const char **end)
{
    int year, month, day, hour, minute, second;

    if (!parse_digits(text, 4, &year) || text[4] != '-' || !parse_digits(text + 5, 2, &month) ||
        text[7] != '-' || !parse_digits(text + 8, 2, &day) || text[10] != 'T' ||
        !parse_digits(text + 11, 2, &hour) || text[13] != ':' ||
        !parse_digits(text + 14, 2, &minute) || text[16] != ':' ||
        !parse_digits(text + 17, 2, &second))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) || hour > 23 ||
        minute > 59 || second > 60)
        return false;
    *unix_s = days_of_date(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    *end = text + 19;
    return true;
}

/* "Z" or "-08:00". */
static bool parse_zone(const char *text, int64_t *behind_s)
{
    int hour = 0;
    int minute = 0;

    *behind_s = 0;
    if (strcmp(text, "Z") == 0)
        return true;
    if (text[0] != '-' || !parse_digits(text + 1, 2, &hour) || text[3] != ':' ||
        !parse_digits(text + 4, 2, &minute) || text[6] != '\0')
        return false;
    *behind_s = hour * 3600 + minute * 60;
    return true;
}

bool value_time(const struct item *item, int64_t *unix_s, sim_ns *fraction_ns)
{
    const char *rest = NULL;
    int64_t behind_s = 0;

    if (item->kind != ITEM_STRING || !parse_date_time(item->text, unix_s, &rest) ||
        !parse_fraction(rest, fraction_ns, &rest) || !parse_zone(rest, &behind_s))
        return false;
    *unix_s += behind_s;
    return true;
}

static bool is_dns_text(const char *text, size_t length)
{
    if (length == 0 || length > DNS_LABEL_MAX || text[0] == '-' || text[length - 1] == '-')
        return false;
    for (size_t i = 0; i < length; i++) {
        if ((text[i] < 'a' || text[i] > 'z') && (text[i] < '0' || text[i] > '9') && text[i] != '-')
            return false;
    }
    return true;
}

bool value_is_dns_label(const char *text)
{
    return is_dns_text(text, strlen(text));
}

bool value_is_service_name(const char *text)
{
    return is_dns_text(text, strlen(text)) && (text[0] < '0' || text[0] > '9');
}

bool value_is_dns_subdomain(const char *text)
{
    if (strlen(text) > DNS_SUBDOMAIN_MAX)
        return false;
    for (;;) {
        const size_t length = strcspn(text, ".");

        if (!is_dns_text(text, length))
            return false;
        if (text[length] == '\0')
            return true;
        text += length + 1;
    }
}
