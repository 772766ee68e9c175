/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/controllers/endpoints_controller.h"

#include <string.h>

#include "base/error.h"
#include "cluster/accounts.h"
#include "cluster/controllers/endpoint_order.h"
#include "cluster/controllers/slice_packing.h"
#include "cluster/endpoint_subsets.h"
#include "cluster/endpoint_targets.h"
#include "cluster/endpoints_store.h"
#include "cluster/object_labels.h"
#include "cluster/port_maps.h"
#include "cluster/service_views.h"
#include "cluster/trigger_times.h"

#define TOLERATE_UNREADY "service.alpha.kubernetes.io/tolerate-unready-endpoints"

void endpoints_controller_seen(struct cluster *cluster, uint32_t endpoints)
{
    const struct endpoints_object *object = cluster->endpoints[endpoints];

    if (object->seen == NULL)
        controller_enqueue(cluster, CONTROLLER_ENDPOINTS, object->service);
}

/* What the annotation says, before 1.22 instead of the field. */
static bool tolerates_unready(const struct cluster *cluster, const struct service_spec *spec)
{
    const char *word = cluster->rules.has_tolerate_unready
                           ? labels_get(&spec->meta.annotations, TOLERATE_UNREADY)
                           : NULL;

    if (word == NULL)
        return spec->publish_not_ready;
    return strcmp(word, "true") == 0 || strcmp(word, "1") == 0 || strcmp(word, "t") == 0 ||
           strcmp(word, "T") == 0 || strcmp(word, "TRUE") == 0 || strcmp(word, "True") == 0;
}

/* Whether the pod is listed at all, ready or not. */
static bool is_listed(const struct cluster *cluster, const struct service *s, const struct pod *p,
                      bool tolerates)
{
    const struct pod_view *view = &p->seen;

    if (!view->exists || !view->has_ip || !service_views_selects(cluster, s, p))
        return false;
    if (view->is_deleting && !tolerates)
        return false;
    if (cluster->rules.has_phase_rule)
        return view->phase != PHASE_SUCCEEDED && view->phase != PHASE_FAILED;
    return tolerates || view->is_ready || slice_packing_has_live_phase(cluster, p);
}

/* The family of its Endpoints: the first of the Service's; where it has none, that of its address, or of the pod's own. */
static const char *address_of(const struct service *s, const struct pod_view *view)
{
    const char *own = view->addresses->ips[0];

    if (s->family_count > 0)
        return endpoint_targets_ip(view, (enum ip_family)s->families[0]);
    if (s->cluster_ip != NULL && s->cluster_ip[0] != '\0' && strcmp(s->cluster_ip, "None") != 0)
        return endpoint_targets_ip(view, strchr(s->cluster_ip, ':') != NULL ? IP_FAMILY_V6
                                                                            : IP_FAMILY_V4);
    return own;
}

/* Fills in the pod's item, whose ports may be known; false if it has no address of the family or none of the ports. */
static bool make_item(struct cluster *cluster, const struct service *s, uint32_t pod,
                      bool tolerates, struct endpoints_item *item)
{
    const struct port_map *ports = item->ports;
    const struct pod *p = cluster->pods[pod];
    const char *ip = address_of(s, &p->seen);

    if (ip == NULL)
        return false;
    *item = (struct endpoints_item){
        .target = endpoint_targets_for_endpoints(cluster, s, pod, ip),
        .ports = ports != NULL ? ports : port_maps_of_pod(cluster, s->seen, p->spec),
        .pod_version = cluster->rules.compares_pod_version ? p->seen.resource_version : 0,
        .pod = pod,
        .is_ready = tolerates || p->seen.is_ready,
    };
    return item->ports->count > 0 ||
           (s->seen->port_count == 0 && service_views_is_headless(s->seen));
}

/* The pod's entry, for endpoint_order. */
static bool make_listed(struct cluster *cluster, const struct service *s, uint32_t pod,
                        struct endpoints_item *item)
{
    const bool tolerates = tolerates_unready(cluster, s->seen);

    return is_listed(cluster, s, cluster->pods[pod], tolerates) &&
           make_item(cluster, s, pod, tolerates, item);
}

