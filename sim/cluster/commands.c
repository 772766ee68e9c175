/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/commands.h"

#include <string.h>

#include "base/hash.h"
#include "cluster/api_server.h"
#include "cluster/dns.h"
#include "cluster/endpoint_targets.h"
#include "cluster/endpoints_store.h"
#include "cluster/events.h"
#include "cluster/hints.h"
#include "cluster/names.h"
#include "cluster/node_objects.h"
#include "cluster/object_labels.h"
#include "cluster/port_maps.h"
#include "cluster/run.h"
#include "cluster/service_table.h"
#include "cluster/service_views.h"

uint64_t commands_template_key(const struct pod_spec *spec, uint64_t restart)
{
    uint64_t key = hash_combine(spec->template_hash, restart);

    for (uint32_t i = 0; i < spec->container_count; i++)
        key = hash_combine(key, hash_string(spec->containers[i].image));
    return key;
}

void commands_put_template(struct cluster *cluster, uint32_t deployment,
                           const struct pod_spec *pod_template, uint64_t key)
{
    struct deployment_view view = cluster->deployments[deployment].stored;

    if (key == view.template_key)
        return; /* the API server drops a write that changes nothing */
    view.pod_template = pod_template;
    view.template_key = key;
    api_server_put_deployment(cluster, deployment, view, WRITE_UPDATE);
}

/* Sets the image of the container of that name, of the first one (NULL), of all ("*"). Returns how many it is. */
static uint32_t replace_images(struct container_spec *containers, uint32_t count, const char *name,
                               const char *image)
{
    uint32_t replaced = 0;

    for (uint32_t i = 0; i < count; i++) {
        bool is_meant =
            name == NULL ? i == 0 : strcmp(name, "*") == 0 || strcmp(containers[i].name, name) == 0;
        if (!is_meant)
            continue;
        containers[i].image = image;
        replaced++;
    }
    return replaced;
}

bool commands_set_image(struct cluster *cluster, uint32_t deployment, const char *container,
                        const char *image)
{
    struct deployment *d = &cluster->deployments[deployment];
    const struct pod_spec *before = d->stored.pod_template;
    struct pod_spec *after = ARENA_NEW(cluster->arena, struct pod_spec);
    struct container_spec *containers =
        ARENA_NEW_ARRAY(cluster->arena, before->container_count, struct container_spec);

    for (uint32_t i = 0; i < before->container_count; i++)
        containers[i] = before->containers[i];
    if (replace_images(containers, before->container_count, container, image) == 0)
        return false;
    *after = *before;
    after->containers = containers;
    commands_put_template(cluster, deployment, after,
                          commands_template_key(after, d->restart_count));
    return true;
}

void commands_restart(struct cluster *cluster, uint32_t deployment)
{
    struct deployment *d = &cluster->deployments[deployment];

    d->restart_count++;
    commands_put_template(cluster, deployment, d->stored.pod_template,
                          commands_template_key(d->stored.pod_template, d->restart_count));
}

void commands_scale_deployment(struct cluster *cluster, uint32_t deployment, uint32_t replicas)
{
    struct deployment_view view = cluster->deployments[deployment].stored;

    if (view.replicas == replicas)
        return;
    view.replicas = replicas;
    api_server_put_deployment(cluster, deployment, view, WRITE_UPDATE);
}

void commands_scale_replica_set(struct cluster *cluster, uint32_t replica_set, uint32_t replicas)
{
    struct replica_set *rs = cluster->replica_sets[replica_set];
    struct replica_set_view view = rs->stored;

    if (view.replicas == replicas)
        return;
    if (replicas > view.replicas)
        rs->pending_up += replicas - view.replicas;
    rs->cause = CAUSE_SCALE;
    view.replicas = replicas;
    api_server_put_replica_set(cluster, replica_set, view, WRITE_UPDATE);
}

void commands_label_pod(struct cluster *cluster, uint32_t pod, const struct label_set *set,
                        const char *const *remove, uint32_t remove_count)
{
    struct pod_view view = cluster->pods[pod]->stored;
    struct label_set *labels = ARENA_NEW(cluster->arena, struct label_set);

    *labels = *view.labels;
    for (uint32_t i = 0; i < set->count; i++)
        *labels = labels_with(cluster->arena, labels, set->items[i].key, set->items[i].value);
    for (uint32_t i = 0; i < remove_count; i++)
        *labels = labels_with(cluster->arena, labels, remove[i], NULL);
    if (!view.exists || labels_equal(labels, view.labels))
        return;
    view.labels = labels;
    api_server_put_pod(cluster, pod, &view, WRITE_UPDATE);
}

