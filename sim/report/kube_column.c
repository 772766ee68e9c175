/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/kube_column.h"

#include <string.h>

#include "report/kube_text.h"

#define SHOWN_MAX 3U
#define ROLE_PREFIX "node-role.kubernetes.io/"

/* What every value function takes. */
#define COLUMN(name)                                                           \
    static const char *name(struct arena *arena, const struct kube_view *view, \
                            const struct kube_object *object)
#define UNUSED_VIEW (void)view
#define UNUSED_ALL ((void)arena, (void)view, (void)object)

static const char *number(struct arena *arena, uint32_t value)
{
    return arena_printf(arena, "%u", value);
}

COLUMN(age)
{
    return kube_text_age(arena, view->now_ns - object->meta->created_ns);
}

COLUMN(none)
{
    UNUSED_ALL;
    return "<none>";
}

COLUMN(unknown)
{
    UNUSED_ALL;
    return "<unknown>";
}

/* --- pods --- */

COLUMN(pod_ready)
{
    UNUSED_VIEW;
    return arena_printf(arena, "%u/%u", kube_text_ready_count(object->pod),
                        object->pod->spec->container_count);
}

COLUMN(pod_status)
{
    return kube_text_pod_status(arena, object->pod, view->version_minor);
}

COLUMN(pod_restarts)
{
    const struct snapshot_pod *pod = object->pod;

    if (pod->restart_count == 0)
        return "0";
    return arena_printf(arena, "%u (%s ago)", pod->restart_count,
                        kube_text_age(arena, view->now_ns - pod->ended_ns));
}

COLUMN(pod_ip)
{
    (void)arena;
    UNUSED_VIEW;
    return object->pod->ip != NULL ? object->pod->ip : "<none>";
}

COLUMN(pod_node)
{
    (void)arena;
    UNUSED_VIEW;
    return object->pod->node != NULL ? object->pod->node : "<none>";
}

static const struct kube_column pod_columns[] = {
    {"READY", false, pod_ready},
    {"STATUS", false, pod_status},
    {"RESTARTS", false, pod_restarts},
    {"AGE", false, age},
    {"IP", true, pod_ip},
    {"NODE", true, pod_node},
    {"NOMINATED NODE", true, none},
    {"READINESS GATES", true, none},
};

/* --- services --- */

COLUMN(service_type)
{
    (void)arena;
    UNUSED_VIEW;
    return kube_text_service_type(object->service->spec->type);
}

COLUMN(service_cluster_ip)
{
    (void)arena;
    UNUSED_VIEW;
    return object->service->cluster_ip != NULL ? object->service->cluster_ip : "<none>";
}

COLUMN(service_external_ip)
{
    (void)arena;
    UNUSED_VIEW;
    switch (object->service->spec->type) {
    case SERVICE_LOAD_BALANCER:
        return object->service->balancer_ip != NULL ? object->service->balancer_ip : "<pending>";
    case SERVICE_EXTERNAL_NAME:
        return object->service->spec->external_name;
    case SERVICE_CLUSTER_IP:
    case SERVICE_NODE_PORT:
        break;
    }
    return "<none>";
}

COLUMN(service_ports)
{
    const struct service_spec *spec = object->service->spec;
    const char *text = NULL;

    UNUSED_VIEW;
    for (uint32_t i = 0; i < spec->port_count; i++) {
        const struct service_port *port = &spec->ports[i];
        const char *protocol = kube_text_protocol(port->protocol);
        const uint16_t node_port = object->service->node_ports[i];

        text = kube_text_join(
            arena, text, ",",
            node_port == 0 ? arena_printf(arena, "%u/%s", port->port, protocol)
                           : arena_printf(arena, "%u:%u/%s", port->port, node_port, protocol));
    }
    return text == NULL ? "<none>" : text;
}

COLUMN(service_selector)
{
    UNUSED_VIEW;
    return kube_text_selector(arena, &object->service->spec->selector);
}

static const struct kube_column service_columns[] = {
    {"TYPE", false, service_type},
    {"CLUSTER-IP", false, service_cluster_ip},
    {"EXTERNAL-IP", false, service_external_ip},
    {"PORT(S)", false, service_ports},
    {"AGE", false, age},
    {"SELECTOR", true, service_selector},
};

/* --- endpoints and slices --- */

COLUMN(endpoints_addresses)
{
    UNUSED_VIEW;
    return kube_text_endpoints(arena, object->endpoints);
}

