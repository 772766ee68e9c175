/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/api_server.h"

#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "cluster/accounts.h"
#include "cluster/api_log.h"
#include "cluster/control_plane.h"
#include "cluster/controllers/controller.h"
#include "cluster/controllers/deployment_controller.h"
#include "cluster/controllers/endpoint_slice_controller.h"
#include "cluster/controllers/endpoints_controller.h"
#include "cluster/controllers/garbage_collector.h"
#include "cluster/controllers/mirroring_controller.h"
#include "cluster/controllers/replica_set_controller.h"
#include "cluster/controllers/scheduler.h"
#include "cluster/endpoints_store.h"
#include "cluster/event_book.h"
#include "cluster/events.h"
#include "cluster/node/kubelet.h"
#include "cluster/node_objects.h"
#include "cluster/pod_writes.h"
#include "cluster/service_table.h"
#include "cluster/service_views.h"
#include "cluster/watch_bytes.h"

void api_server_init(struct cluster *cluster)
{
    slab_init(&cluster->writes, cluster->arena, sizeof(struct write));
    cluster->resource_version = 1000; /* a cluster that has lived for an hour */
    api_log_init(cluster);
}

struct write *api_server_new_write(struct cluster *cluster, enum write_op op, uint32_t object,
                                   uint32_t *index)
{
    uint32_t i = slab_alloc(&cluster->writes);
    struct write *w = SLAB_AT(&cluster->writes, i, struct write);

    memset(w, 0, sizeof(*w));
    w->op = (uint8_t)op;
    w->object = object;
    w->controller = ID_NONE;
    w->expected_version = UINT64_MAX;
    *index = i;
    return w;
}

/* The written object's stable name and its count of writes so far: the key of the write's latency. */
static uint64_t write_identity(struct cluster *cluster, const struct write *w, uint64_t *attempt)
{
    switch ((enum write_op)w->op) {
    case OP_CREATE_POD:
    case OP_BIND_POD:
    case OP_POD_STATUS:
    case OP_DELETE_POD:
    case OP_FINISH_POD:
    case OP_RELEASE_POD:
    case OP_ADOPT_POD:
        *attempt = ++cluster->pods[w->object]->write_count;
        return cluster->pods[w->object]->hash;
    case OP_CREATE_REPLICA_SET:
    case OP_SCALE_REPLICA_SET:
    case OP_REPLICA_SET_STATUS:
    case OP_DELETE_REPLICA_SET:
        *attempt = ++cluster->replica_sets[w->object]->write_count;
        return cluster->replica_sets[w->object]->hash;
    case OP_DEPLOYMENT_STATUS:
        *attempt = ++cluster->deployments[w->object].write_count;
        return cluster->deployments[w->object].hash;
    case OP_CREATE_ENDPOINTS:
    case OP_UPDATE_ENDPOINTS:
    case OP_DELETE_ENDPOINTS:
        *attempt = ++cluster->endpoints[w->object]->write_count;
        return cluster->endpoints[w->object]->hash;
    case OP_CREATE_SLICE:
    case OP_UPDATE_SLICE:
    case OP_DELETE_SLICE:
        break;
    }
    *attempt = ++cluster->slices[w->object]->write_count;
    return cluster->slices[w->object]->hash;
}

void api_server_submit(struct cluster *cluster, uint32_t write, uint64_t writer_hash,
                       sim_ns leave_ns)
{
    struct write *w = SLAB_AT(&cluster->writes, write, struct write);
    uint64_t attempt;
    uint64_t name_hash = hash_combine(writer_hash, write_identity(cluster, w, &attempt));

    w->leave_ns = leave_ns;
    model_schedule(cluster,
                   leave_ns + control_plane_api_ns(
                                  cluster, model_draw(cluster, HOP_API_WRITE, name_hash, attempt)),
                   CLUSTER_STORE, write, 0);
}

void api_server_put_pod(struct cluster *cluster, uint32_t pod, const struct pod_view *view,
                        enum write_verb verb)
{
    struct pod *p = cluster->pods[pod];
    struct pod_view before = p->stored;
    struct log_record *record;

    p->stored = *view;
    if (view->node != ID_NONE)
        p->stored.named_node = view->node + 1; /* the first node objects are the machines */
    p->stored.version = before.version + 1;
    p->stored.resource_version = ++cluster->resource_version;
    p->stored.exists = verb != WRITE_DELETE;
    record = api_log_append(cluster, RESOURCE_PODS, pod, p->stored.version);
    record->view.pod = p->stored;
    api_log_tell_pod(cluster, pod, verb);
    if (verb == WRITE_CREATE) {
        p->created_origin = cluster->origin;
        model_tell_pod_state(cluster, pod, POD_STATE_PENDING);
    } else if (verb == WRITE_DELETE) {
        model_tell_happening(cluster, pod, HAPPENING_REMOVED);
    }
    accounts_pod_stored(cluster, pod, &before);
    api_log_wake_readers(cluster, RESOURCE_PODS);
    kubelet_pod_stored(cluster, pod, &before);
}

