/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/controllers/endpoints_controller.h"

#include "cluster/accounts.h"
#include "cluster/endpoints_store.h"
#include "cluster/port_maps.h"

#define ADDRESSES_MAX 1000u

void endpoints_controller_seen(struct cluster *cluster, uint32_t endpoints)
{
    const struct endpoints_object *object = cluster->endpoints[endpoints];

    if (object->seen == NULL)
        controller_enqueue(cluster, CONTROLLER_ENDPOINTS, object->service);
}

static bool is_candidate(const struct service *s, const struct pod_view *view)
{
    if (!view->exists || !view->has_ip || !labels_match(&s->seen->selector, view->labels))
        return false;
    if (view->phase == PHASE_SUCCEEDED || view->phase == PHASE_FAILED)
        return false;
    return !view->is_deleting || s->seen->publish_not_ready;
}

/* At most 1000: ready ones before the others, the first by IP as a string. */
static void truncate(struct endpoints_content *content)
{
    uint32_t ready = 0;
    uint32_t kept = 0;
    uint32_t left[2]; /* not ready, ready */

    if (content->count <= ADDRESSES_MAX)
        return;
    for (uint32_t i = 0; i < content->count; i++)
        ready += content->items[i].is_ready;
    left[1] = ready < ADDRESSES_MAX ? ready : ADDRESSES_MAX;
    left[0] = ADDRESSES_MAX - left[1];
    for (uint32_t i = 0; i < content->count; i++) {
        if (left[content->items[i].is_ready] == 0)
            continue;
        left[content->items[i].is_ready]--;
        content->items[kept++] = content->items[i];
    }
    content->count = kept;
    content->is_truncated = true;
}

static struct endpoints_content *desired(struct cluster *cluster, const struct service *s)
{
    struct endpoints_content *content = endpoints_store_new_content(cluster, s->pod_count);
    uint32_t count = 0;

    for (uint32_t i = 0; i < s->pod_count; i++) {
        const struct pod *p = cluster->pods[s->pods[i]];
        if (!is_candidate(s, &p->seen))
            continue;
        content->items[count++] = (struct endpoints_item){
            .pod = s->pods[i],
            .is_ready = s->seen->publish_not_ready || p->seen.is_ready,
            .ports = port_maps_of_pod(cluster, s->seen, p->spec),
        };
    }
    content->count = count;
    endpoints_store_sort(cluster, content);
    if (cluster->rules.has_truncation)
        truncate(content);
    return content;
}

static void drop(struct cluster *cluster, struct endpoints_content *content)
{
    endpoints_store_release(cluster, endpoints_store_hold(content));
}

static bool sync_service(struct cluster *cluster, struct worker *worker, uint64_t *units)
{
    const struct service *s = &cluster->services[worker->key];
    struct endpoints_object *object =
        s->endpoints == ID_NONE ? NULL : cluster->endpoints[s->endpoints];
    struct endpoints_content *content;
    uint32_t index = s->endpoints;
    struct write *w;

    *units = s->pod_count;
    if (s->seen == NULL) {
        if (object != NULL && object->seen != NULL)
            controller_plan(cluster, CONTROLLER_ENDPOINTS, worker, OP_DELETE_ENDPOINTS, index);
        return true;
    }
    if (s->seen->selector.is_null || s->seen->type == SERVICE_EXTERNAL_NAME)
        return true;
    if (object != NULL && cluster->rules.has_endpoints_tracker &&
        object->tracked_version > object->seen_version)
        return false;
    content = desired(cluster, s);
    if (object != NULL && object->seen != NULL && endpoints_store_equal(object->seen, content)) {
        drop(cluster, content);
        return true;
    }
    if (object == NULL)
        index = endpoints_store_obtain(cluster, s->ns, s->bare_name);
    object = cluster->endpoints[index];
    w = controller_plan(cluster, CONTROLLER_ENDPOINTS, worker,
                        object->seen == NULL ? OP_CREATE_ENDPOINTS : OP_UPDATE_ENDPOINTS, index);
    w->view.endpoints = content;
    w->expected_version = object->seen_version;
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