static const struct kube_column endpoints_columns[] = {
    {"ENDPOINTS", false, endpoints_addresses},
    {"AGE", false, age},
};

COLUMN(slice_address_type)
{
    (void)arena;
    UNUSED_VIEW;
    return object->slice->is_ipv6 ? "IPv6" : "IPv4";
}

static const char *with_more(struct arena *arena, const char *text, uint32_t count)
{
    if (count > SHOWN_MAX)
        return arena_printf(arena, "%s + %u more...", text, count - SHOWN_MAX);
    return text == NULL ? "<unset>" : text;
}

COLUMN(slice_ports)
{
    const char *text = NULL;

    UNUSED_VIEW;
    for (uint32_t i = 0; i < object->slice->port_count && i < SHOWN_MAX; i++)
        text = kube_text_join(arena, text, ",", number(arena, object->slice->ports[i].number));
    return with_more(arena, text, object->slice->port_count);
}

COLUMN(slice_addresses)
{
    const char *text = NULL;

    UNUSED_VIEW;
    for (uint32_t i = 0; i < object->slice->address_count && i < SHOWN_MAX; i++)
        text = kube_text_join(arena, text, ",", object->slice->addresses[i].ip);
    return with_more(arena, text, object->slice->address_count);
}

static const struct kube_column slice_columns[] = {
    {"ADDRESSTYPE", false, slice_address_type},
    {"PORTS", false, slice_ports},
    {"ENDPOINTS", false, slice_addresses},
    {"AGE", false, age},
};

/* --- deployments, replica sets --- */

COLUMN(deployment_ready)
{
    UNUSED_VIEW;
    return arena_printf(arena, "%u/%u", object->deployment->status_ready,
                        object->deployment->replicas);
}

COLUMN(deployment_updated)
{
    UNUSED_VIEW;
    return number(arena, object->deployment->status_updated);
}

COLUMN(deployment_available)
{
    UNUSED_VIEW;
    return number(arena, object->deployment->status_available);
}

static const struct pod_spec *template_of(const struct kube_object *object)
{
    return object->kind->id == KUBE_DEPLOYMENT ? object->deployment->pod_template
                                               : object->replica_set->pod_template;
}

COLUMN(template_containers)
{
    const struct pod_spec *spec = template_of(object);
    const char *text = NULL;

    UNUSED_VIEW;
    for (uint32_t i = 0; i < spec->container_count; i++)
        text = kube_text_join(arena, text, ",", spec->containers[i].name);
    return text == NULL ? "" : text;
}

COLUMN(template_images)
{
    const struct pod_spec *spec = template_of(object);
    const char *text = NULL;

    UNUSED_VIEW;
    for (uint32_t i = 0; i < spec->container_count; i++)
        text = kube_text_join(arena, text, ",", spec->containers[i].image);
    return text == NULL ? "" : text;
}

COLUMN(workload_selector)
{
    UNUSED_VIEW;
    return kube_text_selector(arena, object->kind->id == KUBE_DEPLOYMENT
                                         ? &object->deployment->spec->selector
                                         : object->replica_set->selector);
}

static const struct kube_column deployment_columns[] = {
    {"READY", false, deployment_ready},         {"UP-TO-DATE", false, deployment_updated},
    {"AVAILABLE", false, deployment_available}, {"AGE", false, age},
    {"CONTAINERS", true, template_containers},  {"IMAGES", true, template_images},
    {"SELECTOR", true, workload_selector},
};

COLUMN(replica_set_desired)
{
    UNUSED_VIEW;
    return number(arena, object->replica_set->replicas);
}

COLUMN(replica_set_current)
{
    UNUSED_VIEW;
    return number(arena, object->replica_set->status_replicas);
}

COLUMN(replica_set_ready)
{
    UNUSED_VIEW;
    return number(arena, object->replica_set->status_ready);
}

static const struct kube_column replica_set_columns[] = {
    {"DESIRED", false, replica_set_desired},   {"CURRENT", false, replica_set_current},
    {"READY", false, replica_set_ready},       {"AGE", false, age},
    {"CONTAINERS", true, template_containers}, {"IMAGES", true, template_images},
    {"SELECTOR", true, workload_selector},
};

/* --- nodes --- */

COLUMN(node_status)
{
    UNUSED_VIEW;
    return arena_printf(arena, "%s%s", object->node->is_ready ? "Ready" : "NotReady",
                        object->node->is_unschedulable ? ",SchedulingDisabled" : "");
}

