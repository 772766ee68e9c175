/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/event_words.h"

#include <string.h>

#include "base/duration.h"
#include "base/hash.h"
#include "cluster/snapshot_build.h"

/* First minors in which messages read so. Those with "about" are inferred from what clusters of nearby versions print. */
#define SCALED_FROM_MINOR 25U /* "to 3 from 1" (kubernetes#101142), about */
#define FROM_TO_MINOR 32U /* "from 1 to 3", and "from 0" of new ones (#125118, #123430), about */
#define CREATED_COLON_MINOR 32U /* "Created container: c", about */
#define BACK_OFF_WHO_MINOR 26U  /* which container, which pod; about */
#define WAITING_TIME_MINOR 27U  /* "(1.2s including waiting)", about */
#define REPORTER_MINOR 25U      /* reportingComponent is filled in (#116506 and its cherry picks) */
#define EVICTION_MINOR 29U      /* the taint manager is a controller of its own */
#define UNTOLERATED_MINOR 24U   /* "untolerated taint", about */
#define PREEMPTION_MINOR 24U    /* what preemption would bring is told, about */
#define CLAIMS_MINOR 34U        /* and claims of devices */

static uint32_t minor_of(const struct cluster *cluster)
{
    return cluster->spec->version_minor;
}

/* --- pods --- */

static const struct container_spec *container_of(const struct cluster *cluster,
                                                 const struct event_post *post)
{
    const struct pod_spec *spec = cluster->pods[post->object]->spec;
    const uint32_t number = post->detail.other;

    return (number & EVENT_INIT_CONTAINER) != 0
               ? &spec->init_containers[number & ~EVENT_INIT_CONTAINER]
               : &spec->containers[number];
}

static uint32_t port_of(const struct container_spec *container, const struct probe_spec *probe)
{
    for (uint32_t i = 0; probe->port.name != NULL && i < container->port_count; i++) {
        if (container->ports[i].name != NULL &&
            strcmp(container->ports[i].name, probe->port.name) == 0)
            return container->ports[i].number;
    }
    return probe->port.number;
}

/* Go's Client and net.Dial, as the kubelet's probers pass them on. */
static const char *http_failure(struct arena *arena, const struct probe_spec *probe,
                                const char *address, enum probe_failure failure)
{
    const char *path = probe->path == NULL ? "/" : probe->path;
    const char *url =
        arena_printf(arena, "Get \"%s://%s%s%s\": ", probe->is_https ? "https" : "http", address,
                     path[0] == '/' ? "" : "/", path);

    if (failure == PROBE_FAILURE_TIMEOUT)
        return arena_printf(
            arena, "%scontext deadline exceeded (Client.Timeout exceeded while awaiting headers)",
            url);
    if (failure == PROBE_FAILURE_ANSWER)
        return "HTTP probe failed with statuscode: 500";
    return arena_printf(arena, "%sdial tcp %s: connect: connection refused", url, address);
}

static const char *probe_failure(struct arena *arena, const struct cluster *cluster,
                                 const struct event_post *post, const struct probe_spec *probe)
{
    const struct pod *p = cluster->pods[post->object];
    const enum probe_failure failure = (enum probe_failure)post->detail.third;
    const char *ip = p->ip_text == NULL ? "" : p->ip_text;
    const char *address = arena_printf(arena, strchr(ip, ':') != NULL ? "[%s]:%u" : "%s:%u", ip,
                                       port_of(container_of(cluster, post), probe));

    switch (probe->kind) {
    case PROBE_HTTP:
        return http_failure(arena, probe, address, failure);
    case PROBE_TCP:
        return arena_printf(arena, "dial tcp %s: %s", address,
                            failure == PROBE_FAILURE_TIMEOUT ? "i/o timeout"
                                                             : "connect: connection refused");
    case PROBE_GRPC:
        if (failure == PROBE_FAILURE_ANSWER)
            return "service unhealthy (responded with \"NOT_SERVING\")";
        return arena_printf(arena,
                            "timeout: failed to connect service \"%s\" within %llds: "
                            "context deadline exceeded",
                            address, (long long)(probe->timeout_ns / NS_PER_S));
    case PROBE_EXEC:
        return failure == PROBE_FAILURE_TIMEOUT ? "command timed out" : "";
    case PROBE_NONE:
        break;
    }
    return "";
}

