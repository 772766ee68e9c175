/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/describe_lines.h"

#include <string.h>

#include "report/kube_text.h"

/* --- what all have --- */

void describe_lines_labels(struct describe_lines *lines, const char *title,
                           const struct label_set *labels)
{
    out_printf(lines->out, "%s:\t", title);
    if (labels->count == 0)
        out_str(lines->out, "<none>\n");
    for (uint32_t i = 0; i < labels->count; i++)
        out_printf(lines->out, "%s%s=%s\n", i == 0 ? "" : "\t", labels->items[i].key,
                   labels->items[i].value);
}

void describe_lines_annotations(struct describe_lines *lines, const char *title,
                                const struct label_set *annotations)
{
    out_printf(lines->out, "%s:\t", title);
    if (annotations->count == 0)
        out_str(lines->out, "<none>\n");
    for (uint32_t i = 0; i < annotations->count; i++)
        out_printf(lines->out, "%s%s: %s\n", i == 0 ? "" : "\t", annotations->items[i].key,
                   annotations->items[i].value);
}

const char *describe_lines_time(struct describe_lines *lines, sim_ns at_ns)
{
    return kube_text_rfc1123(lines->arena, lines->view->epoch_s, at_ns);
}

/* Events of the newer API have no last time: they come first. */
static int64_t last_second(const struct snapshot_event *event)
{
    return event->action != NULL ? INT64_MIN : event->last_ns / NS_PER_S;
}

/* Those about the object; Nodes have two UIDs, the kubelet's posts have the name instead. */
static bool is_about(const struct snapshot_event *event, const struct kube_object *object)
{
    const struct snapshot_meta *meta = object->meta;
    const char *ns = meta->ns[0] == '\0' ? "default" : meta->ns;

    if (strcmp(event->meta.ns, ns) != 0 || strcmp(event->about_kind, object->kind->kind) != 0 ||
        strcmp(event->about_name, meta->name) != 0)
        return false;
    return object->kind->id == KUBE_NODE ||
           (event->about_uid != NULL && strcmp(event->about_uid, meta->uid) == 0);
}

static const struct snapshot_event **events_about(struct describe_lines *lines,
                                                  const struct kube_object *object, uint32_t *count)
{
    const struct snapshot_query query = {.node = ID_NONE};
    uint32_t all_count;
    const struct snapshot_event *all =
        snapshot_events(lines->arena, lines->cluster, &query, &all_count);
    const struct snapshot_event **list =
        ARENA_NEW_ARRAY(lines->arena, all_count, const struct snapshot_event *);

    *count = 0;
    for (uint32_t i = 0; i < all_count; i++) {
        uint32_t at = *count;
        if (!is_about(&all[i], object))
            continue;
        for (; at > 0 && last_second(list[at - 1]) > last_second(&all[i]); at--)
            list[at] = list[at - 1];
        list[at] = &all[i];
        ++*count;
    }
    return list;
}

void describe_lines_events(struct describe_lines *lines)
{
    uint32_t count;
    const struct snapshot_event **list = events_about(lines, lines->object, &count);

    if (count == 0) {
        out_str(lines->out, "Events:\t<none>\n");
        return;
    }
    out_str(lines->out, "Events:\n  Type\tReason\tAge\tFrom\tMessage\n");
    out_str(lines->out, "  ----\t------\t----\t----\t-------\n");
    for (uint32_t i = 0; i < count; i++) {
        const struct snapshot_event *ev = list[i];
        const char *age = kube_text_first_seen(lines->arena, lines->view->now_ns, ev);

        if (ev->count > 1)
            age = arena_printf(lines->arena, "%s (x%u over %s)",
                               kube_text_last_seen(lines->arena, lines->view->now_ns, ev),
                               ev->count, age);
        out_printf(lines->out, "  %s\t%s\t%s\t%s\t%s\n", ev->is_warning ? "Warning" : "Normal",
                   ev->reason, age, ev->component, ev->message);
    }
}

/* --- containers --- */

static void ports(struct describe_lines *lines, const struct container_spec *container)
{
    const char *own = NULL;
    const char *host = NULL;
    const char *plural = container->port_count > 1 ? "s" : "";

    for (uint32_t i = 0; i < container->port_count; i++) {
        const struct container_port *port = &container->ports[i];
        const char *protocol = kube_text_protocol(port->protocol);

        own = kube_text_join(lines->arena, own, ", ",
                             arena_printf(lines->arena, "%u/%s", port->number, protocol));
        host =
            kube_text_join(lines->arena, host, ", ", arena_printf(lines->arena, "0/%s", protocol));
    }
    out_printf(lines->out, "    Port%s:\t%s\n", plural, own == NULL ? "<none>" : own);
    out_printf(lines->out, "    Host Port%s:\t%s\n", plural, host == NULL ? "<none>" : host);
}