void api_server_delete_pod(struct cluster *cluster, uint32_t pod, sim_ns grace_ns, bool is_forced,
                           enum cause cause)
{
    struct pod *p = cluster->pods[pod];
    struct pod_view view = p->stored;
    bool is_unbound = view.node == ID_NONE;

    if (!view.exists || (view.is_deleting && !is_forced))
        return;
    if (!view.is_deleting) {
        p->deleted_cause = (uint8_t)cause;
        p->deleted_ns = cluster->kernel->now_ns;
        p->grace_ns = grace_ns;
        p->deleted_origin = cluster->origin;
        model_tell_happening(cluster, pod, HAPPENING_DELETED);
    }
    view.is_deleting = true;
    if ((is_forced || is_unbound) && !(p->is_pinned && !is_forced)) {
        p->grace_ns = 0;
        p->is_forced = true;
        api_server_put_pod(cluster, pod, &view, WRITE_UPDATE); /* a grace of 0 is stored first */
        api_server_put_pod(cluster, pod, &view, WRITE_DELETE);
        if (is_unbound)
            model_set_pod_state(cluster, pod, POD_STATE_GONE);
        return;
    }
    api_server_put_pod(cluster, pod, &view, WRITE_UPDATE);
    if (p->kubelet_state == KUBELET_RUNNING)
        model_set_pod_state(cluster, pod, POD_STATE_TERMINATING);
}

/* Whole seconds, as the API keeps them. What is there at the start has been there for an hour. */
static sim_ns creation_ns(const struct cluster *cluster)
{
    return cluster->is_started ? cluster->kernel->now_ns / NS_PER_S * NS_PER_S : -NS_PER_HOUR;
}

void api_server_put_replica_set(struct cluster *cluster, uint32_t replica_set,
                                struct replica_set_view view, enum write_verb verb)
{
    struct replica_set *rs = cluster->replica_sets[replica_set];
    struct log_record *record;

    if (view.replicas != rs->stored.replicas)
        rs->origin = cluster->origin;
    view.version = rs->stored.version + 1;
    view.resource_version = ++cluster->resource_version;
    view.exists = verb != WRITE_DELETE;
    rs->stored = view;
    if (verb == WRITE_CREATE)
        rs->created_ns = creation_ns(cluster);
    record = api_log_append(cluster, RESOURCE_REPLICA_SETS, replica_set, view.version);
    record->view.replica_set = view;
    api_log_tell_replica_set(cluster, replica_set, verb);
    api_log_wake_readers(cluster, RESOURCE_REPLICA_SETS);
    if (verb == WRITE_DELETE)
        garbage_collector_replica_set_gone(cluster, replica_set);
}

void api_server_put_deployment(struct cluster *cluster, uint32_t deployment,
                               struct deployment_view view, enum write_verb verb)
{
    struct deployment *d = &cluster->deployments[deployment];
    struct log_record *record;

    if (cluster->origin != 0)
        view.origin = cluster->origin;
    view.version = d->stored.version + 1;
    view.resource_version = ++cluster->resource_version;
    view.exists = verb != WRITE_DELETE;
    d->stored = view;
    if (verb == WRITE_CREATE)
        d->created_ns = creation_ns(cluster);
    record = api_log_append(cluster, RESOURCE_DEPLOYMENTS, deployment, view.version);
    record->view.deployment = view;
    api_log_tell_deployment(cluster, deployment, verb);
    api_log_wake_readers(cluster, RESOURCE_DEPLOYMENTS);
    if (verb == WRITE_DELETE)
        garbage_collector_deployment_gone(cluster, deployment);
}

/* A Service has been deleted: the API server deletes the Endpoints of its name in the same request, whoever wrote them; the
 * slices are the garbage collector's. */
static void follow_service(struct cluster *cluster, uint32_t service)
{
    const struct service *s = &cluster->services[service];

    if (s->endpoints != ID_NONE && cluster->endpoints[s->endpoints]->stored != NULL)
        endpoints_store_put(cluster, s->endpoints, NULL,
                            &(struct endpoints_stamp){cluster->kernel->now_ns, UINT64_MAX,
                                                      cluster->kernel->now_ns});
    garbage_collector_owner_gone(cluster, service, cluster->services[service].uid);
}