COLUMN(node_roles)
{
    const struct label_set *labels = &object->meta->labels;
    const char *text = NULL;

    UNUSED_VIEW;
    for (uint32_t i = 0; i < labels->count; i++) {
        const char *key = labels->items[i].key;

        if (strncmp(key, ROLE_PREFIX, strlen(ROLE_PREFIX)) == 0 && key[strlen(ROLE_PREFIX)] != '\0')
            text = kube_text_join(arena, text, ",", key + strlen(ROLE_PREFIX));
    }
    return text == NULL ? "<none>" : text;
}

COLUMN(node_version)
{
    (void)arena;
    UNUSED_VIEW;
    return object->node->version;
}

static const struct kube_column node_columns[] = {
    {"STATUS", false, node_status},
    {"ROLES", false, node_roles},
    {"AGE", false, age},
    {"VERSION", false, node_version},
    {"INTERNAL-IP", true, none},
    {"EXTERNAL-IP", true, none},
    {"OS-IMAGE", true, unknown},
    {"KERNEL-VERSION", true, unknown},
    {"CONTAINER-RUNTIME", true, unknown},
};

/* --- events --- */

COLUMN(event_last_seen)
{
    return kube_text_last_seen(arena, view->now_ns, object->event);
}

COLUMN(event_first_seen)
{
    return kube_text_first_seen(arena, view->now_ns, object->event);
}

COLUMN(event_type)
{
    (void)arena;
    UNUSED_VIEW;
    return object->event->is_warning ? "Warning" : "Normal";
}

COLUMN(event_reason)
{
    (void)arena;
    UNUSED_VIEW;
    return object->event->reason;
}

COLUMN(event_object)
{
    UNUSED_VIEW;
    return kube_text_event_object(arena, object->event);
}

COLUMN(event_field)
{
    (void)arena;
    UNUSED_VIEW;
    return object->event->about_field == NULL ? "" : object->event->about_field;
}

COLUMN(event_source)
{
    const struct snapshot_event *ev = object->event;

    UNUSED_VIEW;
    return ev->host == NULL ? ev->component
                            : arena_printf(arena, "%s, %s", ev->component, ev->host);
}

COLUMN(event_message)
{
    (void)arena;
    UNUSED_VIEW;
    return object->event->message;
}

COLUMN(event_count)
{
    UNUSED_VIEW;
    return number(arena, object->event->count);
}

COLUMN(event_name)
{
    (void)arena;
    UNUSED_VIEW;
    return object->meta->name;
}

static const struct kube_column event_columns[] = {
    {"LAST SEEN", false, event_last_seen}, {"TYPE", false, event_type},
    {"REASON", false, event_reason},       {"OBJECT", false, event_object},
    {"SUBOBJECT", true, event_field},      {"SOURCE", true, event_source},
    {"MESSAGE", false, event_message},     {"FIRST SEEN", true, event_first_seen},
    {"COUNT", true, event_count},          {"NAME", true, event_name},
};

const struct kube_column *kube_column_table(enum kube_kind_id kind, uint32_t *count)
{
    static const struct {
        const struct kube_column *columns;
        uint32_t count;
    } tables[KUBE_KIND_COUNT] = {
        [KUBE_POD] = {pod_columns, EP_COUNT_OF(pod_columns)},
        [KUBE_REPLICATION_CONTROLLER] = {replica_set_columns, EP_COUNT_OF(replica_set_columns)},
        [KUBE_SERVICE] = {service_columns, EP_COUNT_OF(service_columns)},
        [KUBE_DEPLOYMENT] = {deployment_columns, EP_COUNT_OF(deployment_columns)},
        [KUBE_REPLICA_SET] = {replica_set_columns, EP_COUNT_OF(replica_set_columns)},
        [KUBE_ENDPOINTS] = {endpoints_columns, EP_COUNT_OF(endpoints_columns)},
        [KUBE_ENDPOINT_SLICE] = {slice_columns, EP_COUNT_OF(slice_columns)},
        [KUBE_NODE] = {node_columns, EP_COUNT_OF(node_columns)},
        [KUBE_EVENT] = {event_columns, EP_COUNT_OF(event_columns)},
    };

    *count = tables[kind].count;
    return tables[kind].columns;
}

bool kube_column_is_age(const struct kube_column *column)
{
    return column->value == age || column->value == event_last_seen ||
           column->value == event_first_seen;
}