static void probe(struct describe_lines *lines, const char *name, const struct probe_spec *probe)
{
    if (probe->kind != PROBE_NONE)
        out_printf(lines->out, "    %s:\t%s\n", name, kube_text_probe(lines->arena, probe));
}

/* How it ended, or ended before. */
static void terminated(struct describe_lines *lines, const struct snapshot_pod *pod,
                       const char *name)
{
    out_printf(lines->out,
               "    %s:\tTerminated\n      Reason:\tError\n      Exit Code:\t1\n      "
               "Started:\t%s\n      Finished:\t%s\n",
               name, describe_lines_time(lines, pod->last_started_ns),
               describe_lines_time(lines, pod->ended_ns));
}

/* Of containers that end although their pod stays. */
static void restarting_state(struct describe_lines *lines, const struct snapshot_pod *pod)
{
    if (pod->container == SNAPSHOT_CONTAINER_ERROR) {
        terminated(lines, pod, "State");
        return;
    }
    if (pod->container == SNAPSHOT_CONTAINER_CRASH_LOOP)
        out_str(lines->out, "    State:\tWaiting\n      Reason:\tCrashLoopBackOff\n");
    else
        out_printf(lines->out, "    State:\tRunning\n      Started:\t%s\n",
                   describe_lines_time(lines, pod->started_ns));
    if (pod->ended_ns != NS_NEVER)
        terminated(lines, pod, "Last State");
}

static void state(struct describe_lines *lines, const struct snapshot_pod *pod, uint32_t container)
{
    const char *started = describe_lines_time(lines, pod->started_ns);

    switch (pod->phase) {
    case SNAPSHOT_PENDING:
        out_printf(lines->out, "    State:\tWaiting\n      Reason:\t%s\n",
                   pod->spec->init_container_count > 0 ? "PodInitializing" : "ContainerCreating");
        break;
    case SNAPSHOT_RUNNING:
    case SNAPSHOT_UNKNOWN:
        restarting_state(lines, pod);
        break;
    case SNAPSHOT_SUCCEEDED:
    case SNAPSHOT_FAILED:
        out_printf(lines->out, "    State:\tTerminated\n      Reason:\t%s\n      Started:\t%s\n",
                   pod->phase == SNAPSHOT_FAILED ? "Error" : "Completed", started);
        break;
    }
    out_printf(lines->out, "    Ready:\t%s\n    Restart Count:\t%u\n",
               kube_text_is_container_ready(pod, container) ? "True" : "False", pod->restart_count);
}

/* `status_of`: the pod whose containers have states; NULL: none to be told. */
static void container_lines(struct describe_lines *lines, const struct container_spec *container,
                            const struct snapshot_pod *status_of, uint32_t index)
{
    if (status_of != NULL)
        out_str(lines->out, "    Container ID:\t\n");
    out_printf(lines->out, "    Image:\t%s\n", container->image);
    if (status_of != NULL)
        out_str(lines->out, "    Image ID:\t\n");
    ports(lines, container);
    if (status_of != NULL)
        state(lines, status_of, index);
    probe(lines, "Liveness", &container->liveness);
    probe(lines, "Readiness", &container->readiness);
    probe(lines, "Startup", &container->startup);
    out_str(lines->out, "    Environment:\t<none>\n    Mounts:\t<none>\n");
}

void describe_lines_containers(struct describe_lines *lines, const struct pod_spec *spec,
                               const struct snapshot_pod *pod)
{
    const char *space = pod == NULL ? "  " : "";
    const char *name_space = pod == NULL ? " " : "";

    if (spec->init_container_count > 0)
        out_printf(lines->out, "%sInit Containers:\n", space);
    for (uint32_t i = 0; i < spec->init_container_count; i++) {
        out_printf(lines->out, "  %s%s:\n", name_space, spec->init_containers[i].name);
        container_lines(lines, &spec->init_containers[i], NULL, i);
    }
    out_printf(lines->out, "%sContainers:\n", space);
    for (uint32_t i = 0; i < spec->container_count; i++) {
        out_printf(lines->out, "  %s%s:\n", name_space, spec->containers[i].name);
        container_lines(lines, &spec->containers[i], pod != NULL && pod->node != NULL ? pod : NULL,
                        i);
    }
}