static const char *unhealthy(struct arena *arena, const struct cluster *cluster,
                             const struct event_post *post)
{
    const struct container_spec *container = container_of(cluster, post);
    const enum probe_role role = (enum probe_role)post->detail.before;

    if (role == PROBE_READINESS)
        return arena_printf(arena, "Readiness probe failed: %s",
                            probe_failure(arena, cluster, post, &container->readiness));
    if (role == PROBE_LIVENESS)
        return arena_printf(arena, "Liveness probe failed: %s",
                            probe_failure(arena, cluster, post, &container->liveness));
    return arena_printf(arena, "Startup probe failed: %s",
                        probe_failure(arena, cluster, post, &container->startup));
}

/* Milliseconds, as Go prints them. */
static const char *pulled(struct arena *arena, const struct cluster *cluster,
                          const struct event_post *post)
{
    const char *image = container_of(cluster, post)->image;
    char length[DURATION_TEXT_MAX];

    (void)duration_format(post->detail.length_ns / NS_PER_MS * NS_PER_MS, length);
    if (minor_of(cluster) < WAITING_TIME_MINOR)
        return arena_printf(arena, "Successfully pulled image \"%s\" in %s", image, length);
    return arena_printf(arena, "Successfully pulled image \"%s\" in %s (%s including waiting)",
                        image, length, length);
}

static const char *back_off(struct arena *arena, const struct cluster *cluster,
                            const struct event_post *post)
{
    const struct pod *p = cluster->pods[post->object];

    if (minor_of(cluster) < BACK_OFF_WHO_MINOR)
        return "Back-off restarting failed container";
    return arena_printf(arena, "Back-off restarting failed container %s in pod %s_%s(%s)",
                        container_of(cluster, post)->name, p->bare_name, p->ns,
                        snapshot_build_uid(arena, &p->spec->meta, p->uid));
}

static const char *join(struct arena *arena, const char *list, const char *separator,
                        const char *item)
{
    return list[0] == '\0' ? item : arena_printf(arena, "%s%s%s", list, separator, item);
}

/* "0/3 nodes are available: ...": reasons in the order of their texts. */
static const char *no_node(struct arena *arena, const struct cluster *cluster,
                           const struct event_post *post)
{
    const struct event_detail *nodes = &post->detail;
    const uint32_t total = nodes->before + nodes->after + nodes->third;
    const char *const texts[] = {
        nodes->third == 0 ? "" : arena_printf(arena, "%u Too many pods", nodes->third),
        nodes->after == 0 ? ""
        : minor_of(cluster) < UNTOLERATED_MINOR
            ? arena_printf(arena,
                           "%u node(s) had taint {node.kubernetes.io/unreachable: }, that the pod "
                           "didn't tolerate",
                           nodes->after)
            : arena_printf(arena,
                           "%u node(s) had untolerated taint {node.kubernetes.io/unreachable: }",
                           nodes->after),
        nodes->before == 0 ? ""
                           : arena_printf(arena, "%u node(s) were unschedulable", nodes->before),
    };
    const char *list = "";
    const char *tail = "";
    bool is_used[EP_COUNT_OF(texts)] = {false};

    for (uint32_t k = 0; k < EP_COUNT_OF(texts); k++) {
        uint32_t least = 0;
        while (least < EP_COUNT_OF(texts) && is_used[least])
            least++;
        for (uint32_t i = least; i < EP_COUNT_OF(texts); i++) {
            if (!is_used[i] && strcmp(texts[i], texts[least]) < 0)
                least = i;
        }
        is_used[least] = true;
        list = join(arena, list, ", ", texts[least]);
    }
    if (minor_of(cluster) >= PREEMPTION_MINOR) {
        const char *full =
            nodes->third == 0
                ? ""
                : arena_printf(arena, "%u No preemption victims found for incoming pod",
                               nodes->third);
        const char *helpless =
            nodes->before + nodes->after == 0
                ? ""
                : arena_printf(arena, "%u Preemption is not helpful for scheduling",
                               nodes->before + nodes->after);
        const bool is_full_first = strcmp(full, helpless) < 0;

        tail = arena_printf(
            arena, " %spreemption: 0/%u nodes are available: %s.",
            minor_of(cluster) >= CLAIMS_MINOR ? "no new claims to deallocate, " : "", total,
            join(arena, is_full_first ? full : helpless,
                 full[0] == '\0' || helpless[0] == '\0' ? "" : ", ",
                 is_full_first ? helpless : full));
    }
    return arena_printf(arena, "0/%u nodes are available: %s.%s", total, list, tail);
}

