/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/api_log.h"

#include "base/hash.h"
#include "cluster/api_server.h"
#include "cluster/dns.h"
#include "cluster/endpoints_store.h"
#include "cluster/events.h"
#include "cluster/node/kube_proxy.h"
#include "cluster/service_table.h"
#include "cluster/service_views.h"

#define LOG_START 64u
/* Versions of slices are let go of when so many are kept, and whenever as many more have come: memory that is used again
 * soon is still in the processor's caches. */
#define SLICES_KEPT 8u
/* watch_cache.go: eventFreshDuration, defaultLowerBoundCapacity */
#define WATCH_CACHE_NS (75 * NS_PER_S)
#define WATCH_CACHE_COUNT 100u
/* The API server serves watchers one after another: measured on a real one, see spec_hops. */
#define DISPATCH_WATCHER_NS ((sim_ns)40000)

static const enum resource reader_resources[READER_COUNT] = {
    [READER_PODS] = RESOURCE_PODS,
    [READER_SERVICES] = RESOURCE_SERVICES,
    [READER_SLICES] = RESOURCE_SLICES,
    [READER_REPLICA_SETS] = RESOURCE_REPLICA_SETS,
    [READER_DEPLOYMENTS] = RESOURCE_DEPLOYMENTS,
    [READER_ENDPOINTS] = RESOURCE_ENDPOINTS,
    [READER_NODES] = RESOURCE_NODES,
    [READER_SCHEDULER] = RESOURCE_PODS,
};

void api_log_init(struct cluster *cluster)
{
    for (uint32_t i = 0; i < RESOURCE_COUNT; i++) {
        cluster->logs[i].capacity = LOG_START;
        cluster->logs[i].ring = ARENA_NEW_ARRAY(cluster->arena, LOG_START, struct log_record);
    }
    for (uint32_t i = 0; i < READER_COUNT; i++) {
        struct reader *reader = &cluster->readers[i];
        reader->resource = reader_resources[i];
        reader->key =
            hash_string(i == READER_SCHEDULER ? "kube-scheduler" : "kube-controller-manager");
    }
}

static bool is_for_proxies(const struct cluster *cluster, enum resource resource)
{
    return resource == RESOURCE_SERVICES || resource == model_proxy_log(cluster, PROXY_SLICES);
}

/* The oldest position that some reader still needs. */
static uint64_t oldest_needed(struct cluster *cluster, enum resource resource)
{
    uint64_t oldest = cluster->logs[resource].next;

    for (uint32_t i = 0; i < READER_COUNT; i++) {
        const struct reader *reader = &cluster->readers[i];
        if (reader->resource == resource && reader->next < oldest)
            oldest = reader->next;
    }
    if (!is_for_proxies(cluster, resource))
        return oldest;
    if (dns_position(cluster, resource) < oldest)
        oldest = dns_position(cluster, resource);
    for (uint32_t n = 0; n < cluster->node_count; n++) {
        const struct kube_proxy *proxy = &cluster->nodes[n].proxy;
        uint64_t applied =
            proxy->applied[resource == RESOURCE_SERVICES ? PROXY_SERVICES : PROXY_SLICES];
        if (applied < oldest)
            oldest = applied;
    }
    return oldest;
}

static void let_go(struct cluster *cluster, enum resource resource)
{
    struct resource_log *log = &cluster->logs[resource];
    uint64_t oldest = oldest_needed(cluster, resource);

    for (; log->first < oldest; log->first++) {
        if (resource == RESOURCE_ENDPOINTS)
            endpoints_store_release(cluster, api_server_record(log, log->first)->view.endpoints);
        if (resource == RESOURCE_SLICES)
            service_table_release(cluster, api_server_record(log, log->first)->view.slice);
    }
}

