/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/fixture.h"

#include <stdio.h>
#include <string.h>

#include "cluster/events.h"
#include "cluster/node/kubelet.h"

#define EVENT_DRAINED 200 /* beside the cluster's kinds: a draining program ends */

_Static_assert((int)EVENT_DRAINED > (int)CLUSTER_EVENT_COUNT,
               "the fixture's event is one of the cluster's");

/* A new element at the end of one of the fixture's lists. */
#define KEEP(f, list, ...)                                                               \
    (ARENA_GROW(&(f)->heard, (f)->list.items, &(f)->list.capacity, (f)->list.count + 1), \
     (void)((f)->list.items[(f)->list.count++] = __VA_ARGS__))

static void hear_version(void *self, const struct stored_version *version)
{
    struct fixture *f = self;

    KEEP(f, versions, *version);
}

static void hear_state(void *self, sim_ns at_ns, uint32_t pod, enum pod_state state)
{
    struct fixture *f = self;

    KEEP(f, states, (struct fixture_state){at_ns, pod, state});
}

static void hear_sync(void *self, sim_ns at_ns, uint32_t node, uint64_t applied_hash)
{
    struct fixture *f = self;

    (void)applied_hash;
    KEEP(f, syncs, (struct fixture_sync){at_ns, node});
}

static void hear_change(void *self, const struct news *news)
{
    struct fixture *f = self;

    KEEP(f, changes, *news);
}

static void hear_applied(void *self, const struct news *news, const struct applied_change *applied)
{
    struct fixture *f = self;

    KEEP(f, applied, (struct fixture_applied){*news, *applied});
}

static void hear_dropped(void *self, const struct news *news)
{
    struct fixture *f = self;

    KEEP(f, dropped, *news);
}

static bool *listens(struct fixture *f, uint32_t pod)
{
    ARENA_GROW(&f->arena, f->listens, &f->listens_capacity, pod + 1);
    return &f->listens[pod];
}

static sim_ns app_startup_ns(void *self, uint32_t pod)
{
    (void)pod;
    return ((struct fixture *)self)->startup_ns;
}

static void app_on_listen(void *self, uint32_t pod)
{
    *listens(self, pod) = true;
}

static void app_on_sigterm(void *self, uint32_t pod)
{
    struct fixture *f = self;

    KEEP(f, sigterms, (struct fixture_state){f->kernel.now_ns, pod, POD_STATE_TERMINATING});
    if (f->on_sigterm == FIXTURE_IGNORE)
        return;
    *listens(f, pod) = false;
    if (f->on_sigterm == FIXTURE_EXIT) {
        cluster_process_exited(f->cluster, pod);
        return;
    }
    cluster_process_stopped_listening(f->cluster, pod);
    kernel_schedule(&f->kernel, f->kernel.now_ns + f->drain_ns,
                    (struct event){.kind = EVENT_DRAINED, .a = pod});
}

static void app_on_kill(void *self, uint32_t pod)
{
    struct fixture *f = self;

    *listens(f, pod) = false;
    KEEP(f, sigkills, (struct fixture_state){f->kernel.now_ns, pod, POD_STATE_TERMINATING});
}

static bool app_probe(void *self, uint32_t pod, const struct probe_spec *probe)
{
    struct fixture *f = self;

    return *listens(f, pod) && (f->deaf_port == 0 || probe->port.number != f->deaf_port);
}

static void app_on_vanish(void *self, uint32_t pod)
{
    *listens(self, pod) = false;
}

static void app_on_power(void *self, uint32_t node, bool is_off)
{
    (void)self; /* nobody asks */
    (void)node;
    (void)is_off;
}

static void app_on_hang(void *self, uint32_t pod, bool is_hung)
{
    (void)self; /* the cluster knows that no probe is answered */
    (void)pod;
    (void)is_hung;
}

static void app_set_slowness(void *self, uint32_t pod, double factor)
{
    (void)self; /* nobody asks these programs */
    (void)pod;
    (void)factor;
}

static bool app_probe_varies(void *self, uint32_t pod, const struct probe_spec *probe)
{
    (void)self;
    (void)pod;
    (void)probe;
    return false;
}

static const struct app_ops app_ops = {
    .on_vanish = app_on_vanish,
    .on_power = app_on_power,
    .on_hang = app_on_hang,
    .set_slowness = app_set_slowness,
    .startup_ns = app_startup_ns,
    .on_listen = app_on_listen,
    .on_sigterm = app_on_sigterm,
    .on_kill = app_on_kill,
    .probe = app_probe,
    .answer_probe = app_probe,
    .probe_varies = app_probe_varies,
};

