/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/tree_builder.h"

#include <string.h>

#define SMALL_MAP_ENTRIES 16u /* up to here, comparing all keys beats a table */
#define NODES_SATURATED (UINT64_C(1) << 40)

void tree_builder_init(struct tree_builder *builder, struct arena *arena,
                       struct diagnostics *diagnostics, struct yaml_documents *documents,
                       uint32_t source)
{
    *builder = (struct tree_builder){
        .arena = arena,
        .diagnostics = diagnostics,
        .documents = documents,
        .source = source,
        .last_word = ID_NONE,
    };
    name_map_init(&builder->word_names, arena);
}

void tree_builder_stop(struct tree_builder *builder, struct place place, const char *message)
{
    diagnostics_error(builder->diagnostics, place, NULL, "%s", message);
    builder->is_stopped = true;
}

/* An item with room for `more_bytes` behind it, where its text or its entries stand. */
static struct item *new_item(struct tree_builder *builder, enum item_kind kind, struct place place,
                             size_t more_bytes)
{
    struct item *item =
        arena_alloc_close(builder->arena, sizeof *item + more_bytes, _Alignof(struct item));

    *item = (struct item){.kind = (uint8_t)kind,
                          .source = (uint16_t)place.source,
                          .line = place.line,
                          .column = place.column};
    return item;
}

static void push_entry(struct tree_builder *builder, struct item_entry entry)
{
    ARENA_GROW(builder->arena, builder->entries, &builder->entry_capacity,
               builder->entry_count + 1);
    builder->entries[builder->entry_count++] = entry;
}

static bool is_scalar(const struct item *item)
{
    return item->kind != ITEM_LIST && item->kind != ITEM_MAP && item->kind != ITEM_NULL;
}

static bool is_merge_key(const struct item *key)
{
    return key->is_default; /* marked by tree_builder_scalar: a plain << */
}

static void add_key(struct tree_builder *builder, struct frame *frame, const struct item *item)
{
    frame->has_key = true;
    if (!is_scalar(item)) {
        diagnostics_error(builder->diagnostics, yaml_tree_place(item), NULL,
                          "%s as a key; a key must be a word or a number",
                          yaml_tree_kind_name(item));
    }
    frame->has_merge = frame->has_merge || is_merge_key(item);
    push_entry(builder, (struct item_entry){item, NULL});
}

/* Puts a finished item where it belongs: in the innermost open list or map, or among the documents. */
static void add_item(struct tree_builder *builder, const struct item *item, uint64_t node_count,
                     uint32_t height)
{
    if (builder->depth == 0) {
        ARENA_GROW(builder->arena, builder->documents->items, &builder->documents->capacity,
                   builder->documents->count + 1);
        builder->documents->items[builder->documents->count++] = item;
        return;
    }

    struct frame *frame = &builder->frames[builder->depth - 1];

    if (builder->anchor_count > 0) { /* else nobody asks */
        frame->node_count += node_count;
        if (frame->node_count > NODES_SATURATED)
            frame->node_count = NODES_SATURATED;
        if (height + 1 > frame->height)
            frame->height = height + 1;
    }
    if (!frame->is_map) {
        push_entry(builder, (struct item_entry){NULL, item});
    } else if (!frame->has_key) {
        add_key(builder, frame, item);
    } else {
        frame->has_key = false;
        builder->entries[builder->entry_count - 1].value = item;
    }
}

void tree_builder_refused(struct tree_builder *builder, struct place place)
{
    struct item *item = new_item(builder, ITEM_NULL, place, 0);

    item->text = "";
    item->is_default = true;
    add_item(builder, item, 1, 1);
}

uint32_t tree_builder_new_anchor(struct tree_builder *builder)
{
    const uint32_t anchor = builder->anchor_count++;

    ARENA_GROW(builder->arena, builder->anchors, &builder->anchor_capacity, builder->anchor_count);
    builder->anchors[anchor] = (struct anchor){0};
    return anchor;
}

static void close_anchor(struct tree_builder *builder, uint32_t anchor, struct anchor value)
{
    if (anchor != ID_NONE)
        builder->anchors[anchor] = value;
}

/* --- keys --- */

static bool is_literal(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] < ' ' || text[i] > '~' || text[i] == '"' || text[i] == '\\')
            return false;
    }
    return true;
}

