/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/distribution_parse.h"

#include <string.h>

#include "scenario/value.h"

#define PARTS_MAX 1000u
#define DEPTH_MAX 4

static const char distribution_expected[] =
    "a duration such as 20ms, or a distribution such as {exponential: {mean: 20ms}}";

/* --- parameters: `map` is checked already, so only what the table cannot say is left --- */

static sim_ns span_of(const struct item *map, const char *key)
{
    sim_ns span_ns = 0;
    const struct item *value = yaml_tree_get(map, key);

    if (value != NULL)
        (void)value_duration(value, &span_ns);
    return span_ns;
}

static double number_of(const struct item *map, const char *key)
{
    double number = 0;
    const struct item *value = yaml_tree_get(map, key);

    if (value != NULL)
        (void)value_number(value, &number);
    return number;
}

static bool has(const struct item *map, const char *key)
{
    return yaml_tree_get(map, key) != NULL;
}

static bool refuse(struct checker *checker, const struct item *map, const struct path *path,
                   const char *message)
{
    diagnostics_error(checker->diagnostics, yaml_tree_place(map), path, "%s", message);
    return false;
}

static bool parse_lognormal(struct checker *checker, const struct item *map,
                            const struct path *path, struct distribution *distribution)
{
    const bool by_quantiles =
        has(map, "p50") && has(map, "p99") && !has(map, "mean") && !has(map, "cv");
    const bool by_moments =
        has(map, "mean") && has(map, "cv") && !has(map, "p50") && !has(map, "p99");

    if (!by_quantiles && !by_moments)
        return refuse(checker, map, path, "expected p50 and p99, or mean and cv");
    if (by_moments) {
        *distribution = distribution_lognormal_moments(span_of(map, "mean"), number_of(map, "cv"));
        return true;
    }
    if (span_of(map, "p50") > span_of(map, "p99"))
        return refuse(checker, map, path, "p50 is above p99; expected p50 <= p99");
    *distribution = distribution_lognormal_quantiles(span_of(map, "p50"), span_of(map, "p99"));
    return true;
}

static bool parse_affine(struct checker *checker, const struct item *map, const struct path *path,
                         struct distribution *distribution)
{
    const struct path base_path = {.parent = path, .key = "base"};
    const struct path per_path = {.parent = path, .key = "per"};
    struct distribution base;
    struct distribution per;

    /* Both were checked with the map, so this reports nothing twice; what was wrong is not there. */
    if (!has(map, "base") || !has(map, "per"))
        return false;
    if (!distribution_parse(checker, yaml_tree_get(map, "base"), &base_path, &base) ||
        !distribution_parse(checker, yaml_tree_get(map, "per"), &per_path, &per))
        return false;
    *distribution = distribution_affine(checker->arena, base, per);
    return true;
}

/* One part of a mixture: {w: 9, KIND: ...}. */
static bool parse_part(struct checker *checker, const struct item *part, const struct path *path,
                       struct distribution *distribution, double *weight)
{
    const struct item *w = yaml_tree_get(part, "w");
    const struct path w_path = {.parent = path, .key = "w"};
    struct item rest = *part;
    struct item_entry *entries;

    if (part->kind != ITEM_MAP || w == NULL) {
        check_refuse(checker, part, path, "a part with its weight, such as {w: 9, constant: 1ms}");
        return false;
    }
    if (!value_number(w, weight) || *weight <= 0 || *weight > 1e9) {
        check_refuse(checker, w, &w_path, "a weight above 0");
        return false;
    }
    entries = ARENA_NEW_ARRAY(checker->arena, part->count, struct item_entry);
    rest.count = 0;
    rest.entries = entries;
    for (uint32_t i = 0; i < part->count; i++) {
        if (part->entries[i].value != w)
            entries[rest.count++] = part->entries[i];
    }
    return distribution_parse(checker, &rest, path, distribution) &&
           distribution_parse_refuse_affine(checker, &rest, path, distribution);
}

static bool parse_mixture(struct checker *checker, const struct item *list, const struct path *path,
                          struct distribution *distribution)
{
    struct arena *arena = checker->arena;
    bool is_right = true;

    if (list->kind != ITEM_LIST || list->count == 0 || list->count > PARTS_MAX) {
        check_refuse(checker, list, path,
                     "a list such as [{w: 9, constant: 1ms}, {w: 1, constant: 1s}]");
        return false;
    }

    struct distribution *parts = ARENA_NEW_ARRAY(arena, list->count, struct distribution);
    double *weights = ARENA_NEW_ARRAY(arena, list->count, double);

    for (uint32_t i = 0; i < list->count; i++) {
        const struct path part_path = {.parent = path, .index = i};

        is_right =
            parse_part(checker, list->entries[i].value, &part_path, &parts[i], &weights[i]) &&
            is_right;
    }
    if (is_right)
        *distribution = distribution_mixture(arena, parts, weights, list->count);
    return is_right;
}