static void init_workload(struct fixture *f, uint32_t i, const char *name)
{
    struct workload_spec *w = &f->workloads[i];
    struct label *label = ARENA_NEW(&f->arena, struct label);

    *label = (struct label){"app", name};
    f->ports[i] = (struct container_port){NULL, 8080, PROTOCOL_TCP};
    f->containers[i] = (struct container_spec){
        .name = "main",
        .image = "kubia:v1",
        .ports = &f->ports[i],
        .port_count = 1,
        .readiness = {.kind = PROBE_HTTP,
                      .port = {NULL, 8080},
                      .period_ns = NS_PER_S,
                      .timeout_ns = NS_PER_S,
                      .success_threshold = 1,
                      .failure_threshold = 3},
    };
    *w = (struct workload_spec){
        .kind = WORKLOAD_DEPLOYMENT,
        .meta = {.name = name, .ns = "default"},
        .replicas = 3,
        .pod_template = {.meta = {.ns = "default", .labels = labels_from(&f->arena, label, 1)},
                         .containers = &f->containers[i],
                         .container_count = 1,
                         .grace_ns = 30 * NS_PER_S,
                         .template_hash = 1 + i},
        .revision_history_limit = 10,
        .max_surge = {true, 25},
        .max_unavailable = {true, 25},
    };
    w->selector = labels_selector(&f->arena, &w->pod_template.meta.labels);
    f->service_ports[i] = (struct service_port){NULL, 80, {NULL, 8080}, 0, PROTOCOL_TCP, NULL};
    f->services[i] = (struct service_spec){
        .meta = {.name = name, .ns = "default"},
        .selector = w->selector,
        .ports = &f->service_ports[i],
        .port_count = 1,
    };
}

static void init_spec(struct fixture *f)
{
    struct world_spec *w = &f->spec;

    w->name = "fixture";
    w->seed = 42;
    w->until_ns = NS_PER_HOUR;
    w->cluster = (struct cluster_spec){
        .version_minor = 34,
        .nodes = f->nodes,
        .workloads = f->workloads,
        .workload_count = 1,
        .services = f->services,
        .service_count = 1,
        .controller_manager = {.endpointslice_workers = 5,
                               .deployment_workers = 5,
                               .replicaset_workers = 5,
                               .max_endpoints_per_slice = 100,
                               .api_qps = 20,
                               .api_burst = 30},
        .proxy = {.min_sync_ns = NS_PER_S, .sync_ns = 30 * NS_PER_S},
        .has_kubelet = true,
        .cluster_domain = "cluster.local",
    };
    for (uint32_t hop = 0; hop < HOP_COUNT; hop++)
        fixture_hop(f, (enum hop)hop, 0);
    f->app = (struct app_spec){
        .startup = distribution_constant(NS_PER_S),
        .service_time = distribution_constant(10 * NS_PER_MS),
        .concurrency = 100,
        .queue = 1000,
    };
    w->traffic = (struct traffic_spec){.apps = &f->app, .app_count = 1};
    w->timeline = f->timeline;
}

void fixture_init(struct fixture *f)
{
    memset(f, 0, sizeof(*f));
    arena_init(&f->arena);
    arena_init(&f->heard);
    kernel_init(&f->kernel, &f->arena);
    f->startup_ns = NS_PER_S;
    init_workload(f, 0, "kubia");
    init_spec(f);
    fixture_nodes(f, 3);
    f->observer = (struct cluster_observer){
        .self = f,
        .version_stored = hear_version,
        .pod_state = hear_state,
        .proxy_synced = hear_sync,
        .change_stored = hear_change,
        .change_applied = hear_applied,
        .news_dropped = hear_dropped,
    };
}

void fixture_deinit(struct fixture *f)
{
    arena_deinit(&f->arena);
    arena_deinit(&f->heard);
}

void fixture_hop(struct fixture *f, enum hop hop, sim_ns constant_ns)
{
    f->spec.cluster.latency[hop] = distribution_constant(constant_ns);
}

void fixture_nodes(struct fixture *f, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        f->nodes[i] = (struct node_spec){
            .name = arena_printf(&f->arena, "node-%u", (unsigned)(i + 1)), .pod_capacity = 110};
    f->spec.cluster.node_count = count;
}

