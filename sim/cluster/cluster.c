/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/cluster.h"

#include <string.h>

#include "base/error.h"
#include "cluster/accounts.h"
#include "cluster/api_log.h"
#include "cluster/api_server.h"
#include "cluster/commands.h"
#include "cluster/control_plane.h"
#include "cluster/controllers/controller.h"
#include "cluster/controllers/garbage_collector.h"
#include "cluster/controllers/node_controller.h"
#include "cluster/controllers/scheduler.h"
#include "cluster/dns.h"
#include "cluster/event_book.h"
#include "cluster/events.h"
#include "cluster/load_balancer.h"
#include "cluster/node/kube_proxy.h"
#include "cluster/node/kubelet.h"
#include "cluster/node/node_power.h"
#include "cluster/node/prober.h"
#include "cluster/node/restarts.h"
#include "cluster/node/status_manager.h"
#include "cluster/run.h"
#include "cluster/service_views.h"
#include "cluster/start.h"
#include "cluster/version_rules.h"
#include "cluster/watch_upkeep.h"

static const enum random_purpose hop_purposes[HOP_COUNT] = {
    [HOP_API_WRITE] = RANDOM_API_WRITE,
    [HOP_WATCH_CONTROLLER] = RANDOM_WATCH_CONTROLLER,
    [HOP_WATCH_NODE] = RANDOM_WATCH_NODE,
    [HOP_CONTROLLER_SYNC] = RANDOM_CONTROLLER_SYNC,
    [HOP_PROXY_SYNC] = RANDOM_PROXY_SYNC,
    [HOP_SCHEDULER_BIND] = RANDOM_SCHEDULER_BIND,
    [HOP_IMAGE_PULL] = RANDOM_IMAGE_PULL,
    [HOP_CONTAINER_START] = RANDOM_CONTAINER_START,
    [HOP_CONTAINER_STOP] = RANDOM_CONTAINER_STOP,
    [HOP_SANDBOX_TEARDOWN] = RANDOM_SANDBOX_TEARDOWN,
    [HOP_KUBELET_PLEG] = RANDOM_PLEG,
    [HOP_KUBELET_SYNC] = RANDOM_KUBELET_SYNC,
    [HOP_DNS_QUERY] = RANDOM_DNS,
    [HOP_NETWORK_RTT] = RANDOM_NETWORK,
};

struct cluster *cluster_new(const struct cluster_setup *setup)
{
    struct cluster *c = ARENA_NEW(setup->arena, struct cluster);

    c->arena = setup->arena;
    c->kernel = setup->kernel;
    c->spec = setup->spec;
    c->seed = setup->seed;
    c->replication = setup->replication;
    c->rules = version_rules_of(c->spec->version_minor);
    version_rules_set_gates(&c->rules, c->spec->version_minor, &c->spec->controller_manager);
    c->rules.proxies_read_endpoints = c->spec->version_minor < 22 && c->spec->proxy.reads_endpoints;
    for (uint32_t i = 0; i < HOP_COUNT; i++)
        c->hop_keys[i] = random_key(c->seed, c->replication, hop_purposes[i], 0);
    blocks_init(&c->blocks, c->arena);
    slab_init(&c->probers, c->arena, sizeof(struct prober));
    slab_init(&c->seats, c->arena, sizeof(struct pod_seat));
    index_table_init(&c->service_names, c->arena);
    index_table_init(&c->service_ips, c->arena);
    selector_index_init(&c->stored_selectors, c->arena, &c->blocks);
    selector_index_init(&c->seen_selectors, c->arena, &c->blocks);
    accounts_init(c);
    start_fill_tables(c);
    control_plane_init(c);
    api_server_init(c);
    return c;
}

void cluster_set_app(struct cluster *cluster, const struct app_ops *ops, void *self)
{
    cluster->app_ops = ops;
    cluster->app = self;
}

void cluster_observe(struct cluster *cluster, const struct cluster_observer *observer)
{
    EP_REQUIRE(cluster->observer_count < CLUSTER_OBSERVERS_MAX);
    cluster->observers[cluster->observer_count++] = *observer;
}