void api_server_put_service(struct cluster *cluster, uint32_t service,
                            const struct service_spec *spec, enum cause cause)
{
    struct service *s = &cluster->services[service];
    const struct service_spec *before = s->exists ? s->spec : NULL;
    enum write_verb verb =
        spec == NULL ? WRITE_DELETE : (before == NULL ? WRITE_CREATE : WRITE_UPDATE);
    struct log_record *record;

    if (spec == NULL && before == NULL)
        return;
    cluster->resource_version++;
    record = api_log_append(cluster, RESOURCE_SERVICES, service, ++s->version_count);
    record->view.service = spec;
    s->resource_version = cluster->resource_version;
    service_views_store(cluster, service, spec);
    api_log_tell_service(cluster, service, verb);
    accounts_service_stored(cluster, service, before, cause);
    api_log_wake_readers(cluster, RESOURCE_SERVICES);
    if (spec == NULL)
        follow_service(cluster, service);
}

void api_server_put_slice(struct cluster *cluster, uint32_t slice, struct slice_content *content)
{
    struct write *w;
    uint32_t index;

    w = api_server_new_write(cluster, content == NULL ? OP_DELETE_SLICE : OP_UPDATE_SLICE, slice,
                             &index);
    w->view.slice = content;
    w->leave_ns = cluster->kernel->now_ns;
    w->sync_ns = cluster->kernel->now_ns;
    w->sync_step = UINT64_MAX;
    api_server_store(cluster, index);
}

static bool is_slice_op(const struct write *w)
{
    return w->op == OP_CREATE_SLICE || w->op == OP_UPDATE_SLICE || w->op == OP_DELETE_SLICE;
}

/* What was planned and does not come about: a content that nobody holds yet, an object that was to be made. */
static void drop_content(struct cluster *cluster, const struct write *w)
{
    if (w->op == OP_CREATE_POD)
        cluster->pods[w->object]->is_lost = true;
    else if (w->op == OP_CREATE_REPLICA_SET)
        cluster->replica_sets[w->object]->is_lost = true;
    if (is_slice_op(w) && w->view.slice != NULL && w->view.slice->reference_count == 0)
        service_table_release(cluster, service_table_hold(w->view.slice));
    else if ((w->op == OP_CREATE_ENDPOINTS || w->op == OP_UPDATE_ENDPOINTS) &&
             w->view.endpoints->reference_count == 0)
        endpoints_store_release(cluster, endpoints_store_hold(w->view.endpoints));
}

static bool store_endpoints(struct cluster *cluster, const struct write *w)
{
    const struct endpoints_object *object = cluster->endpoints[w->object];

    if (w->is_refused ||
        (w->expected_version != UINT64_MAX && w->expected_version != object->version))
        return false;
    if (w->op == OP_DELETE_ENDPOINTS && object->stored == NULL)
        return true; /* 404: nothing left to do */
    if (w->op == OP_CREATE_ENDPOINTS && object->stored != NULL)
        return false; /* 409: there is one already */
    if (w->op == OP_UPDATE_ENDPOINTS && object->stored == NULL)
        return false; /* 404 */
    if (w->op != OP_DELETE_ENDPOINTS && endpoints_store_equal(object->stored, w->view.endpoints)) {
        drop_content(cluster, w);
        return true; /* a write that changes nothing makes no version */
    }
    endpoints_store_put(cluster, w->object, w->op == OP_DELETE_ENDPOINTS ? NULL : w->view.endpoints,
                        &(struct endpoints_stamp){w->sync_ns, w->sync_step, w->leave_ns});
    return true;
}

/* A controller updates a slice that somebody has deleted: 404. */
static bool is_missing(const struct slice *slice, const struct write *w)
{
    return w->op == OP_UPDATE_SLICE && w->controller != ID_NONE && slice->stored == NULL;
}