/* All members looked at. *ports: those that every pod has, NULL: they differ, or there is none. */
static struct endpoints_content *list_all(struct cluster *cluster, const struct service *s,
                                          uint32_t *count, const struct port_map **ports)
{
    bool tolerates = tolerates_unready(cluster, s->seen);
    size_t bytes = (s->member_end + 1) * sizeof(struct endpoints_item);
    struct endpoints_item *items = blocks_alloc(&cluster->blocks, bytes);
    struct endpoints_content *content;

    *count = 0;
    for (uint32_t i = 0; i < s->member_end; i++) {
        uint32_t pod = s->members[i].pod;
        items[*count].ports = NULL;
        if (!s->members[i].is_gone && is_listed(cluster, s, cluster->pods[pod], tolerates) &&
            make_item(cluster, s, pod, tolerates, &items[*count]))
            (*count)++;
    }
    *ports = *count == 0 ? NULL : items[0].ports;
    for (uint32_t i = 0; i < *count; i++) {
        if (items[i].ports != *ports)
            *ports = NULL;
    }
    content = endpoint_subsets_repack(cluster, items, *count);
    blocks_free(&cluster->blocks, items, bytes);
    return content;
}

static void drop(struct cluster *cluster, struct endpoints_content *content)
{
    endpoints_store_release(cluster, endpoints_store_hold(content));
}

/* Nothing to write: the stored subsets are these, the labels the Service's, the annotation of capacity right. */
static bool is_right(struct cluster *cluster, const struct service *s,
                     const struct endpoints_content *stored,
                     const struct endpoints_content *content)
{
    if (content->capacity_note == CAPACITY_TRUNCATED) /* it is compared before it is cut */
        return false;
    if (!endpoints_store_same_subsets(stored, content, cluster->rules.compares_pod_version))
        return false;
    if (stored->labels != s->endpoints_labels &&
        !object_labels_same_endpoints(cluster, stored->labels, &s->seen->meta.labels))
        return false;
    if (cluster->rules.has_truncation)
        return stored->count <= ENDPOINTS_MAX && stored->capacity_note == CAPACITY_FINE;
    if (cluster->rules.has_capacity_warning)
        return (stored->count > ENDPOINTS_MAX) == (stored->capacity_note != CAPACITY_FINE);
    return true;
}

/* Fills in what the content says besides its subsets; truncates it where the version does. */
static void complete(struct cluster *cluster, struct service *s,
                     const struct endpoints_content *stored, struct endpoints_content *content,
                     sim_ns trigger_ns)
{
    content->labels = object_labels_of_endpoints(cluster, s);
    content->annotations =
        stored == NULL ? NULL : object_labels_untimed(cluster, stored->annotations);
    content->trigger_ns = trigger_ns;
    if (content->capacity_note == CAPACITY_TRUNCATED ||
        (cluster->rules.has_truncation && endpoint_subsets_truncate(content)))
        content->capacity_note = CAPACITY_TRUNCATED;
    else if (cluster->rules.has_capacity_warning && content->count > ENDPOINTS_MAX)
        content->capacity_note = CAPACITY_WARNING;
}

/* The API server refuses an address with an empty nodeName, and with it the whole object. */
static bool is_refused(const struct cluster *cluster, const struct service *s,
                       const struct endpoints_content *content)
{
    if (cluster->rules.skips_lost_nodes || !endpoint_order_may_have_lost(s))
        return false;
    for (uint32_t i = 0; i < content->count; i++) {
        if (content->items[i]->target->has_pod && content->items[i]->target->node_name == NULL)
            return true;
    }
    return false;
}

/* Whether two contents have the same entries, for the check of the order. */
static bool is_as_in_full(struct cluster *cluster, const struct service *s,
                          const struct endpoints_content *quick)
{
    const struct port_map *ports;
    uint32_t count;
    struct endpoints_content *full = list_all(cluster, s, &count, &ports);
    bool is_same;

    if (quick->capacity_note == CAPACITY_TRUNCATED)
        (void)endpoint_subsets_truncate(full);
    is_same = endpoints_store_same_subsets(quick, full, true);
    drop(cluster, full);
    return is_same;
}