static enum pod_phase phase_of(const char *text)
{
    if (strcmp(text, "Pending") == 0)
        return PHASE_PENDING;
    if (strcmp(text, "Succeeded") == 0)
        return PHASE_SUCCEEDED;
    if (strcmp(text, "Unknown") == 0)
        return PHASE_UNKNOWN;
    return strcmp(text, "Failed") == 0 ? PHASE_FAILED : PHASE_RUNNING;
}

static bool has_ips(const struct pod_view *view, const struct pod_spec *spec)
{
    uint32_t count = view->has_ip ? view->addresses->count : 0;

    if (count != spec->ip_count)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(view->addresses->ips[i], spec->ips[i]) != 0)
            return false;
    }
    return true;
}

/* The status of the spec, addresses too if no kubelet has given the pod one. False if the view says so already. A
 * condition's lastTransitionTime is the writer's: nobody else sets one. */
static bool set_status(struct cluster *cluster, uint32_t pod, const struct pod_spec *spec,
                       struct pod_view *view)
{
    struct pod *p = cluster->pods[pod];
    enum pod_phase phase = spec->has_status ? phase_of(spec->status_phase) : PHASE_PENDING;
    bool is_changed = view->phase != phase || view->is_ready != spec->status_ready;

    if (view->is_ready != spec->status_ready || spec->has_ready_since)
        view->ready_since_ns = spec->has_ready_since ? spec->ready_since_ns : NS_NEVER;
    view->phase = (uint8_t)phase;
    view->is_ready = spec->status_ready;
    if (!p->is_pinned || has_ips(view, spec))
        return is_changed;
    view->has_ip = spec->ip_count > 0;
    if (view->has_ip)
        names_set_ips(cluster, pod, spec->ips, spec->ip_count);
    view->addresses = view->has_ip ? p->addresses : NULL;
    return true;
}

void commands_patch_pod(struct cluster *cluster, uint32_t pod, const struct pod_spec *spec,
                        bool has_status, bool is_touched)
{
    struct pod_view view;
    bool is_changed = is_touched;

    if (cluster->pods[pod]->pending_status != NULL)
        commands_status_due(cluster, pod);
    view = cluster->pods[pod]->stored;
    if (!view.exists)
        return;
    is_changed |= !labels_equal(view.labels, &spec->meta.labels);
    cluster->pods[pod]->annotations = &spec->meta.annotations;
    view.labels = &spec->meta.labels;
    if (has_status)
        is_changed |= set_status(cluster, pod, spec, &view);
    if (is_changed)
        api_server_put_pod(cluster, pod, &view, WRITE_UPDATE);
}

void commands_apply_deployment(struct cluster *cluster, uint32_t deployment)
{
    const struct workload_spec *spec = cluster->deployments[deployment].spec;
    struct deployment_view view = {
        .pod_template = &spec->pod_template,
        .template_key = commands_template_key(&spec->pod_template, 0),
        .replicas = spec->replicas,
        .is_paused = spec->is_paused,
    };

    api_server_put_deployment(cluster, deployment, view, WRITE_CREATE);
}

static void create_pod(struct cluster *cluster, uint32_t pod, enum cause cause)
{
    struct pod *p = cluster->pods[pod];
    struct pod_view view = {
        .labels = &p->spec->meta.labels,
        .node = ID_NONE,
        .owner = ID_NONE,
        .phase = PHASE_PENDING,
        .exists = true,
    };

    if (p->spec->node_name != NULL && p->spec->node_name[0] != '\0') {
        uint32_t node = node_objects_obtain(cluster, p->spec->node_name);
        view.node = node_objects_machine(cluster, node);
        view.named_node = node + 1;
    }
    view.ready_since_ns = NS_NEVER;
    p->created_cause = (uint8_t)cause;
    p->created_ns = cluster->kernel->now_ns / NS_PER_S * NS_PER_S;
    api_server_put_pod(cluster, pod, &view, WRITE_CREATE);
    if (!p->is_pinned || !p->spec->has_status)
        return;
    p->pending_status = p->spec; /* the API takes no status with a new pod: a request of its own */
    model_schedule(cluster,
                   cluster->kernel->now_ns +
                       model_draw(cluster, HOP_API_WRITE,
                                  hash_combine(hash_string("kubectl"), p->hash), p->stored.version),
                   CLUSTER_APPLY_STATUS, pod, 0);
}

void commands_status_due(struct cluster *cluster, uint32_t pod)
{
    const struct pod_spec *spec = cluster->pods[pod]->pending_status;

    cluster->pods[pod]->pending_status = NULL;
    if (spec != NULL)
        commands_patch_pod(cluster, pod, spec, true, false);
}

void commands_apply_pod(struct cluster *cluster, const struct pod_spec *spec, enum cause cause)
{
    uint32_t before = cluster_find_pod(cluster, spec->meta.ns, spec->meta.name);
    uint32_t pod = names_new_named_pod(cluster, spec->meta.ns, spec->meta.name, spec);

    if (before != ID_NONE) /* the name is used again: another UID */
        cluster->pods[pod]->uid = hash_combine(cluster->pods[before]->uid, 1);
    create_pod(cluster, pod, cause);
}