void cluster_keep_events(struct cluster *cluster, int64_t epoch_s)
{
    if (cluster->event_book == NULL)
        cluster->event_book = ARENA_NEW(cluster->arena, struct event_book);
    cluster->event_book->epoch_s = epoch_s;
}

void cluster_start(struct cluster *cluster)
{
    controller_init(cluster);
    kubelet_init(cluster);
    node_controller_init(cluster);
    garbage_collector_init(cluster);
    if (!cluster->spec->is_cold_start)
        start_converged(cluster);
    start_outside(cluster);
}

void cluster_begin(struct cluster *cluster)
{
    cluster->is_started = true;
    kube_proxy_init(cluster);
    dns_init(cluster);
    api_log_start(cluster);
    if (event_book_is_kept(cluster))
        prober_tell_failing(cluster);
    if (cluster->spec->is_cold_start)
        start_cold(cluster);
    else
        start_go_on(cluster);
}

/* What concerns a node as a whole. */
static void handle_node(struct cluster *cluster, const struct event *ev)
{
    switch (ev->kind) {
    case CLUSTER_NODE_PASS:
        node_controller_pass(cluster, ev->a, ev->b);
        break;
    case CLUSTER_NODE_STEP:
        node_controller_step(cluster, ev->a, ev->b);
        break;
    case CLUSTER_NODE_TAINT:
        node_controller_taint(cluster, ev->a, ev->b);
        break;
    case CLUSTER_NODE_TAINT_SEEN:
        node_controller_taint_seen(cluster, ev->a, ev->b);
        break;
    case CLUSTER_NODE_NO_EXECUTE:
        node_controller_no_execute(cluster, ev->a, ev->b);
        break;
    case CLUSTER_NODE_EVICT:
        node_controller_evict(cluster, ev->a, ev->b);
        break;
    case CLUSTER_NODE_READY:
        node_controller_ready(cluster, ev->a, ev->b);
        break;
    case CLUSTER_NODE_UNTAINT:
        node_controller_untaint(cluster, ev->a, ev->b);
        break;
    case CLUSTER_NODE_RECONCILE:
        node_power_reconcile(cluster, ev->a, ev->b);
        break;
    default:
        EP_REQUIRE(false);
    }
}

static void handle_control_plane(struct cluster *cluster, const struct event *ev)
{
    switch ((enum cluster_event)ev->kind) {
    case CLUSTER_LEADER_EXIT:
        control_plane_leader_exits(cluster, ev->a, ev->b);
        break;
    case CLUSTER_LEASE_TAKEN:
        control_plane_lease_taken(cluster, ev->a, ev->b);
        break;
    case CLUSTER_LEADER_LISTED:
        control_plane_leader_listed(cluster, ev->a, ev->b);
        break;
    case CLUSTER_WATCH_RESUMED:
        control_plane_watch_resumed(cluster, ev->a, ev->b);
        break;
    case CLUSTER_STATUS_RETRY:
        status_manager_retry(cluster, ev->a);
        break;
    case CLUSTER_SCHEDULE_RETRY:
        scheduler_try_again(cluster, ev->a);
        break;
    case CLUSTER_BALANCER_BEGIN:
        load_balancer_begin(cluster, ev->a, ev->b);
        break;
    case CLUSTER_BALANCER_CHECK:
        load_balancer_check(cluster, ev->a, ev->b);
        break;
    case CLUSTER_BALANCER_TIMED_OUT:
        load_balancer_timed_out(cluster, ev->a, ev->b);
        break;
    default:
        handle_node(cluster, ev);
    }
}

