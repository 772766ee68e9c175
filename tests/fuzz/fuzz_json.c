/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as JSON: what is taken as such must give the items that libyaml makes of it. Columns are left out where
 * escaped pairs have been joined for libyaml, which shortens the line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/json_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require_same_place(const struct source_list *sources, const struct item *a,
                               const struct item *b, bool has_columns)
{
    const struct place place = source_place(sources, yaml_tree_place(a));

    EP_REQUIRE(place.line == b->line);
    EP_REQUIRE(!has_columns || place.column == b->column);
}

static void require_same(const struct source_list *sources, const struct item *a,
                         const struct item *b, bool has_columns)
{
    EP_REQUIRE(a->kind == b->kind && a->count == b->count);
    require_same_place(sources, a, b, has_columns);
    if (a->kind != ITEM_MAP && a->kind != ITEM_LIST) {
        EP_REQUIRE(strcmp(a->text, b->text) == 0 && a->is_default == b->is_default);
        return;
    }
    for (uint32_t i = 0; i < a->count; i++) {
        if (a->kind == ITEM_MAP)
            require_same(sources, a->entries[i].key, b->entries[i].key, has_columns);
        require_same(sources, a->entries[i].value, b->entries[i].value, has_columns);
    }
}

/* Keys of more than 1024 characters and what libyaml refuses besides are its own affair. */
static void compare_with_yaml(struct arena *arena, struct source_list *sources, const char *text,
                              const struct item *item)
{
    struct diagnostics diagnostics;
    struct yaml_documents documents = {0};
    const char *yaml = arena_printf(arena, "%s\n# not JSON\n", text);
    const uint32_t source = source_add_text(sources, "yaml", yaml, strlen(yaml));

    diagnostics_init(&diagnostics, arena, sources);
    if (!yaml_tree_parse(arena, &diagnostics, source, &documents) || documents.count != 1)
        return;
    require_same(sources, item, documents.items[0], strstr(text, "\\u") == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct source_list sources;
    struct diagnostics diagnostics;
    struct yaml_documents documents = {0};
    struct tree_builder *builder;
    struct place place;
    const char *reason;
    const char *text;
    uint32_t source;

    arena_init(&arena);
    source_list_init(&sources, &arena);
    diagnostics_init(&diagnostics, &arena, &sources);
    text = arena_strndup(&arena, (const char *)data, size);
    source = source_add_text(&sources, "json", text, size);
    builder = ARENA_NEW(&arena, struct tree_builder);
    tree_builder_init(builder, &arena, &diagnostics, &documents, source);
    if (json_parse(builder, text, size)) {
        EP_REQUIRE(source_check_characters(&sources, source, &place, &reason));
        compare_with_yaml(&arena, &sources, text, documents.items[0]);
    } else {
        EP_REQUIRE(documents.count == 0 && diagnostics.error_count == 0);
    }
    arena_deinit(&arena);
    return 0;
}