/* Endpoints that nobody but the controllers reads, 8 kB each, are not kept longer than needed; nor many slices. */
static void let_go_early(struct cluster *cluster, enum resource resource)
{
    const struct resource_log *log = &cluster->logs[resource];

    if (is_for_proxies(cluster, resource)
            ? resource == RESOURCE_SLICES && (log->next - log->first) % SLICES_KEPT == 0
            : resource == RESOURCE_ENDPOINTS)
        let_go(cluster, resource);
}

static void widen(struct cluster *cluster, struct resource_log *log)
{
    uint32_t wider = 2 * log->capacity;
    struct log_record *ring = ARENA_NEW_ARRAY(cluster->arena, wider, struct log_record);

    for (uint64_t p = log->first; p < log->next; p++)
        ring[p & (wider - 1)] = *api_server_record(log, p);
    log->ring = ring;
    log->capacity = wider;
}

struct log_record *api_log_append(struct cluster *cluster, enum resource resource, uint32_t object,
                                  uint32_t version)
{
    struct resource_log *log = &cluster->logs[resource];
    struct log_record *record;

    if (log->next - log->first == log->capacity) {
        let_go(cluster, resource);
        if (log->next - log->first > log->capacity / 2)
            widen(cluster, log);
    } else {
        let_go_early(cluster, resource);
    }
    record = api_server_record(log, log->next++);
    *record = (struct log_record){
        .stored_ns = cluster->kernel->now_ns,
        .api_factor = cluster->control.api_factor,
        .resource_version = cluster->resource_version,
        .object = object,
        .version = version,
        .is_for_nodes = true,
    };
    return record;
}

static uint64_t record_hash(const struct cluster *cluster, enum resource resource, uint32_t object)
{
    switch (resource) {
    case RESOURCE_PODS:
        return cluster->pods[object]->hash;
    case RESOURCE_SERVICES:
        return cluster->services[object].hash;
    case RESOURCE_SLICES:
        return cluster->slices[object]->hash;
    case RESOURCE_ENDPOINTS:
        return cluster->endpoints[object]->hash;
    case RESOURCE_NODES:
        return cluster->node_objects[object].hash;
    case RESOURCE_REPLICA_SETS:
        return cluster->replica_sets[object]->hash;
    default:
        return cluster->deployments[object].hash;
    }
}

static void schedule_next(struct cluster *cluster, enum reader_id id)
{
    struct reader *reader = &cluster->readers[id];
    struct resource_log *log = &cluster->logs[reader->resource];
    struct log_record *record;
    uint64_t name_hash;
    sim_ns at_ns;

    if (reader->is_waiting || reader->is_cut || reader->next == log->next)
        return;
    record = api_server_record(log, reader->next);
    name_hash = hash_combine(reader->key, record_hash(cluster, reader->resource, record->object));
    at_ns = record->stored_ns + api_log_slowed_ns(record, model_draw(cluster, HOP_WATCH_CONTROLLER,
                                                                     name_hash, record->version));
    if (at_ns < reader->delivered_ns)
        at_ns = reader->delivered_ns;
    if (at_ns < cluster->kernel->now_ns)
        at_ns = cluster->kernel->now_ns;
    reader->is_waiting = true;
    model_schedule(cluster, at_ns, CLUSTER_WATCH, id, reader->generation);
}

void api_log_break_reader(struct cluster *cluster, enum reader_id id)
{
    struct reader *reader = &cluster->readers[id];

    reader->generation++;
    reader->is_waiting = false;
    if (!reader->is_cut)
        reader->cut_count++;
    reader->is_cut = true;
}

bool api_log_is_too_old(struct cluster *cluster, enum resource resource, uint64_t position,
                        sim_ns at_ns)
{
    struct resource_log *log = &cluster->logs[resource];

    return log->next - position > WATCH_CACHE_COUNT &&
           api_server_record(log, position)->stored_ns < at_ns - WATCH_CACHE_NS;
}