/* Ends and new beginnings of a pod's containers. */
static void handle_life(struct cluster *cluster, const struct event *ev)
{
    switch ((enum cluster_event)ev->kind) {
    case CLUSTER_DEATH:
        restarts_death_seen(cluster, ev->a, ev->b);
        break;
    case CLUSTER_RESTART_SYNC:
        restarts_sync(cluster, ev->a, ev->b);
        break;
    case CLUSTER_RESTARTED:
        restarts_started(cluster, ev->a, ev->b);
        break;
    case CLUSTER_PROBE_KILL:
        restarts_kill(cluster, ev->a, ev->b);
        break;
    case CLUSTER_PROBE_KILLED:
        restarts_killed(cluster, ev->a, ev->b);
        break;
    case CLUSTER_SIGTERM:
        kubelet_sigterm(cluster, ev->a, ev->b);
        break;
    case CLUSTER_SIGKILL:
        kubelet_sigkill(cluster, ev->a, ev->b);
        break;
    case CLUSTER_STOPPED:
        kubelet_containers_stopped(cluster, ev->a);
        break;
    case CLUSTER_TORN_DOWN:
        kubelet_sandbox_gone(cluster, ev->a);
        break;
    default:
        handle_control_plane(cluster, ev);
    }
}

void cluster_handle(struct cluster *cluster, const struct event *ev)
{
    switch ((enum cluster_event)ev->kind) {
    case CLUSTER_WATCH:
        api_server_deliver(cluster, ev->a, ev->b);
        break;
    case CLUSTER_STORE:
        api_server_store(cluster, ev->a);
        break;
    case CLUSTER_QUEUE_ADD:
        controller_queue_due(cluster, ev->a, (uint32_t)ev->b);
        break;
    case CLUSTER_SYNC_STEP:
        controller_step(cluster, ev->a, ev->b);
        break;
    case CLUSTER_KUBELET_NEWS:
        kubelet_pod_delivered(cluster, ev->a, ev->b);
        break;
    case CLUSTER_KUBELET_SYNC:
        kubelet_pod_sync(cluster, ev->a);
        break;
    case CLUSTER_CONTAINERS_STARTED:
        kubelet_containers_started(cluster, ev->a);
        break;
    case CLUSTER_LISTEN:
        kubelet_process_listens(cluster, ev->a, ev->b);
        break;
    case CLUSTER_RELIST:
        kubelet_relisted(cluster, ev->a, ev->b);
        break;
    case CLUSTER_STATUS:
        kubelet_produce_status(cluster, ev->a, ev->b);
        break;
    case CLUSTER_PROBE:
        prober_tick(cluster, ev->a, ev->b);
        break;
    case CLUSTER_APPLY_STATUS:
        commands_status_due(cluster, ev->a);
        break;
    case CLUSTER_COLLECT:
        garbage_collector_collect(cluster, ev->a);
        break;
    case CLUSTER_COLLECT_STEP:
        garbage_collector_step(cluster, ev->a, ev->b);
        break;
    case CLUSTER_PROBE_TIMEOUT:
        prober_timed_out(cluster, ev->a, ev->b);
        break;
    case CLUSTER_PROXY_WAKE:
        kube_proxy_wake(cluster, ev->a, ev->b);
        break;
    case CLUSTER_PROXY_DONE:
        kube_proxy_done(cluster, ev->a);
        break;
    default:
        handle_life(cluster, ev);
    }
}

const char *cluster_pod_name(const struct cluster *cluster, uint32_t pod)
{
    return cluster->pods[pod]->name;
}

const char *cluster_pod_ip(const struct cluster *cluster, uint32_t pod)
{
    return cluster->pods[pod]->ip_text == NULL ? "" : cluster->pods[pod]->ip_text;
}

const char *cluster_service_name(const struct cluster *cluster, uint32_t service)
{
    return cluster->services[service].name;
}

const char *cluster_node_name(const struct cluster *cluster, uint32_t node)
{
    return cluster->nodes[node].name;
}

uint64_t cluster_pod_hash(const struct cluster *cluster, uint32_t pod)
{
    return cluster->pods[pod]->hash;
}

uint64_t cluster_service_hash(const struct cluster *cluster, uint32_t service)
{
    return cluster->services[service].hash;
}

uint64_t cluster_node_hash(const struct cluster *cluster, uint32_t node)
{
    return cluster->nodes[node].hash;
}

