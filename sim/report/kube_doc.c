/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/kube_doc.h"

#include <string.h>

#include "report/kube_text.h"

#define SLICE_V1_MINOR 21U /* discovery.k8s.io/v1 */
#define TRIGGER_ANNOTATION "endpoints.kubernetes.io/last-change-trigger-time"
#define TRAFFIC_POLICY_MINOR 22U /* internalTrafficPolicy, allocateLoadBalancerNodePorts */
#define IP_MODE_MINOR 30U        /* status.loadBalancer.ingress[].ipMode */

const char *kube_doc_api_version(struct arena *arena, const struct kube_kind *kind, uint32_t minor)
{
    if (kind->group[0] == '\0')
        return "v1";
    return arena_printf(arena, "%s/%s", kind->group,
                        kind->id == KUBE_ENDPOINT_SLICE && minor < SLICE_V1_MINOR ? "v1beta1"
                                                                                  : "v1");
}

void kube_doc_labels(struct doc *doc, const char *key, const struct label_set *labels)
{
    struct doc *map = doc_add_map(doc, key);

    for (uint32_t i = 0; i < labels->count; i++)
        doc_add_text(map, labels->items[i].key, labels->items[i].value);
}

static const char *api_version_of_owner(const char *kind)
{
    return strcmp(kind, "Deployment") == 0 || strcmp(kind, "ReplicaSet") == 0 ? "apps/v1" : "v1";
}

struct label_set kube_doc_annotations(struct arena *arena, const struct kube_view *view,
                                      const struct snapshot_meta *meta)
{
    if (!meta->has_trigger)
        return meta->annotations;
    return labels_with(arena, &meta->annotations, TRIGGER_ANNOTATION,
                       kube_text_rfc3339(arena, view->epoch_s, meta->trigger_ns));
}

static void add_metadata(struct doc *doc, struct arena *arena, const struct kube_view *view,
                         const struct snapshot_meta *meta)
{
    const struct label_set annotations = kube_doc_annotations(arena, view, meta);
    struct doc *map = doc_add_map(doc, "metadata");

    kube_doc_labels(map, "annotations", &annotations);
    doc_add_text(map, "creationTimestamp",
                 kube_text_rfc3339(arena, view->epoch_s, meta->created_ns));
    if (meta->is_deleting) {
        doc_add_i64(map, "deletionGracePeriodSeconds", meta->grace_ns / NS_PER_S);
        doc_add_text(map, "deletionTimestamp",
                     kube_text_rfc3339(arena, view->epoch_s, meta->deletion_ns));
    }
    doc_add_text(map, "generateName", meta->generate_name);
    kube_doc_labels(map, "labels", &meta->labels);
    doc_add_text(map, "name", meta->name);
    doc_add_text(map, "namespace", meta->ns[0] == '\0' ? NULL : meta->ns);
    if (meta->owner_kind != NULL) {
        struct doc *owner = doc_add_map(doc_add_list(map, "ownerReferences"), NULL);

        doc_add_text(owner, "apiVersion", api_version_of_owner(meta->owner_kind));
        doc_add_bool(owner, "blockOwnerDeletion", true);
        doc_add_bool(owner, "controller", true);
        doc_add_text(owner, "kind", meta->owner_kind);
        doc_add_text(owner, "name", meta->owner_name);
        doc_add_text(owner, "uid", meta->owner_uid);
    }
    doc_add_text(map, "resourceVersion",
                 arena_printf(arena, "%llu", (unsigned long long)meta->resource_version));
    doc_add_text(map, "uid", meta->uid);
}

/* --- services --- */

static void add_service_ports(struct doc *spec, const struct snapshot_service *snapshot)
{
    const struct service_spec *service = snapshot->spec;
    struct doc *list = doc_add_list(spec, "ports");

    for (uint32_t i = 0; i < service->port_count; i++) {
        const struct service_port *port = &service->ports[i];
        struct doc *map = doc_add_map(list, NULL);

        doc_add_text(map, "appProtocol", port->app_protocol);
        if (port->name != NULL && port->name[0] != '\0')
            doc_add_text(map, "name", port->name);
        if (snapshot->node_ports[i] != 0)
            doc_add_i64(map, "nodePort", snapshot->node_ports[i]);
        doc_add_i64(map, "port", port->port);
        doc_add_text(map, "protocol", kube_text_protocol(port->protocol));
        if (service->type == SERVICE_EXTERNAL_NAME && port->target.name == NULL)
            continue;
        if (port->target.name != NULL)
            doc_add_text(map, "targetPort", port->target.name);
        else
            doc_add_i64(map, "targetPort", port->target.number);
    }
}