/* --- workloads --- */

static const char *scaled(struct arena *arena, const struct cluster *cluster,
                          const struct event_post *post)
{
    const struct event_detail *d = &post->detail;
    const char *what =
        arena_printf(arena, "Scaled %s replica set %s", d->after > d->before ? "up" : "down",
                     cluster->replica_sets[d->other]->bare_name);

    if (minor_of(cluster) >= FROM_TO_MINOR)
        return arena_printf(arena, "%s from %u to %u", what, d->before, d->after);
    if (post->reason == EVENT_SCALED_NEW || minor_of(cluster) < SCALED_FROM_MINOR)
        return arena_printf(arena, "%s to %u", what, d->after);
    return arena_printf(arena, "%s to %u from %u", what, d->after, d->before);
}

/* --- endpoints --- */

static const char *slices_not_updated(struct arena *arena, const struct cluster *cluster,
                                      const struct event_post *post)
{
    const struct service *s = &cluster->services[post->object];
    const struct slice *slice = cluster->slices[post->detail.other];
    const char *begin = arena_printf(
        arena, "Error updating Endpoint Slices for Service %s/%s: ", s->ns, s->bare_name);

    if (post->detail.before != 0)
        return arena_printf(arena, "%sfailed to create EndpointSlice for Service %s/%s", begin,
                            s->ns, s->bare_name);
    return arena_printf(
        arena,
        "%sfailed to update %s EndpointSlice for Service %s/%s: Operation cannot be "
        "fulfilled on endpointslices.discovery.k8s.io \"%s\": the object has been "
        "modified; please apply your changes to the latest version and try again",
        begin, slice->name, s->ns, s->bare_name, slice->name);
}

static const char *endpoints_failure(struct arena *arena, const struct cluster *cluster,
                                     const struct event_post *post)
{
    const struct endpoints_object *e = cluster->endpoints[post->object];

    if (post->reason == EVENT_ENDPOINTS_NOT_CREATED)
        return arena_printf(arena,
                            "Failed to create endpoint for service %s/%s: endpoints \"%s\" already "
                            "exists",
                            e->ns, e->bare_name, e->bare_name);
    return arena_printf(
        arena,
        "Failed to update endpoint %s/%s: Operation cannot be fulfilled on endpoints "
        "\"%s\": the object has been modified; please apply your changes to the "
        "latest version and try again",
        e->ns, e->bare_name, e->bare_name);
}

/* --- all --- */

static const char *container_message(struct arena *arena, const struct cluster *cluster,
                                     const struct event_post *post)
{
    const struct container_spec *container = container_of(cluster, post);

    switch ((enum event_reason)post->reason) {
    case EVENT_PULLING:
        return arena_printf(arena, "Pulling image \"%s\"", container->image);
    case EVENT_PRESENT:
        return arena_printf(arena, "Container image \"%s\" already present on machine",
                            container->image);
    case EVENT_CREATED:
        return arena_printf(arena, "Created container%s %s",
                            minor_of(cluster) >= CREATED_COLON_MINOR ? ":" : "", container->name);
    case EVENT_STARTED:
        return arena_printf(arena, "Started container %s", container->name);
    case EVENT_STOPPING:
        return arena_printf(arena, "Stopping container %s", container->name);
    default:
        return arena_printf(arena, "Container %s failed %s probe, will be restarted",
                            container->name,
                            post->detail.before == PROBE_LIVENESS ? "liveness" : "startup");
    }
}