static uint32_t object_count(const struct cluster *cluster, enum resource resource)
{
    switch (resource) {
    case RESOURCE_PODS:
        return cluster->pod_count;
    case RESOURCE_SERVICES:
        return cluster->service_count;
    case RESOURCE_SLICES:
        return cluster->slice_count;
    case RESOURCE_ENDPOINTS:
        return cluster->endpoints_count;
    case RESOURCE_REPLICA_SETS:
        return cluster->replica_set_count;
    default:
        return cluster->deployment_count;
    }
}

/* A list shows of each object the newest version only. */
static void relist(struct cluster *cluster, enum reader_id id)
{
    struct reader *reader = &cluster->readers[id];
    struct resource_log *log = &cluster->logs[reader->resource];
    const uint64_t end = log->next;
    const size_t bytes = (object_count(cluster, reader->resource) + 1) * sizeof(uint64_t);
    uint64_t *newest = blocks_alloc(&cluster->blocks, bytes);

    for (uint64_t p = reader->next; p < end; p++)
        newest[api_server_record(log, p)->object] = p;
    while (reader->next < end) {
        const uint64_t p = reader->next++;
        if (newest[api_server_record(log, p)->object] == p)
            api_server_show(cluster, id, api_server_record(log, p));
    }
    blocks_free(&cluster->blocks, newest, bytes);
}

void api_log_resume_reader(struct cluster *cluster, enum reader_id id)
{
    struct reader *reader = &cluster->readers[id];
    bool must_list =
        reader->must_relist ||
        api_log_is_too_old(cluster, reader->resource, reader->next, cluster->kernel->now_ns);

    reader->is_cut = false;
    reader->must_relist = false;
    reader->delivered_ns = cluster->kernel->now_ns;
    if (must_list)
        relist(cluster, id);
    schedule_next(cluster, id);
}

sim_ns api_log_watcher_ns(uint64_t bytes)
{
    return DISPATCH_WATCHER_NS + (sim_ns)(bytes * 1000 / 1024); /* 1 us a KB */
}

void api_log_wake_readers(struct cluster *cluster, enum resource resource)
{
    if (!cluster->is_started)
        return;
    for (uint32_t i = 0; i < READER_COUNT; i++) {
        if (cluster->readers[i].resource == resource)
            schedule_next(cluster, (enum reader_id)i);
    }
    if (is_for_proxies(cluster, resource))
        kube_proxy_version_stored(cluster);
}

struct log_record *api_log_take(struct cluster *cluster, enum reader_id id)
{
    struct reader *reader = &cluster->readers[id];
    struct log_record *record = api_server_record(&cluster->logs[reader->resource], reader->next++);

    reader->is_waiting = false;
    reader->delivered_ns = cluster->kernel->now_ns;
    schedule_next(cluster, id);
    return record;
}

static void tell(struct cluster *cluster, const struct stored_version *version)
{
    for (uint32_t i = 0; cluster->is_started && i < cluster->observer_count; i++) {
        const struct cluster_observer *o = &cluster->observers[i];
        if (o->version_stored != NULL)
            o->version_stored(o->self, version);
    }
}

static struct stored_version version_of(const struct cluster *cluster, enum object_kind kind,
                                        enum write_verb verb, uint64_t name_hash)
{
    return (struct stored_version){
        .at_ns = cluster->kernel->now_ns,
        .kind = kind,
        .verb = verb,
        .name_hash = name_hash,
        .resource_version = cluster->resource_version,
    };
}

void api_log_tell_pod(struct cluster *cluster, uint32_t pod, enum write_verb verb)
{
    const struct pod *p = cluster->pods[pod];
    struct stored_version version = version_of(cluster, OBJECT_POD, verb, p->hash);
    uint64_t flags = (uint64_t)p->stored.phase << 8 | (uint64_t)p->stored.has_ip << 2 |
                     (uint64_t)p->stored.is_ready << 1 | (uint64_t)p->stored.is_deleting;
    uint64_t node_hash = p->stored.node == ID_NONE ? 0 : cluster->nodes[p->stored.node].hash;

    version.content_hash = hash_combine(node_hash, flags);
    for (uint32_t i = 0; i < p->stored.labels->count; i++) {
        version.content_hash =
            hash_combine(version.content_hash, hash_string(p->stored.labels->items[i].key));
        version.content_hash =
            hash_combine(version.content_hash, hash_string(p->stored.labels->items[i].value));
    }
    tell(cluster, &version);
}