const char *kube_doc_family_policy(const struct snapshot_service *service)
{
    switch (service->spec->family_policy) {
    case IP_FAMILY_POLICY_PREFER_DUAL:
        return "PreferDualStack";
    case IP_FAMILY_POLICY_REQUIRE_DUAL:
        return "RequireDualStack";
    default:
        return service->family_count > 1 ? "RequireDualStack" : "SingleStack";
    }
}

static void add_addresses(struct doc *spec, const struct kube_view *view,
                          const struct snapshot_service *service)
{
    struct doc *families;
    struct doc *ips;

    doc_add_text(spec, "clusterIP", service->cluster_ip);
    ips = doc_add_list(spec, "clusterIPs");
    doc_add_text(ips, NULL, service->cluster_ip);
    if (service->other_cluster_ip != NULL)
        doc_add_text(ips, NULL, service->other_cluster_ip);
    if (view->version_minor >= TRAFFIC_POLICY_MINOR)
        doc_add_text(spec, "internalTrafficPolicy",
                     service->spec->is_internal_local ? "Local" : "Cluster");
    if (service->family_count == 0)
        return;
    families = doc_add_list(spec, "ipFamilies");
    for (uint32_t i = 0; i < service->family_count; i++)
        doc_add_text(families, NULL, service->families[i] == IP_FAMILY_V6 ? "IPv6" : "IPv4");
    doc_add_text(spec, "ipFamilyPolicy", kube_doc_family_policy(service));
}

static void add_affinity(struct doc *spec, const struct service_spec *service)
{
    struct doc *client_ip;

    doc_add_text(spec, "sessionAffinity", service->affinity == AFFINITY_NONE ? "None" : "ClientIP");
    if (service->affinity == AFFINITY_NONE)
        return;
    client_ip = doc_add_map(doc_add_map(spec, "sessionAffinityConfig"), "clientIP");
    doc_add_i64(client_ip, "timeoutSeconds", service->affinity_timeout_ns / NS_PER_S);
}

/* An address, or the name of one. */
static void add_balancer(struct doc *balancer, const struct kube_view *view,
                         const struct snapshot_service *service)
{
    const char *ip = service->balancer_ip;
    struct doc *ingress;

    doc_keep(balancer);
    if (ip == NULL)
        return;
    ingress = doc_add_map(doc_add_list(balancer, "ingress"), NULL);
    if (strspn(ip, "0123456789.") != strlen(ip) && strchr(ip, ':') == NULL) {
        doc_add_text(ingress, "hostname", ip);
        return;
    }
    doc_add_text(ingress, "ip", ip);
    if (view->version_minor >= IP_MODE_MINOR)
        doc_add_text(ingress, "ipMode", "VIP");
}

static void add_service(struct doc *doc, const struct kube_view *view,
                        const struct snapshot_service *service)
{
    const struct service_spec *from = service->spec;
    struct doc *spec = doc_add_map(doc, "spec");
    struct doc *selector;

    if (from->type == SERVICE_LOAD_BALANCER && view->version_minor >= TRAFFIC_POLICY_MINOR)
        doc_add_bool(spec, "allocateLoadBalancerNodePorts", true);
    if (from->type == SERVICE_EXTERNAL_NAME)
        doc_add_text(spec, "externalName", from->external_name);
    else
        add_addresses(spec, view, service);
    if (from->type == SERVICE_NODE_PORT || from->type == SERVICE_LOAD_BALANCER)
        doc_add_text(spec, "externalTrafficPolicy", from->is_external_local ? "Local" : "Cluster");
    if (service->health_check_port != 0)
        doc_add_i64(spec, "healthCheckNodePort", service->health_check_port);
    add_service_ports(spec, service);
    if (from->publish_not_ready)
        doc_add_bool(spec, "publishNotReadyAddresses", true);
    selector = doc_add_map(spec, "selector");
    for (uint32_t i = 0; !from->selector.is_null && i < from->selector.count; i++)
        doc_add_text(selector, from->selector.items[i].key, from->selector.items[i].values[0]);
    add_affinity(spec, from);
    doc_add_text(spec, "type", kube_text_service_type(from->type));
    add_balancer(doc_add_map(doc_add_map(doc, "status"), "loadBalancer"), view, service);
}