void commands_spawn(struct cluster *cluster, uint32_t deployment, uint32_t count)
{
    struct deployment *d = &cluster->deployments[deployment];
    const char *owner = arena_printf(cluster->arena, "%s-spawn", d->bare_name);

    for (uint32_t i = 0; i < count; i++) {
        uint32_t pod = names_new_pod(cluster, d->spec->meta.ns, owner, d->spawned_count++,
                                     d->stored.pod_template);
        create_pod(cluster, pod, CAUSE_SPAWN);
    }
}

static bool is_name_taken(const struct cluster *cluster, const struct pod_spec *spec)
{
    uint64_t hash = names_hash("pod", spec->meta.ns, spec->meta.name);

    for (uint32_t i = 0; i < cluster->pod_count; i++) {
        if (cluster->pods[i]->hash == hash)
            return true;
    }
    return false;
}

void commands_spawn_spec(struct cluster *cluster, const struct pod_spec *spec, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t ordinal = cluster->spawned_count++;
        bool is_plain = count == 1 && spec->meta.name != NULL && !is_name_taken(cluster, spec);
        uint32_t pod = is_plain
                           ? names_new_named_pod(cluster, spec->meta.ns, spec->meta.name, spec)
                           : names_new_pod(cluster, spec->meta.ns,
                                           spec->meta.name == NULL ? "spawned" : spec->meta.name,
                                           ordinal, spec);
        create_pod(cluster, pod, CAUSE_SPAWN);
    }
}

void commands_apply_endpoints(struct cluster *cluster, const struct endpoints_spec *spec,
                              enum cause cause)
{
    endpoints_store_apply(cluster, endpoints_store_obtain(cluster, spec->meta.ns, spec->meta.name),
                          spec, cause);
}

void commands_delete_endpoints(struct cluster *cluster, const char *ns, const char *name)
{
    uint32_t endpoints = endpoints_store_obtain(cluster, ns, name);

    if (cluster->endpoints[endpoints]->stored != NULL)
        endpoints_store_apply(cluster, endpoints, NULL, CAUSE_DELETE);
}

static struct slice_endpoint endpoint_by_hand(struct cluster *cluster,
                                              const struct slice_spec *spec,
                                              const struct address_spec *address)
{
    const struct hint_set hints = {
        .zone_count = address->hint_zone_count,
        .node_count = address->hint_node_count,
        .zones = address->hint_zones,
        .nodes = address->hint_nodes,
    };
    struct slice_endpoint endpoint = {
        .pod = endpoints_store_address(cluster, spec->meta.ns, address),
        .hints = hints_intern(cluster, &hints),
        .is_ready = address->is_ready,
        .is_serving = address->is_serving,
        .is_terminating = address->is_terminating,
        .known = address->known,
    };
    struct pod *p = cluster->pods[endpoint.pod];

    if (p->kubelet_state == KUBELET_EXTERNAL && address->node_name != NULL)
        p->node = cluster_find_node(cluster, address->node_name);
    endpoint.target = endpoint_targets_by_hand(cluster, endpoint.pod, address);
    return endpoint;
}

static uint32_t find_slice(const struct cluster *cluster, const char *ns, const char *name)
{
    for (uint32_t i = 0; i < cluster->slice_count; i++) {
        const struct slice *slice = cluster->slices[i];
        if (slice->stored != NULL && strcmp(slice->name, name) == 0 && strcmp(slice->ns, ns) == 0)
            return i;
    }
    return ID_NONE;
}

static uint32_t new_slice_by_hand(struct cluster *cluster, const struct slice_spec *spec)
{
    uint32_t service =
        service_views_obtain(cluster, spec->meta.ns, spec->service == NULL ? "" : spec->service);
    uint32_t index = names_new_slice(cluster, service, spec->is_ipv6);
    struct slice *slice = cluster->slices[index];

    slice->manager = SLICE_BY_HAND;
    slice->ns = spec->meta.ns;
    slice->owner_uid = 0;
    slice->name = spec->meta.name;
    return index;
}

void commands_apply_slice(struct cluster *cluster, const struct slice_spec *spec)
{
    uint32_t index = find_slice(cluster, spec->meta.ns, spec->meta.name);
    struct slice_content *content;

    if (index == ID_NONE)
        index = new_slice_by_hand(cluster, spec);
    content = service_table_new_content(cluster, index, spec->content.address_count);
    cluster->slices[index]->spec = spec;
    content->ports = port_maps_of_subset(cluster, &spec->content);
    content->labels = &spec->meta.labels;
    content->annotations = &spec->meta.annotations;
    content->manager = object_labels_manager(&spec->meta.labels);
    for (uint32_t i = 0; i < content->count; i++)
        content->endpoints[i] = endpoint_by_hand(cluster, spec, &spec->content.addresses[i]);
    api_server_put_slice(cluster, index, content);
    if (spec->meta.has_creation)
        cluster->slices[index]->created_ns = spec->meta.created_ns;
}

