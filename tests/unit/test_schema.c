/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The schema against the table, and the repository's scenarios and some of its bad ones against the schema, by as much
 * of a validator as the schema needs.
 */
#include <dirent.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>
#include <cmocka.h>

#include "scenario/fields.h"
#include "scenario/schema.h"
#include "scenario/value.h"

static json_t *root;

static int load_schema(void **state)
{
    struct out out;
    json_error_t error;

    (void)state;
    out_open_memory(&out);
    schema_write(&out);
    root = json_loads(out_text(&out), JSON_REJECT_DUPLICATES, &error);
    if (root == NULL)
        print_message("line %d: %s\n", error.line, error.text);
    out_discard(&out);
    return root != NULL ? 0 : -1;
}

static int free_schema(void **state)
{
    (void)state;
    json_decref(root);
    return 0;
}

static const json_t *definition(const char *name)
{
    return json_object_get(json_object_get(root, "definitions"), name);
}

/* --- a small validator --- */

static bool fits(const json_t *schema, const struct item *item);

static bool is_type(const char *type, const struct item *item)
{
    int64_t integer = 0;
    double number = 0;

    if (strcmp(type, "object") == 0)
        return item->kind == ITEM_MAP;
    if (strcmp(type, "array") == 0)
        return item->kind == ITEM_LIST;
    if (strcmp(type, "string") == 0)
        return item->kind == ITEM_STRING;
    if (strcmp(type, "boolean") == 0)
        return item->kind == ITEM_BOOL;
    if (strcmp(type, "null") == 0)
        return item->kind == ITEM_NULL;
    if (strcmp(type, "integer") == 0)
        return value_int(item, &integer);
    assert_string_equal(type, "number");
    return value_number(item, &number);
}

static bool fits_type(const json_t *type, const struct item *item)
{
    if (type == NULL)
        return true;
    if (json_is_string(type))
        return is_type(json_string_value(type), item);
    for (size_t i = 0; i < json_array_size(type); i++) {
        if (is_type(json_string_value(json_array_get(type, i)), item))
            return true;
    }
    return false;
}

static bool is_equal(const json_t *json, const struct item *item)
{
    double number = 0;

    if (json_is_string(json))
        return item->kind == ITEM_STRING && strcmp(json_string_value(json), item->text) == 0;
    if (json_is_boolean(json))
        return item->kind == ITEM_BOOL &&
               (strcmp(item->text, "true") == 0) == json_boolean_value(json);
    return value_number(item, &number) && number == json_number_value(json);
}

static bool fits_scalar(const json_t *schema, const struct item *item)
{
    const json_t *choices = json_object_get(schema, "enum");
    const json_t *pattern = json_object_get(schema, "pattern");
    const json_t *only = json_object_get(schema, "const");
    const json_t *minimum = json_object_get(schema, "minimum");
    const json_t *maximum = json_object_get(schema, "maximum");
    double number = 0;
    bool is_right = choices == NULL;

    for (size_t i = 0; i < json_array_size(choices); i++)
        is_right = is_right || is_equal(json_array_get(choices, i), item);
    if (pattern != NULL && item->kind == ITEM_STRING) {
        regex_t regex;

        assert_int_equal(regcomp(&regex, json_string_value(pattern), REG_EXTENDED), 0);
        is_right = is_right && regexec(&regex, item->text, 0, NULL, 0) == 0;
        regfree(&regex);
    }
    if (only != NULL)
        is_right = is_right && is_equal(only, item);
    if (value_number(item, &number))
        is_right = is_right && (minimum == NULL || number >= json_number_value(minimum)) &&
                   (maximum == NULL || number <= json_number_value(maximum));
    return is_right;
}

static bool fits_map(const json_t *schema, const struct item *map)
{
    const json_t *required = json_object_get(schema, "required");
    const json_t *others = json_object_get(schema, "additionalProperties");
    const json_t *most = json_object_get(schema, "maxProperties");
    const json_t *least = json_object_get(schema, "minProperties");

    if ((most != NULL && map->count > json_integer_value(most)) ||
        (least != NULL && map->count < json_integer_value(least)))
        return false;
    for (size_t i = 0; i < json_array_size(required); i++) {
        if (yaml_tree_get(map, json_string_value(json_array_get(required, i))) == NULL)
            return false;
    }
    for (uint32_t i = 0; i < map->count; i++) {
        const json_t *known =
            json_object_get(json_object_get(schema, "properties"), map->entries[i].key->text);

        if (known == NULL && json_is_false(others))
            return false;
        known = known == NULL && json_is_object(others) ? others : known;
        if (known != NULL && !fits(known, map->entries[i].value))
            return false;
    }
    return true;
}