/* --- endpoints and slices --- */

static void add_target(struct doc *doc, struct arena *arena, const struct snapshot_meta *meta,
                       const struct snapshot_address *address)
{
    struct doc *target;

    if (address->pod == NULL)
        return;
    target = doc_add_map(doc, "targetRef");
    doc_add_text(target, "kind", "Pod");
    doc_add_text(target, "name", address->pod);
    doc_add_text(target, "namespace", meta->ns);
    if (address->pod_version != 0)
        doc_add_text(target, "resourceVersion",
                     arena_printf(arena, "%llu", (unsigned long long)address->pod_version));
    doc_add_text(target, "uid", address->pod_uid);
}

static void add_ports(struct doc *doc, const struct snapshot_port *ports, uint32_t count,
                      bool has_empty_names)
{
    struct doc *list = doc_add_list(doc, "ports");

    for (uint32_t i = 0; i < count; i++) {
        struct doc *map = doc_add_map(list, NULL);

        doc_add_text(map, "appProtocol", ports[i].app_protocol);
        if (has_empty_names || ports[i].name[0] != '\0')
            doc_add_text(map, "name", ports[i].name);
        doc_add_i64(map, "port", ports[i].number);
        doc_add_text(map, "protocol", kube_text_protocol(ports[i].protocol));
    }
}

static void add_subset(struct doc *doc, struct arena *arena, const struct snapshot_meta *meta,
                       const struct snapshot_subset *subset)
{
    struct doc *ready = doc_add_list(doc, "addresses");
    struct doc *not_ready = doc_add_list(doc, "notReadyAddresses");

    for (uint32_t i = 0; i < subset->count; i++) {
        const struct snapshot_address *address = &subset->addresses[i];
        struct doc *map = doc_add_map(i < subset->ready_count ? ready : not_ready, NULL);

        doc_add_text(map, "hostname", address->hostname);
        doc_add_text(map, "ip", address->ip);
        doc_add_text(map, "nodeName", address->node);
        add_target(map, arena, meta, address);
    }
    add_ports(doc, subset->ports, subset->port_count, false);
}

static void add_endpoints(struct doc *doc, struct arena *arena,
                          const struct snapshot_endpoints *endpoints)
{
    struct doc *subsets = doc_add_list(doc, "subsets");

    for (uint32_t i = 0; i < endpoints->subset_count; i++)
        add_subset(doc_add_map(subsets, NULL), arena, &endpoints->meta, &endpoints->subsets[i]);
}

/* What discovery/v1beta1 has instead of nodeName and zone. */
static void add_topology(struct doc *map, const struct snapshot_address *address)
{
    struct doc *topology = doc_add_map(map, "topology");

    doc_add_text(topology, "kubernetes.io/hostname", address->node);
    doc_add_text(topology, "topology.kubernetes.io/region", address->region);
    doc_add_text(topology, "topology.kubernetes.io/zone", address->zone);
}

static void add_conditions(struct doc *map, const struct snapshot_address *address)
{
    struct doc *conditions = doc_add_map(map, "conditions");

    doc_keep(conditions);
    if ((address->known & CONDITION_READY) != 0)
        doc_add_bool(conditions, "ready", address->is_ready);
    if ((address->known & CONDITION_SERVING) != 0)
        doc_add_bool(conditions, "serving", address->is_serving);
    if ((address->known & CONDITION_TERMINATING) != 0)
        doc_add_bool(conditions, "terminating", address->is_terminating);
}

static void add_hints(struct doc *map, const struct snapshot_address *address)
{
    struct doc *hints = doc_add_map(map, "hints");
    struct doc *nodes = doc_add_list(hints, "forNodes");
    struct doc *zones = doc_add_list(hints, "forZones");

    for (uint32_t i = 0; i < address->hint_node_count; i++)
        doc_add_text(doc_add_map(nodes, NULL), "name", address->hint_nodes[i]);
    for (uint32_t i = 0; i < address->hint_zone_count; i++)
        doc_add_text(doc_add_map(zones, NULL), "name", address->hint_zones[i]);
}