static const char *node_message(struct arena *arena, const struct cluster *cluster,
                                const struct event_post *post)
{
    if (post->reason == EVENT_NODE_STARTING)
        return "Starting kubelet.";
    return arena_printf(arena, "Node %s status is now: %s", cluster->nodes[post->object].name,
                        event_book_row((enum event_reason)post->reason)->reason);
}

static const char *pod_message(struct arena *arena, const struct cluster *cluster,
                               const struct event_post *post)
{
    const struct pod *p = cluster->pods[post->object];

    switch ((enum event_reason)post->reason) {
    case EVENT_SCHEDULED:
        return arena_printf(arena, "Successfully assigned %s/%s to %s", p->ns, p->bare_name,
                            cluster->nodes[post->detail.other].name);
    case EVENT_NO_NODE:
        return no_node(arena, cluster, post);
    case EVENT_PULLED:
        return pulled(arena, cluster, post);
    case EVENT_UNHEALTHY:
        return unhealthy(arena, cluster, post);
    case EVENT_BACK_OFF:
        return back_off(arena, cluster, post);
    case EVENT_SANDBOX_CHANGED:
        return "Pod sandbox changed, it will be killed and re-created.";
    case EVENT_POD_NOT_READY:
        return "Node is not ready";
    case EVENT_EVICTION:
        return arena_printf(arena, "Marking for deletion Pod %s/%s", p->ns, p->bare_name);
    case EVENT_NO_EVICTION:
        return arena_printf(arena, "Cancelling deletion of Pod %s/%s", p->ns, p->bare_name);
    default:
        return container_message(arena, cluster, post);
    }
}

static const char *message_of(struct arena *arena, const struct cluster *cluster,
                              const struct event_post *post)
{
    switch (event_book_row((enum event_reason)post->reason)->about) {
    case EVENT_ABOUT_REPLICA_SET:
        return arena_printf(arena, "%s pod: %s",
                            post->reason == EVENT_POD_CREATED ? "Created" : "Deleted",
                            cluster->pods[post->detail.other]->bare_name);
    case EVENT_ABOUT_DEPLOYMENT:
        return scaled(arena, cluster, post);
    case EVENT_ABOUT_NODE:
        return node_message(arena, cluster, post);
    case EVENT_ABOUT_ENDPOINTS:
        return endpoints_failure(arena, cluster, post);
    case EVENT_ABOUT_SERVICE:
        return slices_not_updated(arena, cluster, post);
    case EVENT_ABOUT_POD:
        break;
    }
    return pod_message(arena, cluster, post);
}

static bool is_of_container(enum event_reason reason)
{
    return reason >= EVENT_PULLING && reason <= EVENT_BACK_OFF;
}

static void about_pod(struct arena *arena, const struct cluster *cluster,
                      const struct event_post *post, struct snapshot_event *ev)
{
    const struct pod *p = cluster->pods[post->object];
    const enum event_reason reason = (enum event_reason)post->reason;

    ev->about_kind = "Pod";
    ev->about_ns = p->ns;
    ev->about_name = p->bare_name;
    if (strcmp(ev->component, "kubelet") == 0 && p->node != ID_NONE)
        ev->host = cluster->nodes[p->node].name;
    if (reason == EVENT_EVICTION || reason == EVENT_NO_EVICTION) {
        if (minor_of(cluster) < EVICTION_MINOR)
            return; /* its reference says no more */
        ev->component = "taint-eviction-controller";
        ev->about_api_version = "v1";
        return;
    }
    ev->about_api_version = "v1";
    ev->about_uid = snapshot_build_uid(arena, &p->spec->meta, p->uid);
    ev->about_version = post->version;
    if (is_of_container(reason))
        ev->about_field = arena_printf(
            arena, "spec.%s{%s}",
            (post->detail.other & EVENT_INIT_CONTAINER) != 0 ? "initContainers" : "containers",
            container_of(cluster, post)->name);
}