uint32_t cluster_pod_count(const struct cluster *cluster)
{
    return cluster->pod_count;
}

uint32_t cluster_service_count(const struct cluster *cluster)
{
    return cluster->service_count;
}

uint32_t cluster_node_count(const struct cluster *cluster)
{
    return cluster->node_count;
}

uint32_t cluster_news_count(const struct cluster *cluster)
{
    return cluster->news.used_count;
}

enum pod_state cluster_pod_state(const struct cluster *cluster, uint32_t pod)
{
    return (enum pod_state)cluster->pods[pod]->state;
}

uint32_t cluster_pod_created_origin(const struct cluster *cluster, uint32_t pod)
{
    return cluster->pods[pod]->created_origin;
}

uint32_t cluster_pod_deleted_origin(const struct cluster *cluster, uint32_t pod)
{
    return cluster->pods[pod]->deleted_origin;
}

void cluster_set_origin(struct cluster *cluster, uint32_t origin)
{
    cluster->origin = origin;
}

uint32_t cluster_pod_node(const struct cluster *cluster, uint32_t pod)
{
    return cluster->pods[pod]->stored.node;
}

const char *cluster_pod_image(const struct cluster *cluster, uint32_t pod)
{
    const struct pod_spec *spec = cluster->pods[pod]->spec;

    return spec->container_count == 0 ? "" : spec->containers[0].image;
}

const char *cluster_pod_owner(const struct cluster *cluster, uint32_t pod)
{
    uint32_t owner = cluster->pods[pod]->owner;

    return owner == ID_NONE ? "" : cluster->replica_sets[owner]->name;
}

const struct news *cluster_news(const struct cluster *cluster, uint32_t news)
{
    return &SLAB_AT(&cluster->news, news, struct news_entry)->news;
}

enum cause cluster_pod_created_cause(const struct cluster *cluster, uint32_t pod)
{
    return (enum cause)cluster->pods[pod]->created_cause;
}

enum cause cluster_pod_deleted_cause(const struct cluster *cluster, uint32_t pod)
{
    return (enum cause)cluster->pods[pod]->deleted_cause;
}

uint32_t cluster_name_service(struct cluster *cluster, const char *ns, const char *name)
{
    return service_views_obtain(cluster, ns, name);
}

uint32_t cluster_name_host(struct cluster *cluster, const char *host)
{
    return dns_obtain_host(cluster, host);
}

struct dns_answer cluster_resolve(struct cluster *cluster, const struct dns_question *question)
{
    return dns_resolve(cluster, question);
}

uint64_t cluster_dns_serial(struct cluster *cluster)
{
    return dns_serial(cluster);
}

bool cluster_answers_alike(const struct cluster *cluster, const struct dns_answer *answer)
{
    return dns_answers_alike(cluster, answer);
}

bool cluster_has_node_caches(const struct cluster *cluster)
{
    return cluster->spec->dns.has_node_caches;
}

bool cluster_is_cached_on_node(struct cluster *cluster, const struct dns_question *question)
{
    return dns_is_cached_on_node(cluster, question);
}

bool cluster_pod_has_address(const struct cluster *cluster, uint32_t pod)
{
    uint8_t state = cluster->pods[pod]->kubelet_state;

    return state == KUBELET_RUNNING || state == KUBELET_WAITING || state == KUBELET_STOPPING ||
           state == KUBELET_STOPPED || state == KUBELET_EXTERNAL;
}

const struct pod_spec *cluster_pod_spec(const struct cluster *cluster, uint32_t pod)
{
    return cluster->pods[pod]->spec;
}

const struct label_set *cluster_pod_labels(const struct cluster *cluster, uint32_t pod)
{
    const struct label_set *labels = cluster->pods[pod]->stored.labels;

    return labels != NULL ? labels : &cluster->pods[pod]->spec->meta.labels;
}

const char *cluster_pod_deployment(const struct cluster *cluster, uint32_t pod)
{
    uint32_t owner = cluster->pods[pod]->owner;

    if (owner == ID_NONE || cluster->replica_sets[owner]->deployment == ID_NONE)
        return NULL;
    return cluster->deployments[cluster->replica_sets[owner]->deployment].bare_name;
}

