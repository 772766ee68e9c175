/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Targets that are the control plane's own processes.
 */
#include <string.h>

#include "cluster/run.h"
#include "scenario/load_entry.h"

static const struct {
    const char *name;
    uint32_t components;
    const char *canonical;
} names[] = {
    {"apiserver", COMPONENT_API_SERVER, "apiserver"},
    {"kube-apiserver", COMPONENT_API_SERVER, "apiserver"},
    {"controller-manager", COMPONENT_CONTROLLER_MANAGER, "controller-manager"},
    {"kube-controller-manager", COMPONENT_CONTROLLER_MANAGER, "controller-manager"},
    {"scheduler", COMPONENT_SCHEDULER, "scheduler"},
    {"kube-scheduler", COMPONENT_SCHEDULER, "scheduler"},
    {"controlplane", COMPONENT_API_SERVER | COMPONENT_CONTROLLER_MANAGER | COMPONENT_SCHEDULER,
     "controlplane"},
    {"control-plane", COMPONENT_API_SERVER | COMPONENT_CONTROLLER_MANAGER | COMPONENT_SCHEDULER,
     "controlplane"},
};

bool load_entry_component(struct entry_reader *reader, const char *verb)
{
    static const char prefix[] = "component/";
    const struct item *target = yaml_tree_get(reader->map, "target");
    const char *text = target == NULL ? "" : target->text;
    bool has_prefix = strncmp(text, prefix, strlen(prefix)) == 0;
    const char *name = has_prefix ? text + strlen(prefix) : text;
    size_t i = 0;

    while (i < EP_COUNT_OF(names) && strcmp(name, names[i].name) != 0)
        i++;
    if (i == EP_COUNT_OF(names)) {
        if (has_prefix)
            load_entry_refuse(
                reader, "target",
                arena_printf(
                    reader->load->scratch,
                    "no component %.40s; expected apiserver, controller-manager, scheduler "
                    "or controlplane (all three)",
                    name));
        return has_prefix;
    }
    reader->entry->target.selector.is_null = true;
    reader->entry->target.components = names[i].components;
    if (yaml_tree_get(reader->map, "selector") != NULL)
        load_entry_refuse(reader, NULL, "both selector and target; expected one of them");
    if (yaml_tree_get(reader->map, "mode") != NULL)
        load_entry_refuse(reader, "mode", "goes with selector only");
    load_entry_label(reader, verb, names[i].canonical);
    return true;
}