static void about_node(struct arena *arena, const struct cluster *cluster,
                       const struct event_post *post, struct snapshot_event *ev)
{
    const struct node *node = &cluster->nodes[post->object];
    const bool is_kubelets = strcmp(ev->component, "kubelet") == 0;

    ev->about_kind = "Node";
    ev->about_name = node->name;
    ev->about_uid = is_kubelets ? node->name : snapshot_build_node_uid(arena, node->hash);
    ev->host = is_kubelets ? node->name : NULL;
    ev->about_api_version = is_kubelets ? NULL : "v1";
}

static void about_replica_set(struct arena *arena, const struct cluster *cluster,
                              const struct event_post *post, struct snapshot_event *ev)
{
    const struct replica_set *rs = cluster->replica_sets[post->object];
    const bool is_old = rs->spec != NULL && rs->spec->kind == WORKLOAD_REPLICATION_CONTROLLER;

    ev->about_kind = is_old ? "ReplicationController" : "ReplicaSet";
    ev->about_api_version = is_old ? "v1" : "apps/v1";
    ev->about_ns = rs->ns;
    ev->about_name = rs->bare_name;
    ev->about_uid = snapshot_build_uid(arena, rs->spec != NULL ? &rs->spec->meta : NULL, rs->hash);
    ev->about_version = post->version;
    if (is_old)
        ev->component = "replication-controller";
}

static void about(struct arena *arena, const struct cluster *cluster, const struct event_post *post,
                  struct snapshot_event *ev)
{
    const struct deployment *d;
    const struct service *s;
    const struct endpoints_object *e;

    switch (event_book_row((enum event_reason)post->reason)->about) {
    case EVENT_ABOUT_POD:
        about_pod(arena, cluster, post, ev);
        return;
    case EVENT_ABOUT_NODE:
        about_node(arena, cluster, post, ev);
        return;
    case EVENT_ABOUT_REPLICA_SET:
        about_replica_set(arena, cluster, post, ev);
        return;
    case EVENT_ABOUT_DEPLOYMENT:
        d = &cluster->deployments[post->object];
        ev->about_kind = "Deployment";
        ev->about_api_version = "apps/v1";
        ev->about_ns = d->spec->meta.ns;
        ev->about_name = d->bare_name;
        ev->about_uid = snapshot_build_uid(arena, &d->spec->meta, d->hash);
        break;
    case EVENT_ABOUT_SERVICE:
        s = &cluster->services[post->object];
        ev->about_kind = "Service";
        ev->about_api_version = "v1";
        ev->about_ns = s->ns;
        ev->about_name = s->bare_name;
        ev->about_uid = snapshot_build_uid(arena, s->spec == NULL ? NULL : &s->spec->meta, s->uid);
        break;
    case EVENT_ABOUT_ENDPOINTS:
        e = cluster->endpoints[post->object];
        ev->about_kind = "Endpoints";
        ev->about_api_version = "v1";
        ev->about_ns = e->ns;
        ev->about_name = e->bare_name;
        ev->about_uid = snapshot_uid(arena, e->uid);
        break;
    }
    ev->about_version = post->version;
}

struct snapshot_event event_words_of(struct arena *arena, const struct cluster *cluster,
                                     const struct event_post *post)
{
    const struct event_row *row = event_book_row((enum event_reason)post->reason);
    struct snapshot_event ev = {
        .reason = row->reason,
        .component = row->component,
        .is_warning = row->is_warning,
        .message = message_of(arena, cluster, post),
        .has_reporter = minor_of(cluster) >= REPORTER_MINOR,
    };

    about(arena, cluster, post, &ev);
    if (post->reason == EVENT_SCHEDULED)
        ev.action = "Binding";
    else if (post->reason == EVENT_NO_NODE)
        ev.action = "Scheduling";
    return ev;
}