static void add_slice(struct doc *doc, struct arena *arena, const struct kube_view *view,
                      const struct snapshot_slice *slice)
{
    const bool is_v1 = view->version_minor >= SLICE_V1_MINOR;
    struct doc *list;

    doc_add_text(doc, "addressType", slice->is_ipv6 ? "IPv6" : "IPv4");
    list = doc_add_list(doc, "endpoints");
    doc_keep(list);
    for (uint32_t i = 0; i < slice->address_count; i++) {
        const struct snapshot_address *address = &slice->addresses[i];
        struct doc *map = doc_add_map(list, NULL);

        doc_add_text(doc_add_list(map, "addresses"), NULL, address->ip);
        add_conditions(map, address);
        add_hints(map, address);
        doc_add_text(map, "hostname", address->hostname);
        if (is_v1)
            doc_add_text(map, "nodeName", address->node);
        add_target(map, arena, &slice->meta, address);
        if (is_v1)
            doc_add_text(map, "zone", address->zone);
        else
            add_topology(map, address);
    }
    if (slice->port_count > 0)
        add_ports(doc, slice->ports, slice->port_count, true);
    else
        doc_add_null(doc, "ports");
}

/* --- nodes --- */

static void add_taint(struct doc *taints, const char *key, const char *effect)
{
    struct doc *taint = doc_add_map(taints, NULL);

    doc_add_text(taint, "effect", effect);
    doc_add_text(taint, "key", key);
}

static void add_node(struct doc *doc, struct arena *arena, const struct kube_view *view,
                     const struct snapshot_node *node)
{
    const char *pods = arena_printf(arena, "%u", node->spec->pod_capacity);
    struct doc *status;
    struct doc *ready;

    struct doc *spec = doc_add_map(doc, "spec");
    struct doc *taints = doc_add_list(spec, "taints");

    if (node->has_no_schedule)
        add_taint(taints, "node.kubernetes.io/unreachable", "NoSchedule");
    if (node->has_no_execute)
        add_taint(taints, "node.kubernetes.io/unreachable", "NoExecute");
    if (node->is_unschedulable) {
        add_taint(taints, "node.kubernetes.io/unschedulable", "NoSchedule");
        doc_add_bool(spec, "unschedulable", true);
    }
    status = doc_add_map(doc, "status");
    doc_add_text(doc_add_map(status, "allocatable"), "pods", pods);
    doc_add_text(doc_add_map(status, "capacity"), "pods", pods);
    ready = doc_add_map(doc_add_list(status, "conditions"), NULL);
    doc_add_text(ready, "lastTransitionTime",
                 kube_text_rfc3339(arena, view->epoch_s, node->changed_ns));
    doc_add_text(ready, "message",
                 node->is_ready ? "kubelet is posting ready status"
                                : "Kubelet stopped posting node status.");
    doc_add_text(ready, "reason", node->is_ready ? "KubeletReady" : "NodeStatusUnknown");
    doc_add_text(ready, "status", node->is_ready ? "True" : "Unknown");
    doc_add_text(ready, "type", "Ready");
    doc_add_text(doc_add_map(status, "nodeInfo"), "kubeletVersion", node->version);
}

/* --- events --- */

static void add_about(struct doc *doc, struct arena *arena, const struct snapshot_event *event)
{
    struct doc *map = doc_add_map(doc, "involvedObject");

    doc_add_text(map, "apiVersion", event->about_api_version);
    doc_add_text(map, "fieldPath", event->about_field);
    doc_add_text(map, "kind", event->about_kind);
    doc_add_text(map, "name", event->about_name);
    doc_add_text(map, "namespace", event->about_ns);
    if (event->about_version != 0)
        doc_add_text(map, "resourceVersion",
                     arena_printf(arena, "%llu", (unsigned long long)event->about_version));
    doc_add_text(map, "uid", event->about_uid);
}

