/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/options.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct reader {
    struct options *options;
    int argc;
    char **argv;
    int at; /* the argument being read */
    struct error *err;
};

static uint32_t find_name(const struct options *options, const char *name, size_t length)
{
    for (uint32_t i = 0; i < options->option_count; i++) {
        const char *candidate = options->table[i].name;

        if (strlen(candidate) == length && memcmp(candidate, name, length) == 0)
            return i;
    }
    return ID_NONE;
}

static uint32_t find_letter(const struct options *options, char letter)
{
    for (uint32_t i = 0; i < options->option_count; i++) {
        if (options->table[i].letter == letter && letter != '\0')
            return i;
    }
    return ID_NONE;
}

static void give(struct options *options, uint32_t option, const char *value)
{
    ARENA_GROW(options->arena, options->given, &options->given_capacity, options->given_count + 1);
    options->given[options->given_count++] =
        (struct option_given){.option = option, .value = value};
}

/* "-" and "-3" are values; "-o" and "--seed" are more likely an option whose predecessor lacks its
 * value. */
static bool looks_like_option(const char *text)
{
    return text[0] == '-' && text[1] != '\0' && !isdigit((unsigned char)text[1]) && text[1] != '.';
}

static enum status unknown(struct reader *reader, const char *name, size_t length)
{
    const struct options *options = reader->options;
    const char *candidates[64];
    char given[64];
    const char *nearest;

    EP_REQUIRE(options->option_count <= EP_COUNT_OF(candidates));
    for (uint32_t i = 0; i < options->option_count; i++)
        candidates[i] = options->table[i].name;
    if (length >= sizeof given)
        return error_set(reader->err, STATUS_INVALID, "unknown option --%.40s...", name);
    memcpy(given, name, length);
    given[length] = '\0';
    nearest = text_nearest(given, candidates, options->option_count);
    if (nearest == NULL)
        return error_set(reader->err, STATUS_INVALID, "unknown option --%s", given);
    return error_set(reader->err, STATUS_INVALID, "unknown option --%s; did you mean --%s?", given,
                     nearest);
}

/* The value of an option whose own argument has none: the next argument. */
static enum status next_value(struct reader *reader, uint32_t option, const char *as_written)
{
    const struct option *row = &reader->options->table[option];
    const char *value = reader->at + 1 < reader->argc ? reader->argv[reader->at + 1] : NULL;

    if (value == NULL)
        return error_set(reader->err, STATUS_INVALID, "%s needs a value: %s", as_written,
                         row->value_name);
    if (looks_like_option(value))
        return error_set(reader->err, STATUS_INVALID,
                         "%s needs a value: %s; %s is an option (as a value, write --%s=%s)",
                         as_written, row->value_name, value, row->name, value);
    reader->at++;
    give(reader->options, option, value);
    return STATUS_OK;
}

static enum status read_long(struct reader *reader)
{
    const char *name = reader->argv[reader->at] + 2;
    const char *equals = strchr(name, '=');
    const size_t length = equals != NULL ? (size_t)(equals - name) : strlen(name);
    const uint32_t option = find_name(reader->options, name, length);

    if (option == ID_NONE)
        return unknown(reader, name, length);
    if (reader->options->table[option].value_name == NULL) {
        if (equals != NULL)
            return error_set(reader->err, STATUS_INVALID, "--%s takes no value",
                             reader->options->table[option].name);
        give(reader->options, option, "");
        return STATUS_OK;
    }
    if (equals == NULL)
        return next_value(reader, option, reader->argv[reader->at]);
    give(reader->options, option, equals + 1);
    return STATUS_OK;
}

static enum status read_letters(struct reader *reader)
{
    for (const char *letter = reader->argv[reader->at] + 1; *letter != '\0'; letter++) {
        const uint32_t option = find_letter(reader->options, *letter);
        const char as_written[] = {'-', *letter, '\0'};

        if (option == ID_NONE)
            return error_set(reader->err, STATUS_INVALID, "unknown option %s in \"%s\"", as_written,
                             reader->argv[reader->at]);
        if (reader->options->table[option].value_name == NULL) {
            give(reader->options, option, "");
            continue;
        }
        if (letter[1] == '\0')
            return next_value(reader, option, as_written);
        give(reader->options, option, letter + (letter[1] == '=' ? 2 : 1));
        return STATUS_OK;
    }
    return STATUS_OK;
}

void options_init(struct options *options, struct arena *arena, const struct option *table,
                  uint32_t option_count)
{
    *options = (struct options){.table = table, .option_count = option_count, .arena = arena};
}

static void add_operand(struct options *options, const char *operand)
{
    ARENA_GROW(options->arena, options->operands, &options->operand_capacity,
               options->operand_count + 1);
    options->operands[options->operand_count++] = operand;
}

enum status options_parse(struct options *options, int argc, char **argv, struct error *err)
{
    struct reader reader = {.options = options, .argc = argc, .argv = argv, .err = err};
    bool only_operands = false;

    for (; reader.at < argc; reader.at++) {
        const char *argument = argv[reader.at];
        enum status status = STATUS_OK;

        if (only_operands || argument[0] != '-' || argument[1] == '\0')
            add_operand(options, argument);
        else if (strcmp(argument, "--") == 0)
            only_operands = true;
        else
            status = argument[1] == '-' ? read_long(&reader) : read_letters(&reader);
        if (status != STATUS_OK && !options_has(options, "help"))
            return status;
    }
    return STATUS_OK;
}

static uint32_t must_find(const struct options *options, const char *name)
{
    const uint32_t option = find_name(options, name, strlen(name));

    EP_REQUIRE(option != ID_NONE);
    return option;
}

bool options_has(const struct options *options, const char *name)
{
    return options_value(options, name) != NULL;
}

const char *options_value(const struct options *options, const char *name)
{
    const uint32_t option = must_find(options, name);

    for (uint32_t i = options->given_count; i > 0; i--) {
        if (options->given[i - 1].option == option)
            return options->given[i - 1].value;
    }
    return NULL;
}

const char *const *options_values(const struct options *options, const char *name, uint32_t *count)
{
    const uint32_t option = must_find(options, name);
    const char **values = ARENA_NEW_ARRAY(options->arena, options->given_count, const char *);

    *count = 0;
    for (uint32_t i = 0; i < options->given_count; i++) {
        if (options->given[i].option == option)
            values[(*count)++] = options->given[i].value;
    }
    return values;
}

enum status options_u64(const struct options *options, const char *name, struct option_range range,
                        uint64_t *value, struct error *err)
{
    const char *text = options_value(options, name);
    const char letter = options->table[must_find(options, name)].letter;
    const char both[] = {'-', letter, ',', ' ', '\0'};
    unsigned long long number;
    char *end;

    if (text == NULL)
        return STATUS_OK;
    errno = 0;
    number = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0 || number < range.low ||
        number > range.high)
        return error_set(err, STATUS_INVALID,
                         "%s--%s: expected a whole number from %" PRIu64 " to %" PRIu64
                         ", got \"%s\"",
                         letter != '\0' ? both : "", name, range.low, range.high, text);
    *value = number;
    return STATUS_OK;
}
