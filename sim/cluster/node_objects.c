/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/node_objects.h"

#include <string.h>

#include "cluster/api_log.h"
#include "cluster/names.h"

uint32_t node_objects_obtain(struct cluster *cluster, const char *name)
{
    struct node_object *object;

    for (uint32_t i = 0; i < cluster->node_object_count; i++) {
        if (strcmp(cluster->node_objects[i].name, name) == 0)
            return i;
    }
    ARENA_GROW(cluster->arena, cluster->node_objects, &cluster->node_object_capacity,
               cluster->node_object_count + 1);
    object = &cluster->node_objects[cluster->node_object_count];
    object->name = name;
    object->hash = names_hash("node", "", name);
    return cluster->node_object_count++;
}

void node_objects_store(struct cluster *cluster, uint32_t node_object, const struct node_spec *spec)
{
    struct node_object *object = &cluster->node_objects[node_object];
    struct log_record *record;

    if (object->stored == spec)
        return;
    cluster->resource_version++;
    object->version++;
    object->stored = spec;
    record = api_log_append(cluster, RESOURCE_NODES, node_object, object->version);
    record->view.node = spec;
    api_log_wake_readers(cluster, RESOURCE_NODES);
}

void node_objects_seen(struct cluster *cluster, const struct log_record *record)
{
    cluster->node_objects[record->object].seen = record->view.node;
    cluster->node_news++;
}

uint32_t node_objects_machine(const struct cluster *cluster, uint32_t node_object)
{
    return node_object < cluster->node_count ? node_object : ID_NONE;
}

const struct node_spec *node_objects_get_seen(const struct cluster *cluster, uint32_t node_object)
{
    return node_object == ID_NONE ? NULL : cluster->node_objects[node_object].seen;
}

const char *node_objects_name(const struct cluster *cluster, uint32_t node_object)
{
    return node_object == ID_NONE ? NULL : cluster->node_objects[node_object].name;
}

uint32_t node_objects_of(const struct pod_view *view)
{
    return view->named_node == 0 ? ID_NONE : view->named_node - 1;
}