/* Of the newer API: a time, and a series if there was more than one. */
static void add_series(struct doc *doc, struct arena *arena, const struct kube_view *view,
                       const struct snapshot_event *event)
{
    struct doc *series;

    doc_add_text(doc, "action", event->action);
    doc_add_text(doc, "eventTime", kube_text_micro_time(arena, view->epoch_s, event->first_ns));
    doc_add_null(doc, "firstTimestamp");
    doc_add_null(doc, "lastTimestamp");
    doc_add_text(doc, "reportingComponent", event->component);
    doc_add_text(doc, "reportingInstance", arena_printf(arena, "%s-%s", event->component, "epsim"));
    doc_keep(doc_add_map(doc, "source"));
    if (event->count < 2)
        return;
    series = doc_add_map(doc, "series");
    doc_add_i64(series, "count", event->count);
    doc_add_text(series, "lastObservedTime",
                 kube_text_micro_time(arena, view->epoch_s, event->last_ns));
}

static void add_counts(struct doc *doc, struct arena *arena, const struct kube_view *view,
                       const struct snapshot_event *event)
{
    const char *host = event->host == NULL ? "" : event->host;
    struct doc *source;

    doc_add_i64(doc, "count", event->count);
    doc_add_null(doc, "eventTime");
    doc_add_text(doc, "firstTimestamp", kube_text_rfc3339(arena, view->epoch_s, event->first_ns));
    doc_add_text(doc, "lastTimestamp", kube_text_rfc3339(arena, view->epoch_s, event->last_ns));
    doc_add_text(doc, "reportingComponent", event->has_reporter ? event->component : "");
    doc_add_text(doc, "reportingInstance", event->has_reporter ? host : "");
    source = doc_add_map(doc, "source");
    doc_add_text(source, "component", event->component);
    doc_add_text(source, "host", event->host);
}

static void add_event(struct doc *doc, struct arena *arena, const struct kube_view *view,
                      const struct snapshot_event *event)
{
    add_about(doc, arena, event);
    doc_add_text(doc, "message", event->message);
    doc_add_text(doc, "reason", event->reason);
    doc_add_text(doc, "type", event->is_warning ? "Warning" : "Normal");
    if (event->action != NULL)
        add_series(doc, arena, view, event);
    else
        add_counts(doc, arena, view, event);
}

/* --- all --- */

struct doc *kube_doc_head(struct arena *arena, const struct kube_view *view,
                          const struct kube_object *object)
{
    struct doc *doc = doc_new_map(arena);

    doc_add_text(doc, "apiVersion", kube_doc_api_version(arena, object->kind, view->version_minor));
    doc_add_text(doc, "kind", object->kind->kind);
    add_metadata(doc, arena, view, object->meta);
    return doc;
}

struct doc *kube_doc_of(struct arena *arena, const struct kube_view *view,
                        const struct kube_object *object)
{
    struct doc *doc = kube_doc_head(arena, view, object);

    switch (object->kind->id) {
    case KUBE_POD:
        kube_doc_pod(doc, arena, view, object->pod);
        break;
    case KUBE_REPLICATION_CONTROLLER:
    case KUBE_REPLICA_SET:
        kube_doc_replica_set(doc, arena, object->replica_set);
        break;
    case KUBE_SERVICE:
        add_service(doc, view, object->service);
        break;
    case KUBE_DEPLOYMENT:
        kube_doc_deployment(doc, arena, object->deployment);
        break;
    case KUBE_ENDPOINTS:
        add_endpoints(doc, arena, object->endpoints);
        break;
    case KUBE_ENDPOINT_SLICE:
        add_slice(doc, arena, view, object->slice);
        break;
    case KUBE_NODE:
        add_node(doc, arena, view, object->node);
        break;
    case KUBE_EVENT:
        add_event(doc, arena, view, object->event);
        break;
    case KUBE_KIND_COUNT:
        break;
    }
    return doc;
}

struct doc *kube_doc_list(struct arena *arena, const struct kube_view *view,
                          const struct kube_object *objects, uint32_t count)
{
    struct doc *doc = doc_new_map(arena);
    struct doc *items;

    doc_add_text(doc, "apiVersion", "v1");
    doc_add_text(doc, "kind", "List");
    doc_add_text(doc_add_map(doc, "metadata"), "resourceVersion", "");
    items = doc_add_list(doc, "items");
    doc_keep(items);
    for (uint32_t i = 0; i < count; i++)
        doc_add(items, NULL, kube_doc_of(arena, view, &objects[i]));
    return doc;
}