void api_log_tell_replica_set(struct cluster *cluster, uint32_t replica_set, enum write_verb verb)
{
    const struct replica_set *rs = cluster->replica_sets[replica_set];
    struct stored_version version = version_of(cluster, OBJECT_REPLICA_SET, verb, rs->hash);

    version.content_hash =
        hash_combine(hash_combine(rs->stored.replicas, rs->stored.status_replicas),
                     hash_combine(rs->stored.status_ready, rs->stored.status_available));
    tell(cluster, &version);
}

void api_log_tell_deployment(struct cluster *cluster, uint32_t deployment, enum write_verb verb)
{
    const struct deployment *d = &cluster->deployments[deployment];
    struct stored_version version = version_of(cluster, OBJECT_DEPLOYMENT, verb, d->hash);

    version.content_hash =
        hash_combine(hash_combine(d->stored.replicas, d->stored.template_key),
                     hash_combine(d->stored.status_updated, d->stored.status_available));
    tell(cluster, &version);
}

void api_log_tell_service(struct cluster *cluster, uint32_t service, enum write_verb verb)
{
    const struct service *s = &cluster->services[service];
    struct stored_version version = version_of(cluster, OBJECT_SERVICE, verb, s->hash);

    version.content_hash = hash_combine((uint64_t)s->spec->type, s->spec->port_count);
    for (uint32_t i = 0; i < s->spec->port_count; i++)
        version.content_hash = hash_combine(version.content_hash, s->spec->ports[i].port);
    tell(cluster, &version);
}

void api_log_tell_endpoints(struct cluster *cluster, uint32_t endpoints,
                            const struct endpoints_content *before)
{
    const struct endpoints_object *object = cluster->endpoints[endpoints];
    const struct endpoints_content *content = object->stored;
    enum write_verb verb =
        content == NULL ? WRITE_DELETE : (before == NULL ? WRITE_CREATE : WRITE_UPDATE);
    struct stored_version version = version_of(cluster, OBJECT_ENDPOINTS, verb, object->hash);

    version.content_hash += content == NULL ? 0 : content->item_hash;
    version.bytes = content != NULL ? content->bytes : (before != NULL ? before->bytes : 0);
    version.json_bytes =
        content != NULL ? content->json_bytes : (before != NULL ? before->json_bytes : 0);
    if (cluster->rules.proxies_read_endpoints && api_log_is_for_nodes(cluster, object->service))
        version.watcher_count = cluster->node_count;
    version.object = endpoints;
    tell(cluster, &version);
}

bool api_log_is_for_nodes(const struct cluster *cluster, uint32_t service)
{
    return service != ID_NONE && service_views_is_proxied(cluster->services[service].spec);
}

void api_log_tell_slice(struct cluster *cluster, const struct write *write,
                        const struct slice_content *before)
{
    const struct slice *slice = cluster->slices[write->object];
    struct stored_version version =
        version_of(cluster, OBJECT_SLICE,
                   write->op == OP_DELETE_SLICE ? WRITE_DELETE
                                                : (before == NULL ? WRITE_CREATE : WRITE_UPDATE),
                   slice->hash);
    const struct slice_content *content = slice->stored;

    version.content_hash += content == NULL ? 0 : content->endpoint_hash;
    version.bytes = content != NULL ? content->bytes : (before != NULL ? before->bytes : 0);
    version.json_bytes =
        content != NULL ? content->json_bytes : (before != NULL ? before->json_bytes : 0);
    if (!cluster->rules.proxies_read_endpoints && api_log_is_for_nodes(cluster, slice->service))
        version.watcher_count = cluster->node_count;
    version.object = write->object;
    tell(cluster, &version);
}