static uint32_t new_word(struct tree_builder *builder, const char *text, size_t length)
{
    const uint32_t index = builder->word_count++;

    ARENA_GROW(builder->arena, builder->words, &builder->word_capacity, builder->word_count);
    builder->words[index] = (struct word){
        .text = arena_strndup(builder->arena, text, length),
        .length = (uint32_t)length,
        .next = ID_NONE,
        .is_literal = is_literal(text, length),
    };
    name_map_put(&builder->word_names, builder->words[index].text, index);
    return index;
}

/* The word that came after the last one before; NULL: none. */
static const struct word *likely_word(const struct tree_builder *builder)
{
    const uint32_t next =
        builder->last_word != ID_NONE ? builder->words[builder->last_word].next : ID_NONE;

    return next != ID_NONE ? &builder->words[next] : NULL;
}

static const char *keep_word(struct tree_builder *builder, const char *text, size_t length)
{
    const struct word *likely = likely_word(builder);
    uint32_t index;

    if (likely != NULL && likely->length == length && memcmp(likely->text, text, length) == 0) {
        builder->last_word = (uint32_t)(likely - builder->words);
        return likely->text;
    }
    index = name_map_get_bytes(&builder->word_names, text, length);
    if (index == ID_NONE)
        index = new_word(builder, text, length);
    if (builder->last_word != ID_NONE)
        builder->words[builder->last_word].next = index;
    builder->last_word = index;
    return builder->words[index].text;
}

bool tree_builder_wants_key(const struct tree_builder *builder)
{
    return builder->depth > 0 && builder->frames[builder->depth - 1].is_map &&
           !builder->frames[builder->depth - 1].has_key;
}

const struct word *tree_builder_likely_key(const struct tree_builder *builder)
{
    return tree_builder_wants_key(builder) ? likely_word(builder) : NULL;
}

void tree_builder_add_likely_key(struct tree_builder *builder, struct place place)
{
    const struct word *word = likely_word(builder);
    struct item *item = new_item(builder, ITEM_STRING, place, 0);

    item->text = word->text;
    item->count = word->length;
    builder->last_word = (uint32_t)(word - builder->words);
    add_item(builder, item, 1, 1);
}

/* --- values --- */

void tree_builder_scalar(struct tree_builder *builder, const struct scalar *scalar)
{
    const bool is_key = tree_builder_wants_key(builder);
    const bool is_refused = scalar->is_refused && !is_key;
    struct item *item = new_item(builder, is_refused ? ITEM_NULL : scalar->kind, scalar->place,
                                 is_key ? 0 : scalar->length + 1);

    if (is_key)
        item->text = keep_word(builder, scalar->text, scalar->length);
    else
        item->text = memcpy(item + 1, scalar->text, scalar->length);
    item->count = (uint32_t)scalar->length;
    item->is_default =
        (is_key && scalar->is_plain && scalar->length == 2 && memcmp(scalar->text, "<<", 2) == 0) ||
        is_refused;
    close_anchor(builder, scalar->anchor, (struct anchor){item, 1, 1});
    if (builder->depth == 0 && item->kind == ITEM_NULL)
        return; /* an empty document */
    add_item(builder, item, 1, 1);
}

void tree_builder_alias(struct tree_builder *builder, uint32_t anchor)
{
    const struct anchor *target = &builder->anchors[anchor];
    const struct item *item = target->item;

    if (tree_builder_wants_key(builder) && is_scalar(item)) {
        struct item *key = new_item(builder, item->kind, yaml_tree_place(item), 0);

        *key = *item;
        key->text = keep_word(builder, item->text, item->count);
        item = key;
    }
    add_item(builder, item, target->node_count, target->height);
}

void tree_builder_open(struct tree_builder *builder, struct place place, bool is_map,
                       uint32_t anchor)
{
    if (builder->depth == YAML_TREE_DEPTH_MAX) {
        tree_builder_stop(builder, place, "nested deeper than 100 levels");
        return;
    }
    builder->frames[builder->depth++] = (struct frame){.is_map = is_map,
                                                       .first_entry = builder->entry_count,
                                                       .anchor = anchor,
                                                       .place = place,
                                                       .node_count = 1,
                                                       .height = 1};
}

static void refuse_duplicate(struct tree_builder *builder, const struct item *key,
                             const struct item *first)
{
    diagnostics_error(builder->diagnostics, yaml_tree_place(key), NULL,
                      "duplicate key \"%.100s\"; the first is at line %u", key->text,
                      source_place(builder->diagnostics->sources, yaml_tree_place(first)).line);
}