static bool store_slice(struct cluster *cluster, const struct write *w)
{
    struct slice *slice = cluster->slices[w->object];
    struct slice_content *before = slice->stored;
    struct log_record *record;

    if (w->expected_version != UINT64_MAX && w->expected_version != slice->version)
        return false;
    if (w->op == OP_DELETE_SLICE && before == NULL)
        return true; /* 404: nothing left to do */
    if (w->op != OP_DELETE_SLICE && is_missing(slice, w))
        return false;
    if (w->op != OP_DELETE_SLICE && before != NULL && service_table_same(before, w->view.slice)) {
        drop_content(cluster, w);
        return true; /* a write that changes nothing makes no version */
    }
    slice->version++;
    slice->is_deleted = w->op == OP_DELETE_SLICE;
    slice->stored = slice->is_deleted ? NULL : w->view.slice;
    cluster->resource_version++;
    if (before == NULL)
        slice->created_ns = creation_ns(cluster);
    if (before == NULL || slice->stored == NULL || !service_table_same_data(before, slice->stored))
        slice->generation++;
    if (slice->stored != NULL)
        slice->stored->generation = slice->generation;
    if (slice->stored != NULL) {
        slice->stored->resource_version = cluster->resource_version;
        slice->stored->reference_count += 2; /* held as stored, and by the record */
        watch_bytes_set_slice(cluster, w->object, slice->stored, before);
    }
    record = api_log_append(cluster, RESOURCE_SLICES, w->object, slice->version);
    record->view.slice = slice->stored;
    record->first_change = cluster->change_count;
    record->is_for_nodes = api_log_is_for_nodes(cluster, slice->service);
    record->bytes = slice->stored != NULL ? slice->stored->bytes
                    : before == NULL      ? 0
                                          : before->bytes;
    service_table_store(cluster, w, before);
    record =
        api_server_record(&cluster->logs[RESOURCE_SLICES], cluster->logs[RESOURCE_SLICES].next - 1);
    record->change_count = cluster->change_count - record->first_change;
    api_log_tell_slice(cluster, w, before);
    service_table_release(cluster, before);
    api_log_wake_readers(cluster, RESOURCE_SLICES);
    if (slice->stored != NULL)
        garbage_collector_slice_stored(cluster, w->object);
    return true;
}

static bool store_replica_set(struct cluster *cluster, const struct write *w)
{
    struct replica_set *rs = cluster->replica_sets[w->object];
    struct replica_set_view view = rs->stored;

    if (w->op != OP_CREATE_REPLICA_SET && w->expected_version != UINT64_MAX &&
        w->expected_version != view.version)
        return false;
    if (w->op == OP_DELETE_REPLICA_SET) {
        if (view.exists)
            api_server_put_replica_set(cluster, w->object, view, WRITE_DELETE);
        return true;
    }
    if (w->op == OP_REPLICA_SET_STATUS) {
        view.status_replicas = w->view.replica_set.status_replicas;
        view.status_ready = w->view.replica_set.status_ready;
        view.status_available = w->view.replica_set.status_available;
    } else {
        replica_set_controller_scaled(rs, view.replicas, w->view.replica_set.replicas,
                                      (enum cause)w->cause);
        view.replicas = w->view.replica_set.replicas;
        view.desired = w->view.replica_set.desired;
    }
    api_server_put_replica_set(cluster, w->object, view,
                               w->op == OP_CREATE_REPLICA_SET ? WRITE_CREATE : WRITE_UPDATE);
    return true;
}

static bool store_deployment_status(struct cluster *cluster, const struct write *w)
{
    struct deployment_view view = cluster->deployments[w->object].stored;

    view.status_replicas = w->view.deployment.status_replicas;
    view.status_updated = w->view.deployment.status_updated;
    view.status_ready = w->view.deployment.status_ready;
    view.status_available = w->view.deployment.status_available;
    api_server_put_deployment(cluster, w->object, view, WRITE_UPDATE);
    return true;
}

void api_server_drop_write(struct cluster *cluster, uint32_t write)
{
    drop_content(cluster, SLAB_AT(&cluster->writes, write, struct write));
    slab_free(&cluster->writes, write);
}

/* Whether the write gets to the API server, which answers. */
static bool does_arrive(const struct cluster *cluster, const struct write *w)
{
    if (w->controller != ID_NONE)
        return control_plane_reaches_api(cluster, LEASE_CONTROLLER_MANAGER);
    if (w->op == OP_BIND_POD)
        return control_plane_reaches_api(cluster, LEASE_SCHEDULER);
    if (w->op == OP_POD_STATUS || w->op == OP_FINISH_POD)
        return control_plane_node_reaches_api(cluster, cluster->pods[w->object]->node);
    return true; /* at the start, or a person's */
}

/* Whether the process that made the write has ended since: before it left, or after, so that nobody hears the answer. */
static bool is_orphan(const struct cluster *cluster, const struct write *w)
{
    return w->controller != ID_NONE &&
           w->incarnation != cluster->control.leases[LEASE_CONTROLLER_MANAGER].incarnation;
}

static void tell_writer(struct cluster *cluster, const struct write *w, bool is_stored)
{
    if (is_orphan(cluster, w))
        return;
    event_book_written(cluster, w, is_stored);
    if (w->controller != ID_NONE)
        controller_write_done(cluster, w, is_stored);
    else if (w->op == OP_POD_STATUS || w->op == OP_FINISH_POD)
        kubelet_write_done(cluster, w, is_stored);
    else if (w->op == OP_BIND_POD && !is_stored)
        scheduler_bind_failed(cluster, w->object);
}

