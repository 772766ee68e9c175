/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/way.h"

#include <string.h>

void way_start(struct way *way, const struct path *root, const struct item *tree)
{
    way->count = 0;
    way->item = tree;
    if (root != NULL)
        way->steps[way->count++] = *root;
}

void way_push(struct way *way, struct path step, const struct item *item)
{
    EP_REQUIRE(way->count < WAY_STEPS_MAX);
    step.parent = way->count > 0 ? &way->steps[way->count - 1] : NULL;
    way->steps[way->count++] = step;
    if (item != NULL)
        way->item = item;
}

void way_enter(struct way *way, struct arena *arena, const char *names)
{
    while (*names != '\0') {
        const size_t length = strcspn(names, ".");
        const char *key = arena_strndup(arena, names, length);

        way_push(way, (struct path){.key = key}, yaml_tree_get(way->item, key));
        names += length + (names[length] == '.' ? 1 : 0);
    }
}

void way_enter_element(struct way *way, uint32_t index)
{
    const struct item *list = way->item;
    const struct item *element =
        list->kind == ITEM_LIST && index < list->count ? list->entries[index].value : NULL;
    const struct item *name = element != NULL ? yaml_tree_get(element, "name") : NULL;

    way_push(way,
             (struct path){.index = index,
                           .name = name != NULL && name->kind == ITEM_STRING ? name->text : NULL},
             element);
}