/* What the object should list; where that is cut already, capacity_note says so. */
static struct endpoints_content *desired(struct cluster *cluster, uint32_t service)
{
    struct service *s = &cluster->services[service];
    const struct port_map *ports;
    struct endpoints_content *content;
    uint32_t count;
    bool is_cut;

    if (endpoint_order_update(cluster, service, make_listed)) {
        content = endpoint_order_content(cluster, s, &is_cut);
        if (is_cut)
            content->capacity_note = CAPACITY_TRUNCATED;
        EP_INVARIANT(is_as_in_full(cluster, s, content));
        return content;
    }
    content = list_all(cluster, s, &count, &ports);
    endpoint_order_set(cluster, service, content, count, ports);
    return content;
}

/* The Service is gone: the API server has deleted its Endpoints already, and answers 404; the call is made all the same. */
static void delete_leftover(struct cluster *cluster, struct worker *worker, uint32_t key)
{
    struct service *s = &cluster->services[key];
    uint32_t index = endpoints_store_obtain(cluster, s->ns, s->bare_name);

    controller_plan(cluster, CONTROLLER_ENDPOINTS, worker, OP_DELETE_ENDPOINTS, index);
    trigger_times_forget(&cluster->services[key], TRIGGER_ENDPOINTS);
    cluster->endpoints[index]->tracked_version = 0;
}

static bool sync_service(struct cluster *cluster, struct worker *worker, uint64_t *units)
{
    struct service *s = &cluster->services[worker->key];
    struct endpoints_object *object;
    struct endpoints_content *content;
    sim_ns trigger_ns;
    uint32_t index;
    struct write *w;

    *units = s->member_count;
    if (s->seen == NULL) {
        delete_leftover(cluster, worker, worker->key);
        return true;
    }
    if (s->seen->selector.is_null ||
        (s->seen->type == SERVICE_EXTERNAL_NAME && cluster->rules.skips_external_names))
        return true;
    trigger_ns = trigger_times_take(cluster, s, TRIGGER_ENDPOINTS);
    index = s->endpoints != ID_NONE ? s->endpoints
                                    : endpoints_store_obtain(cluster, s->ns, s->bare_name);
    object = cluster->endpoints[index];
    if (object->seen != NULL && cluster->rules.has_endpoints_tracker &&
        object->tracked_version > object->seen_version)
        return false;
    content = desired(cluster, worker->key);
    if (object->seen != NULL && is_right(cluster, s, object->seen, content)) {
        drop(cluster, content);
        return true;
    }
    complete(cluster, s, object->seen, content, trigger_ns);
    w = controller_plan(cluster, CONTROLLER_ENDPOINTS, worker,
                        object->seen == NULL ? OP_CREATE_ENDPOINTS : OP_UPDATE_ENDPOINTS, index);
    w->view.endpoints = content;
    w->expected_version = object->seen_version;
    w->is_refused = is_refused(cluster, s, content);
    return true;
}

static void written(struct cluster *cluster, const struct write *write)
{
    struct endpoints_object *object = cluster->endpoints[write->object];

    if (write->op == OP_UPDATE_ENDPOINTS)
        object->tracked_version = object->version;
}

static void service_synced(struct cluster *cluster, const struct worker *worker)
{
    if (cluster->rules.proxies_read_endpoints)
        accounts_sync_done(cluster, worker->key, worker->sync_step);
}

static void forget_tracked(struct cluster *cluster)
{
    for (uint32_t i = 0; i < cluster->endpoints_count; i++)
        cluster->endpoints[i]->tracked_version = 0;
    for (uint32_t i = 0; i < cluster->service_count; i++)
        trigger_times_forget(&cluster->services[i], TRIGGER_ENDPOINTS);
}

static uint64_t service_hash(const struct cluster *cluster, uint32_t key)
{
    return cluster->services[key].hash;
}

const struct controller_ops endpoints_controller_ops = {
    .name = "endpoint",
    .backoff_base_ns = 5 * NS_PER_MS,
    .backoff_max_ns = 1000 * NS_PER_S,
    .sync = sync_service,
    .written = written,
    .succeeded = service_synced,
    .restarted = forget_tracked,
    .key_hash = service_hash,
};