/* Names of later slices must not meet those that are kept. */
#define KEPT_ORDINALS (1u << 20)

void commands_keep_slice(struct cluster *cluster, const struct slice_spec *spec)
{
    uint32_t index = new_slice_by_hand(cluster, spec);
    struct slice *slice = cluster->slices[index];
    struct service *s = &cluster->services[slice->service];
    struct slice_content *content =
        service_table_new_content(cluster, index, spec->content.address_count);

    if (s->slice_made_count < KEPT_ORDINALS)
        s->slice_made_count = KEPT_ORDINALS;
    slice->manager = SLICE_MANAGED;
    slice->owner_uid = s->uid;
    slice->uid = spec->meta.uid;
    content->ports = port_maps_of_subset(cluster, &spec->content);
    content->labels = &spec->meta.labels;
    content->annotations = object_labels_untimed(cluster, &spec->meta.annotations);
    content->trigger_ns = spec->has_trigger ? spec->trigger_ns : NS_NEVER;
    content->manager = SLICE_MANAGED;
    for (uint32_t i = 0; i < content->count; i++) {
        struct slice_endpoint *e = &content->endpoints[i];
        *e = endpoint_by_hand(cluster, spec, &spec->content.addresses[i]);
        if (cluster->rules.compares_pod_version && spec->content.addresses[i].target_pod != NULL)
            e->pod_version = cluster->pods[e->pod]->stored.resource_version;
    }
    api_server_put_slice(cluster, index, content);
    if (spec->meta.has_creation)
        slice->created_ns = spec->meta.created_ns;
}

void commands_delete_slice(struct cluster *cluster, const char *ns, const char *name)
{
    uint32_t index = find_slice(cluster, ns, name);

    if (index != ID_NONE)
        api_server_put_slice(cluster, index, NULL);
}

void commands_apply_node(struct cluster *cluster, const struct node_spec *spec)
{
    node_objects_store(cluster, node_objects_obtain(cluster, spec->name), spec);
}

void commands_delete_node(struct cluster *cluster, const char *name)
{
    node_objects_store(cluster, node_objects_obtain(cluster, name), NULL);
}

void commands_apply_service(struct cluster *cluster, const struct service_spec *spec,
                            enum cause cause)
{
    api_server_put_service(cluster, service_views_obtain(cluster, spec->meta.ns, spec->meta.name),
                           spec, cause);
}

void commands_delete_service(struct cluster *cluster, const char *ns, const char *name)
{
    api_server_put_service(cluster, service_views_obtain(cluster, ns, name), NULL, CAUSE_DELETE);
}

void commands_set_host(struct cluster *cluster, const struct external_host_spec *spec)
{
    dns_set_host(cluster, spec);
}

void commands_apply_kubernetes_service(struct cluster *cluster)
{
    static const struct service_port port = {.name = "https", .port = 443, .target = {NULL, 8443}};
    static const struct label labels[] = {{"component", "apiserver"}, {"provider", "kubernetes"}};
    static const struct service_spec service = {
        .meta = {.name = "kubernetes", .ns = "default", .labels = {labels, 2}},
        .cluster_ip = "10.96.0.1",
        .selector = {.is_null = true},
        .ports = &port,
        .port_count = 1,
    };
    static const struct address_spec address = {.ip = "192.168.99.103", .is_ready = true};
    static const struct endpoint_port_spec endpoint_port = {.name = "https", .number = 8443};
    static const struct subset_spec subset = {&address, 1, &endpoint_port, 1};
    static const struct label skip[] = {{"endpointslice.kubernetes.io/skip-mirror", "true"}};
    static const struct endpoints_spec endpoints = {
        .meta = {.name = "kubernetes", .ns = "default", .labels = {skip, 1}},
        .subsets = &subset,
        .subset_count = 1};
    static const struct label of_service[] = {{LABEL_SERVICE_NAME, "kubernetes"}};
    static const struct slice_spec slice = {
        .meta = {.name = "kubernetes", .ns = "default", .labels = {of_service, 1}},
        .service = "kubernetes",
        .content = {&address, 1, &endpoint_port, 1}};

    uint32_t id = service_views_obtain(cluster, "default", "kubernetes"); /* the table may move */

    if (cluster->services[id].exists)
        return; /* the scenario has its own */
    commands_apply_service(cluster, &service, CAUSE_APPLY);
    commands_apply_endpoints(cluster, &endpoints, CAUSE_APPLY);
    commands_apply_slice(cluster, &slice);
}