static bool fits_combined(const json_t *schema, const struct item *item)
{
    const json_t *all = json_object_get(schema, "allOf");
    const json_t *any = json_object_get(schema, "anyOf");
    const json_t *condition = json_object_get(schema, "if");
    bool fits_any = any == NULL;

    for (size_t i = 0; i < json_array_size(all); i++) {
        if (!fits(json_array_get(all, i), item))
            return false;
    }
    for (size_t i = 0; i < json_array_size(any); i++)
        fits_any = fits_any || fits(json_array_get(any, i), item);
    if (condition != NULL && fits(condition, item))
        return fits_any && fits(json_object_get(schema, "then"), item);
    return fits_any;
}

static bool fits(const json_t *schema, const struct item *item)
{
    const char *reference = json_string_value(json_object_get(schema, "$ref"));
    const json_t *elements = json_object_get(schema, "items");

    if (reference != NULL) {
        assert_memory_equal(reference, "#/definitions/", 14);
        assert_non_null(definition(reference + 14));
        return fits(definition(reference + 14), item);
    }
    if (!fits_type(json_object_get(schema, "type"), item) || !fits_scalar(schema, item) ||
        !fits_combined(schema, item) || (item->kind == ITEM_MAP && !fits_map(schema, item)))
        return false;
    for (uint32_t i = 0; elements != NULL && item->kind == ITEM_LIST && i < item->count; i++) {
        if (!fits(elements, item->entries[i].value))
            return false;
    }
    return true;
}

/* True if all documents of the text fit; `path` is a file's, or NULL. */
static bool stream_fits(const char *path, const char *text)
{
    struct arena arena;
    struct source_list sources;
    struct diagnostics diagnostics;
    struct yaml_documents documents = {0};
    struct error err;
    uint32_t source = 0;
    bool is_right = true;

    arena_init(&arena);
    source_list_init(&sources, &arena);
    diagnostics_init(&diagnostics, &arena, &sources);
    if (path != NULL)
        assert_int_equal(source_read(&sources, path, &source, &err), STATUS_OK);
    else
        source = source_add_text(&sources, "text", text, strlen(text));
    assert_true(yaml_tree_parse(&arena, &diagnostics, source, &documents));
    assert_true(documents.count > 0);
    for (uint32_t i = 0; i < documents.count; i++)
        is_right = is_right && fits(root, documents.items[i]);
    arena_deinit(&arena);
    return is_right;
}

static bool spec_fits(const char *spec)
{
    char text[1000];

    snprintf(text, sizeof text, "apiVersion: epsim/v1\nkind: Scenario\nspec:\n  %s\n", spec);
    return stream_fits(NULL, text);
}

/* --- the table --- */

static uint32_t assert_has_fields(const json_t *schema, const struct field_set *set)
{
    const json_t *properties = json_object_get(schema, "properties");
    uint32_t count = 0;

    assert_true(json_is_false(json_object_get(schema, "additionalProperties")));
    for (uint32_t i = 0; i < set->count; i++) {
        const struct field *field = &set->items[i];
        const json_t *property = json_object_get(properties, field->name);

        if (field->status != FIELD_SUPPORTED) {
            assert_null(property);
            continue;
        }
        if (property == NULL)
            print_message("%s is missing\n", field->name);
        assert_non_null(property);
        assert_memory_equal(json_string_value(json_object_get(property, "description")), field->doc,
                            strlen(field->doc));
        assert_true((field->default_text != NULL) ==
                    (json_object_get(property, "default") != NULL));
        count++;
        if (field->children != NULL)
            count += assert_has_fields(json_object_get(property, "items") == NULL
                                           ? property
                                           : json_object_get(property, "items"),
                                       field->children);
    }
    return count;
}

static void test_every_supported_field_is_in_it_and_no_other(void **state)
{
    (void)state;
    assert_true(assert_has_fields(definition("Scenario"), &fields_scenario) > 100);
    assert_true(assert_has_fields(
                    json_array_get(json_object_get(definition("distributionOrAffine"), "anyOf"), 1),
                    &fields_distribution) > 20);
}