/* Where `key` stands among the first `count` entries, or ID_NONE. Large maps have a table of their keys. */
static uint32_t find_key(const struct item_entry *entries, uint32_t count,
                         const struct name_map *table, const char *key)
{
    if (table != NULL)
        return name_map_get(table, key);
    for (uint32_t i = 0; i < count; i++) {
        if (entries[i].key->text == key) /* keep_word keeps each once */
            return i;
    }
    return ID_NONE;
}

/* Leaves out entries whose key is no scalar and reports keys that come twice. Returns the number of entries left. */
static uint32_t check_keys(struct tree_builder *builder, struct item_entry *entries, uint32_t count)
{
    struct name_map table;
    struct name_map *large = count > SMALL_MAP_ENTRIES ? &table : NULL;
    uint32_t kept = 0;

    name_map_init(&table, builder->arena);
    for (uint32_t i = 0; i < count; i++) {
        const struct item *key = entries[i].key;

        if (!is_scalar(key))
            continue; /* reported */

        const uint32_t before = find_key(entries, kept, large, key->text);

        if (before != ID_NONE && is_merge_key(entries[before].key) == is_merge_key(key)) {
            refuse_duplicate(builder, key, entries[before].key);
            continue;
        }
        if (large != NULL)
            name_map_put(large, key->text, kept);
        entries[kept++] = entries[i];
    }
    return kept;
}

/* Adds the entries of a merged map that `map` does not have yet. */
static void merge_one(struct tree_builder *builder, struct name_map *known,
                      const struct item *merged, struct place place)
{
    if (merged->kind != ITEM_MAP) {
        diagnostics_error(builder->diagnostics, place, NULL,
                          "<< wants a map or a list of maps, got %s", yaml_tree_kind_name(merged));
        return;
    }
    for (uint32_t i = 0; i < merged->count; i++) {
        if (name_map_get(known, merged->entries[i].key->text) != ID_NONE)
            continue;
        name_map_put(known, merged->entries[i].key->text, 0);
        push_entry(builder, merged->entries[i]);
    }
}

/* Replaces the entry `<<: ...` by what it stands for, behind the map's own entries. */
static void merge(struct tree_builder *builder, uint32_t first_entry)
{
    struct name_map known;
    const uint32_t own_count = builder->entry_count - first_entry;
    const struct item *merged = NULL;
    uint32_t kept = first_entry;

    name_map_init(&known, builder->arena);
    for (uint32_t i = first_entry; i < first_entry + own_count; i++) {
        if (is_merge_key(builder->entries[i].key)) {
            merged = builder->entries[i].value;
            continue;
        }
        name_map_put(&known, builder->entries[i].key->text, 0);
        builder->entries[kept++] = builder->entries[i];
    }
    builder->entry_count = kept;
    if (merged == NULL)
        return;
    if (merged->kind != ITEM_LIST) {
        merge_one(builder, &known, merged, yaml_tree_place(merged));
        return;
    }
    for (uint32_t i = 0; i < merged->count; i++)
        merge_one(builder, &known, merged->entries[i].value,
                  yaml_tree_place(merged->entries[i].value));
}

void tree_builder_close(struct tree_builder *builder)
{
    const struct frame frame = builder->frames[--builder->depth];
    struct item *item;

    if (frame.is_map && builder->entry_count > frame.first_entry) {
        builder->entry_count =
            frame.first_entry + check_keys(builder, builder->entries + frame.first_entry,
                                           builder->entry_count - frame.first_entry);
        if (frame.has_merge)
            merge(builder, frame.first_entry);
    }

    const uint32_t count = builder->entry_count - frame.first_entry;
    const size_t bytes = count * sizeof(struct item_entry);

    item = new_item(builder, frame.is_map ? ITEM_MAP : ITEM_LIST, frame.place, bytes);
    item->count = count;
    item->entries = (struct item_entry *)(item + 1);
    if (bytes > 0)
        memcpy(item + 1, builder->entries + frame.first_entry, bytes);
    builder->entry_count = frame.first_entry;
    close_anchor(builder, frame.anchor, (struct anchor){item, frame.node_count, frame.height});
    add_item(builder, item, frame.node_count, frame.height);
}

void tree_builder_abandon(struct tree_builder *builder)
{
    builder->depth = 0;
    builder->entry_count = 0;
    builder->anchor_count = 0;
    builder->is_stopped = false;
}