void fixture_add_other(struct fixture *f, uint32_t replicas)
{
    init_workload(f, 1, "other");
    f->workloads[1].kind = WORKLOAD_REPLICA_SET;
    f->workloads[1].replicas = replicas;
    f->spec.cluster.workload_count = 2;
    f->spec.cluster.service_count = 2;
}

void fixture_start(struct fixture *f)
{
    struct cluster_setup setup = {
        .arena = &f->arena,
        .kernel = &f->kernel,
        .spec = &f->spec.cluster,
        .seed = f->spec.seed,
    };

    f->cluster = cluster_new(&setup);
    fixture_begin(f);
}

void fixture_begin(struct fixture *f)
{
    cluster_set_app(f->cluster, &app_ops, f);
    cluster_observe(f->cluster, &f->observer);
    cluster_start(f->cluster);
    cluster_begin(f->cluster);
}

void fixture_run(struct fixture *f, sim_ns until_ns)
{
    struct event ev;

    while (kernel_next(&f->kernel, until_ns, &ev)) {
        if (ev.kind != EVENT_DRAINED)
            cluster_handle(f->cluster, &ev);
        else if (f->cluster->pods[ev.a]->kubelet_state == KUBELET_STOPPING)
            cluster_process_exited(f->cluster, ev.a);
    }
    f->kernel.now_ns = until_ns;
}

void fixture_close(struct fixture *f, uint32_t pod)
{
    *listens(f, pod) = false;
    cluster_process_stopped_listening(f->cluster, pod);
}

void fixture_listen(struct fixture *f, uint32_t pod)
{
    kubelet_process_listens(f->cluster, pod, f->cluster->pods[pod]->start_count);
}

uint32_t fixture_slice_sizes(const struct fixture *f, uint32_t service, uint32_t *sizes,
                             uint32_t room)
{
    const struct service *s = &f->cluster->services[service];
    uint32_t count = 0;

    for (uint32_t i = 0; i < s->slice_count; i++) {
        const struct slice_content *content = f->cluster->slices[s->slices[i]]->stored;
        if (content != NULL && count++ < room)
            sizes[count - 1] = content->count;
    }
    return count;
}

const struct slice_endpoint *fixture_listed(const struct fixture *f, uint32_t service, uint32_t pod)
{
    const struct service *s = &f->cluster->services[service];

    for (uint32_t i = 0; i < s->slice_count; i++) {
        const struct slice_content *content = f->cluster->slices[s->slices[i]]->stored;
        for (uint32_t k = 0; content != NULL && k < content->count; k++) {
            if (content->endpoints[k].pod == pod)
                return &content->endpoints[k];
        }
    }
    return NULL;
}

sim_ns fixture_reached_ns(const struct fixture *f, uint32_t pod, enum pod_state state)
{
    for (uint32_t i = 0; i < f->states.count; i++) {
        if (f->states.items[i].pod == pod && f->states.items[i].state == state)
            return f->states.items[i].at_ns;
    }
    return NS_NEVER;
}

const struct news *fixture_change(const struct fixture *f, uint32_t pod, enum change_kind kind)
{
    for (uint32_t i = 0; i < f->changes.count; i++) {
        if (f->changes.items[i].pod == pod && f->changes.items[i].kind == kind)
            return &f->changes.items[i];
    }
    return NULL;
}

uint32_t fixture_count_versions(const struct fixture *f, enum object_kind kind,
                                enum write_verb verb)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < f->versions.count; i++)
        count += f->versions.items[i].kind == kind && f->versions.items[i].verb == verb;
    return count;
}

uint32_t fixture_count_pods(const struct fixture *f, uint32_t replica_set)
{
    uint32_t count = 0;

    for (uint32_t pod = 0; pod < f->cluster->pod_count; pod++) {
        const struct pod_view *view = &f->cluster->pods[pod]->stored;
        count += view->exists && !view->is_deleting && view->owner == replica_set;
    }
    return count;
}

struct world *fixture_world(struct fixture *f)
{
    struct world *world = world_new(&f->arena, &f->spec, 0);

    world_observe(world, &f->observer, NULL, NULL);
    return world;
}

struct timeline_entry *fixture_at(struct fixture *f, sim_ns at_ns, enum verb verb)
{
    struct timeline_entry *e = &f->timeline[f->spec.timeline_count++];

    *e = (struct timeline_entry){
        .clock = CLOCK_AT,
        .at_ns = at_ns,
        .verb = verb,
        .target = {.ns = "default", .kind = "deployment", .name = "kubia"},
    };
    return e;
}