static bool parse_kind(struct checker *checker, const char *kind, const struct item *value,
                       const struct path *path, struct distribution *distribution)
{
    if (strcmp(kind, "constant") == 0) {
        sim_ns span_ns = 0;

        (void)value_duration(value, &span_ns);
        *distribution = distribution_constant(span_ns);
    } else if (strcmp(kind, "lognormal") == 0) {
        return parse_lognormal(checker, value, path, distribution);
    } else if (strcmp(kind, "exponential") == 0) {
        *distribution = distribution_exponential(span_of(value, "mean"));
    } else if (strcmp(kind, "uniform") == 0) {
        if (span_of(value, "min") > span_of(value, "max"))
            return refuse(checker, value, path, "min is above max; expected min <= max");
        *distribution = distribution_uniform(span_of(value, "min"), span_of(value, "max"));
    } else if (strcmp(kind, "normal") == 0) {
        *distribution = distribution_normal(span_of(value, "mean"), span_of(value, "sd"));
    } else if (strcmp(kind, "gamma") == 0) {
        *distribution = distribution_gamma(number_of(value, "shape"), span_of(value, "scale"));
    } else if (strcmp(kind, "weibull") == 0) {
        *distribution = distribution_weibull(number_of(value, "shape"), span_of(value, "scale"));
    } else if (strcmp(kind, "pareto") == 0) {
        *distribution = distribution_pareto(span_of(value, "min"), number_of(value, "alpha"));
    } else {
        return parse_affine(checker, value, path, distribution);
    }
    return true;
}

/* Reports an unknown or unsupported kind by checking the map against the table. */
static bool parse_map(struct checker *checker, const struct item *map, const struct path *path,
                      struct distribution *distribution)
{
    const uint32_t errors_before = checker->diagnostics->error_count;
    const struct item *checked;

    if (map->count != 1) {
        check_refuse(checker, map, path, "one distribution such as {exponential: {mean: 20ms}}");
        return false;
    }
    checked = check_map(checker, map, &fields_distribution, path);
    if (checked->count != 1 || checker->diagnostics->error_count != errors_before)
        return false;

    const char *kind = checked->entries[0].key->text;
    const struct path kind_path = {.parent = path, .key = kind};

    if (strcmp(kind, "mixture") == 0)
        return parse_mixture(checker, checked->entries[0].value, &kind_path, distribution);
    return parse_kind(checker, kind, checked->entries[0].value, &kind_path, distribution);
}

bool distribution_parse(struct checker *checker, const struct item *item, const struct path *path,
                        struct distribution *distribution)
{
    const struct field duration_field = {.type = FIELD_DURATION, .expected = distribution_expected};
    sim_ns span_ns = 0;

    if (item->kind == ITEM_MAP) {
        if (checker->distribution_depth == DEPTH_MAX) {
            check_refuse(checker, item, path, "distributions within distributions at most 4 deep");
            return false;
        }
        checker->distribution_depth++;

        const bool is_right = parse_map(checker, item, path, distribution);

        checker->distribution_depth--;
        return is_right;
    }
    if (check_value(checker, &duration_field, item, path) == NULL)
        return false;
    (void)value_duration(item, &span_ns);
    *distribution = distribution_constant(span_ns);
    return true;
}

bool distribution_parse_refuse_affine(struct checker *checker, const struct item *item,
                                      const struct path *path,
                                      const struct distribution *distribution)
{
    if (distribution->kind == DISTRIBUTION_AFFINE)
        diagnostics_error(
            checker->diagnostics, yaml_tree_place(item), path,
            "affine does not fit here; it is for the hops controller.sync and proxy.sync");
    return distribution->kind != DISTRIBUTION_AFFINE;
}

/* --- defaults: maps of words in braces, nothing else --- */

struct default_reader {
    struct arena *arena;
    struct place place;
    const char *at;
};

static const struct item *read_default(struct default_reader *reader)
{
    const struct item *map = yaml_tree_empty(reader->arena, reader->place, ITEM_MAP);

    reader->at += strspn(reader->at, " ");
    if (*reader->at != '{') {
        const size_t length = strcspn(reader->at, ",}");
        const char *word = arena_strndup(reader->arena, reader->at, length);

        reader->at += length;
        return yaml_tree_scalar(reader->arena, reader->place, word);
    }
    do {
        reader->at++; /* the brace or the comma */
        reader->at += strspn(reader->at, " ");

        const size_t length = strcspn(reader->at, ":");
        const char *key = arena_strndup(reader->arena, reader->at, length);

        reader->at += length + 1;
        map =
            yaml_tree_with(reader->arena, map, yaml_tree_string(reader->arena, reader->place, key),
                           read_default(reader));
    } while (*reader->at == ',');
    EP_REQUIRE(*reader->at == '}');
    reader->at++;
    return map;
}

const struct item *distribution_parse_default(struct arena *arena, struct place place,
                                              const char *text)
{
    struct default_reader reader = {arena, place, text};

    return read_default(&reader);
}