void cluster_process_stopped_listening(struct cluster *cluster, uint32_t pod)
{
    kubelet_process_closed(cluster, pod);
}

void cluster_process_exited(struct cluster *cluster, uint32_t pod)
{
    kubelet_process_ended(cluster, pod);
}

void cluster_process_answers(struct cluster *cluster, uint32_t pod, bool is_well)
{
    prober_answers(cluster, pod, is_well);
}

uint32_t cluster_find_deployment(const struct cluster *cluster, const char *ns, const char *name)
{
    for (uint32_t i = 0; i < cluster->deployment_count; i++) {
        const struct object_meta *meta = &cluster->deployments[i].spec->meta;
        if (strcmp(meta->ns, ns) == 0 && strcmp(meta->name, name) == 0)
            return i;
    }
    return ID_NONE;
}

uint32_t cluster_find_replica_set(const struct cluster *cluster, const char *ns, const char *name)
{
    for (uint32_t i = 0; i < cluster->replica_set_count; i++) {
        const struct replica_set *rs = cluster->replica_sets[i];
        if (strcmp(rs->ns, ns) == 0 && strcmp(rs->bare_name, name) == 0)
            return i;
    }
    return ID_NONE;
}

uint32_t cluster_find_pod(const struct cluster *cluster, const char *ns, const char *name)
{
    for (uint32_t i = cluster->pod_count; i-- > 0;) { /* the newest of that name */
        if (strcmp(cluster->pods[i]->ns, ns) == 0 && strcmp(cluster->pods[i]->bare_name, name) == 0)
            return i;
    }
    return ID_NONE;
}

uint32_t cluster_find_node(const struct cluster *cluster, const char *name)
{
    for (uint32_t i = 0; i < cluster->node_count; i++) {
        if (strcmp(cluster->nodes[i].name, name) == 0)
            return i;
    }
    return ID_NONE;
}

bool cluster_pod_exists(const struct cluster *cluster, uint32_t pod)
{
    return cluster->pods[pod]->stored.exists;
}

bool cluster_pod_is_live(const struct cluster *cluster, uint32_t pod)
{
    return cluster->pods[pod]->stored.exists && !cluster->pods[pod]->stored.is_deleting;
}

const char *cluster_pod_namespace(const struct cluster *cluster, uint32_t pod)
{
    return cluster->pods[pod]->ns;
}

void cluster_delete_pod(struct cluster *cluster, uint32_t pod, sim_ns grace_ns, bool is_forced,
                        enum cause cause)
{
    sim_ns own_ns = cluster->pods[pod]->spec->grace_ns;

    api_server_delete_pod(cluster, pod, grace_ns < 0 ? own_ns : grace_ns, is_forced, cause);
}

sim_ns cluster_now_ns(const struct cluster *cluster)
{
    return cluster->kernel->now_ns;
}

void cluster_partition_node(struct cluster *cluster, uint32_t node, sim_ns from_ns, sim_ns until_ns)
{
    kube_proxy_partition(cluster, node, from_ns, until_ns);
}

void cluster_fail_node(struct cluster *cluster, uint32_t node, bool is_failed)
{
    if (is_failed)
        node_power_off(cluster, node);
    else
        node_power_on(cluster, node);
}

bool cluster_node_is_off(const struct cluster *cluster, uint32_t node)
{
    return cluster->nodes[node].health.is_dead;
}

bool cluster_pod_is_lost(const struct cluster *cluster, uint32_t pod)
{
    return cluster->pods[pod]->kubelet_state == KUBELET_LOST;
}

uint64_t cluster_bookmarks(const struct cluster *cluster, sim_ns from_ns, sim_ns until_ns,
                           uint64_t *bytes)
{
    uint64_t count;

    *bytes = watch_upkeep_bookmarks(cluster, from_ns, until_ns, &count).protobuf;
    return count;
}