static void test_defaults_have_the_types_of_their_fields(void **state)
{
    const json_t *spec = json_object_get(
        json_object_get(json_object_get(definition("Scenario"), "properties"), "spec"),
        "properties");
    const json_t *app =
        json_object_get(json_object_get(json_object_get(spec, "apps"), "items"), "properties");
    const json_t *version = json_object_get(
        json_object_get(json_object_get(json_object_get(spec, "cluster"), "properties"), "version"),
        "default");
    const json_t *demand = json_object_get(json_object_get(app, "serviceTime"), "default");

    (void)state;
    assert_true(json_is_integer(json_object_get(json_object_get(spec, "seed"), "default")));
    assert_true(json_is_string(json_object_get(json_object_get(spec, "until"), "default")));
    assert_string_equal(json_string_value(version), "1.34");
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(demand, "exponential"), "mean")), "10ms");
}

static void test_it_holds_for_the_scenarios_of_the_repository(void **state)
{
    DIR *folder = opendir("scenarios");
    uint32_t count = 0;

    (void)state;
    assert_non_null(folder);
    for (struct dirent *file = readdir(folder); file != NULL; file = readdir(folder)) {
        char path[300];

        if (strstr(file->d_name, ".yaml") == NULL)
            continue;
        snprintf(path, sizeof path, "scenarios/%s", file->d_name);
        if (!stream_fits(path, NULL))
            fail_msg("%s does not fit", path);
        count++;
    }
    closedir(folder);
    assert_true(count >= 5);
}

static void test_it_refuses_what_the_loader_refuses(void **state)
{
    (void)state;
    assert_true(spec_fits("until: 1m30s"));
    assert_false(spec_fits("until: 90"));
    assert_false(spec_fits("until: soon"));
    assert_false(spec_fits("untli: 1m"));
    assert_false(spec_fits("start: warm"));
    assert_false(spec_fits("cluster: {latency: {api.wirte: 1ms}}"));
    assert_false(spec_fits("clients: [{name: a, rate: 1}]"));
    assert_false(spec_fits("clients: [{name: a, target: \"http://b\", rate: -1}]"));
    assert_true(spec_fits("clients: [{name: a, target: \"http://b\", rate: 0.5}]"));
    assert_false(spec_fits("timeline: [{at: 1s, explode: {}}]"));
}

static void test_distributions_are_durations_or_maps_of_one_kind(void **state)
{
    (void)state;
    assert_true(spec_fits("apps: [{startup: 20ms}]"));
    assert_true(spec_fits("apps: [{startup: {lognormal: {p50: 1s, p99: 2s}}}]"));
    assert_false(spec_fits("apps: [{startup: {lognormal: {p50: 1s}, constant: 1s}}]"));
    assert_false(spec_fits("apps: [{startup: {lognormla: {p50: 1s}}}]"));
    assert_false(spec_fits("apps: [{startup: {affine: {base: 1s, per: 1s}}}]"));
    assert_true(spec_fits("cluster: {latency: {proxy.sync: {affine: {base: 1s, per: 1s}}}}"));
    assert_false(spec_fits("cluster: {latency: {api.write: {affine: {base: 1s, per: 1s}}}}"));
}

static void test_what_components_have_beyond_the_model_is_accepted(void **state)
{
    (void)state;
    assert_true(spec_fits("cluster: {proxy: {clusterCIDR: 10.0.0.0/8}}"));
    assert_true(spec_fits("cluster: {controllerManager: {extraArgs: {kube-api-qps: \"50\"}}}"));
    assert_true(spec_fits("cluster:"));
}

static void test_other_documents_are_free(void **state)
{
    (void)state;
    assert_true(stream_fits(NULL, "apiVersion: v1\nkind: ConfigMap\ndata: {a: b}\n"));
    assert_false(stream_fits(NULL, "apiVersion: epsim/v1\nkind: Scenaroi\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_supported_field_is_in_it_and_no_other),
        cmocka_unit_test(test_defaults_have_the_types_of_their_fields),
        cmocka_unit_test(test_it_holds_for_the_scenarios_of_the_repository),
        cmocka_unit_test(test_it_refuses_what_the_loader_refuses),
        cmocka_unit_test(test_distributions_are_durations_or_maps_of_one_kind),
        cmocka_unit_test(test_what_components_have_beyond_the_model_is_accepted),
        cmocka_unit_test(test_other_documents_are_free),
    };

    return cmocka_run_group_tests(tests, load_schema, free_schema);
}
