/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "report/describe_lines.h"
#include "report/kube_text.h"

#define ROLE_PREFIX "node-role.kubernetes.io/"

static const char *roles_of(struct describe_lines *lines, const struct label_set *labels)
{
    const char *text = NULL;

    for (uint32_t i = 0; i < labels->count; i++) {
        const char *key = labels->items[i].key;

        if (strncmp(key, ROLE_PREFIX, strlen(ROLE_PREFIX)) == 0 && key[strlen(ROLE_PREFIX)] != '\0')
            text = kube_text_join(lines->arena, text, ",", key + strlen(ROLE_PREFIX));
    }
    return text == NULL ? "<none>" : text;
}

static void pods_of(struct describe_lines *lines, const struct snapshot_node *node)
{
    const struct snapshot_query query = {.node = ID_NONE};
    uint32_t count;
    uint32_t shown = 0;
    const struct snapshot_pod *pods = snapshot_pods(lines->arena, lines->cluster, &query, &count);
    struct out rows;

    out_open_memory(&rows);
    for (uint32_t i = 0; i < count; i++) {
        if (pods[i].node == NULL || strcmp(pods[i].node, node->meta.name) != 0 ||
            pods[i].phase == SNAPSHOT_SUCCEEDED || pods[i].phase == SNAPSHOT_FAILED)
            continue;
        shown++;
        out_printf(&rows, "  %s\t%s\t\t%s\n", pods[i].meta.ns, pods[i].meta.name,
                   kube_text_age(lines->arena, lines->view->now_ns - pods[i].meta.created_ns));
    }
    out_printf(lines->out, "Non-terminated Pods:\t(%u in total)\n", shown);
    out_str(lines->out, "  Namespace\tName\t\tAge\n  ---------\t----\t\t---\n");
    out_bytes(lines->out, rows.buffer, rows.used);
    out_discard(&rows);
}

static void taints_of(struct describe_lines *lines, const struct snapshot_node *node)
{
    const char *const taints[] = {
        node->has_no_execute ? "node.kubernetes.io/unreachable:NoExecute" : NULL,
        node->has_no_schedule ? "node.kubernetes.io/unreachable:NoSchedule" : NULL,
        node->is_unschedulable ? "node.kubernetes.io/unschedulable:NoSchedule" : NULL,
    };
    const char *head = "Taints:";

    for (size_t i = 0; i < EP_COUNT_OF(taints); i++) {
        if (taints[i] == NULL)
            continue;
        out_printf(lines->out, "%s\t%s\n", head, taints[i]);
        head = "";
    }
    if (head[0] != '\0')
        out_str(lines->out, "Taints:\t<none>\n");
}

void describe_lines_node(struct describe_lines *lines, const struct snapshot_node *node)
{
    const struct snapshot_meta *meta = &node->meta;

    out_printf(lines->out, "Name:\t%s\nRoles:\t%s\n", meta->name, roles_of(lines, &meta->labels));
    describe_lines_labels(lines, "Labels", &meta->labels);
    describe_lines_annotations(lines, "Annotations", &meta->annotations);
    out_printf(lines->out, "CreationTimestamp:\t%s\n",
               describe_lines_time(lines, meta->created_ns));
    taints_of(lines, node);
    out_printf(lines->out, "Unschedulable:\t%s\n", node->is_unschedulable ? "true" : "false");
    out_str(lines->out, "Conditions:\n  Type\tStatus\tLastTransitionTime\tReason\tMessage\n  "
                        "----\t------\t------------------\t------\t-------\n");
    out_printf(lines->out, "  Ready \t%s \t%s \t%s \t%s\n", node->is_ready ? "True" : "Unknown",
               describe_lines_time(lines, node->changed_ns),
               node->is_ready ? "KubeletReady" : "NodeStatusUnknown",
               node->is_ready ? "kubelet is posting ready status"
                              : "Kubelet stopped posting node status.");
    out_printf(lines->out, "Capacity:\n  pods:\t%u\nAllocatable:\n  pods:\t%u\n",
               node->spec->pod_capacity, node->spec->pod_capacity);
    out_printf(lines->out, "System Info:\n  Kubelet Version:\t%s\n", node->version);
    pods_of(lines, node);
    describe_lines_events(lines);
}