void api_server_store(struct cluster *cluster, uint32_t write)
{
    struct write w = *SLAB_AT(&cluster->writes, write, struct write);
    const uint32_t origin = cluster->origin;
    bool is_stored;

    slab_free(&cluster->writes, write);
    if (!does_arrive(cluster, &w) ||
        (is_orphan(cluster, &w) &&
         w.leave_ns > cluster->control.leases[LEASE_CONTROLLER_MANAGER].stopped_ns)) {
        drop_content(cluster, &w);
        tell_writer(cluster, &w, false);
        return;
    }
    if (w.origin != 0)
        cluster->origin = w.origin;
    switch ((enum write_op)w.op) {
    case OP_CREATE_SLICE:
    case OP_UPDATE_SLICE:
    case OP_DELETE_SLICE:
        is_stored = store_slice(cluster, &w);
        break;
    case OP_CREATE_ENDPOINTS:
    case OP_UPDATE_ENDPOINTS:
    case OP_DELETE_ENDPOINTS:
        is_stored = store_endpoints(cluster, &w);
        break;
    case OP_CREATE_REPLICA_SET:
    case OP_SCALE_REPLICA_SET:
    case OP_REPLICA_SET_STATUS:
    case OP_DELETE_REPLICA_SET:
        is_stored = store_replica_set(cluster, &w);
        break;
    case OP_DEPLOYMENT_STATUS:
        is_stored = store_deployment_status(cluster, &w);
        break;
    default:
        is_stored = pod_writes_store(cluster, &w);
        break;
    }
    cluster->origin = origin;
    if (!is_stored)
        drop_content(cluster, &w);
    tell_writer(cluster, &w, is_stored);
}

static void deliver_pod(struct cluster *cluster, const struct log_record *record)
{
    struct pod *p = cluster->pods[record->object];
    struct pod_view before = p->seen;

    p->seen = record->view.pod;
    endpoint_slice_controller_pod_seen(cluster, record->object, &before);
    replica_set_controller_pod_seen(cluster, record->object, &before);
    if (!p->seen.exists)
        deployment_controller_pod_gone(cluster, record->object);
}

static void deliver_service(struct cluster *cluster, const struct log_record *record)
{
    const struct service_spec *before = cluster->services[record->object].seen;

    service_views_see(cluster, record->object, record->view.service);
    endpoint_slice_controller_service_seen(cluster, record->object, before);
}

static void deliver_endpoints(struct cluster *cluster, const struct log_record *record)
{
    struct endpoints_object *object = cluster->endpoints[record->object];
    struct endpoints_content *before = object->seen;

    object->seen = endpoints_store_hold(record->view.endpoints);
    object->seen_version = record->version;
    endpoints_controller_seen(cluster, record->object);
    mirroring_controller_seen(cluster, record->object, before);
    endpoints_store_release(cluster, before);
}

void api_server_deliver(struct cluster *cluster, uint32_t reader, uint64_t generation)
{
    if (generation != cluster->readers[reader].generation)
        return; /* its watch has broken meanwhile */
    api_server_show(cluster, (enum reader_id)reader, api_log_take(cluster, (enum reader_id)reader));
}

void api_server_show(struct cluster *cluster, enum reader_id reader, const struct log_record *shown)
{
    const struct log_record record = *shown; /* its log may grow */

    switch (reader) {
    case READER_PODS:
        deliver_pod(cluster, &record);
        break;
    case READER_SERVICES:
        deliver_service(cluster, &record);
        break;
    case READER_NODES:
        node_objects_seen(cluster, &record);
        break;
    case READER_SLICES:
        endpoint_slice_controller_slice_seen(cluster, &record);
        break;
    case READER_REPLICA_SETS:
        cluster->replica_sets[record.object]->seen = record.view.replica_set;
        replica_set_controller_seen(cluster, record.object);
        deployment_controller_replica_set_seen(cluster, record.object);
        break;
    case READER_DEPLOYMENTS:
        cluster->deployments[record.object].seen = record.view.deployment;
        deployment_controller_seen(cluster, record.object);
        break;
    case READER_ENDPOINTS:
        deliver_endpoints(cluster, &record);
        break;
    case READER_SCHEDULER:
        scheduler_pod_seen(cluster, record.object, &record.view.pod);
        break;
    case READER_COUNT:
        EP_REQUIRE(false);
    }
}
