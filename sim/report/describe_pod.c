/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/describe_lines.h"
#include "report/kube_text.h"

static const char *phase_name(enum snapshot_phase phase)
{
    static const char *const names[] = {[SNAPSHOT_PENDING] = "Pending",
                                        [SNAPSHOT_RUNNING] = "Running",
                                        [SNAPSHOT_SUCCEEDED] = "Succeeded",
                                        [SNAPSHOT_FAILED] = "Failed",
                                        [SNAPSHOT_UNKNOWN] = "Unknown"};

    return names[phase];
}

static void status(struct describe_lines *lines, const struct snapshot_pod *pod)
{
    if (!pod->meta.is_deleting || pod->phase == SNAPSHOT_SUCCEEDED ||
        pod->phase == SNAPSHOT_FAILED) {
        out_printf(lines->out, "Status:\t%s\n", phase_name(pod->phase));
        return;
    }
    out_printf(lines->out, "Status:\tTerminating (lasts %s)\n",
               kube_text_age(lines->arena, lines->view->now_ns - pod->meta.deletion_ns));
    out_printf(lines->out, "Termination Grace Period:\t%llds\n",
               (long long)(pod->meta.grace_ns / NS_PER_S));
}

static void conditions(struct describe_lines *lines, const struct snapshot_pod *pod)
{
    const bool is_initialized =
        pod->phase != SNAPSHOT_PENDING || pod->spec->init_container_count == 0;
    const char *ready = pod->is_ready ? "True" : "False";

    out_str(lines->out, "Conditions:\n  Type\tStatus\n");
    if (pod->node != NULL)
        out_printf(lines->out, "  Initialized \t%s \n  Ready \t%s \n  ContainersReady \t%s \n",
                   is_initialized ? "True" : "False", ready, ready);
    out_printf(lines->out, "  PodScheduled \t%s \n", pod->node != NULL ? "True" : "False");
}

void describe_lines_pod(struct describe_lines *lines, const struct snapshot_pod *pod)
{
    const struct snapshot_meta *meta = &pod->meta;

    out_printf(lines->out, "Name:\t%s\nNamespace:\t%s\n", meta->name, meta->ns);
    if (pod->node == NULL) {
        out_str(lines->out, "Node:\t<none>\n");
    } else {
        out_printf(lines->out, "Node:\t%s/\n", pod->node);
        out_printf(lines->out, "Start Time:\t%s\n", describe_lines_time(lines, meta->created_ns));
    }
    describe_lines_labels(lines, "Labels", &meta->labels);
    describe_lines_annotations(lines, "Annotations", &meta->annotations);
    status(lines, pod);
    out_printf(lines->out, "IP:\t%s\n", pod->ip == NULL ? "" : pod->ip);
    if (pod->ip == NULL)
        out_str(lines->out, "IPs:\t<none>\n");
    else
        out_str(lines->out, "IPs:\n");
    for (uint32_t i = 0; pod->ip != NULL && i < pod->ip_count; i++)
        out_printf(lines->out, "  IP:\t%s\n", pod->ips[i]);
    if (meta->owner_kind != NULL)
        out_printf(lines->out, "Controlled By:\t%s/%s\n", meta->owner_kind, meta->owner_name);
    describe_lines_containers(lines, pod->spec, pod);
    conditions(lines, pod);
    out_str(lines->out, "Volumes:\t<none>\nQoS Class:\tBestEffort\nNode-Selectors:\t<none>\n"
                        "Tolerations:\t<none>\n");
    describe_lines_events(lines);
}
