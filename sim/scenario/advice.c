/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Services, timelines and clients are looked at with every kind of pod that the scenario has: a template, a Pod, what
 * the timeline spawns. A mistake is reported only where no pod makes sense of it.
 */
#include "scenario/advice.h"

#include <string.h>

#include "base/duration.h"
#include "base/text.h"
#include "scenario/load.h"
#include "scenario/way.h"
#include "traffic/app.h"

#define RELABELLED_MAX 100000u /* pods times timeline entries, for one Service */
#define PAIRS_MAX 2000000u     /* of services and pods: more would take longer than loading them */

/* A kind of pod. */
struct pod_source {
    const struct pod_spec *pod;
    const char *ns;
    const char *deployment;      /* NULL: of none */
    const char *what;            /* "deployment/kubia" */
    const struct object *object; /* NULL: made by the timeline */
    bool is_template;
};

struct adviser {
    struct load *load;
    struct pod_source *sources;
    uint32_t source_count;
    uint32_t source_capacity;
    struct name_map said; /* what was said of Pods: those of one controller are alike */
};

static void warn(struct adviser *adviser, const struct way *way, const char *text)
{
    diagnostics_warning(&adviser->load->diagnostics, yaml_tree_place(way->item),
                        &way->steps[way->count - 1], "%s", text);
}

/* --- pods --- */

static void add_source(struct adviser *adviser, struct pod_source source)
{
    ARENA_GROW(adviser->load->scratch, adviser->sources, &adviser->source_capacity,
               adviser->source_count + 1);
    adviser->sources[adviser->source_count++] = source;
}

static void add_workloads(struct adviser *adviser)
{
    static const char *const kinds[] = {"Deployment", "ReplicaSet", "ReplicationController"};
    struct load *load = adviser->load;

    for (uint32_t i = 0; i < load->spec->cluster.workload_count; i++) {
        const struct workload_spec *workload = &load->spec->cluster.workloads[i];
        const bool is_deployment = workload->kind == WORKLOAD_DEPLOYMENT;
        const struct object *object =
            workload->kind < EP_COUNT_OF(kinds) && workload->meta.name != NULL
                ? load_find_object(load, kinds[workload->kind], workload->meta.ns,
                                   workload->meta.name)
                : NULL;

        add_source(adviser, (struct pod_source){
                                .pod = &workload->pod_template,
                                .ns = workload->meta.ns,
                                .deployment = is_deployment ? workload->meta.name : NULL,
                                .what = object != NULL ? object->root.key : "a workload",
                                .object = object,
                                .is_template = true,
                            });
    }
}

static void add_pods(struct adviser *adviser)
{
    struct load *load = adviser->load;

    for (uint32_t i = 0; i < load->spec->cluster.pod_count; i++) {
        const struct pod_spec *pod = &load->spec->cluster.pods[i];
        const struct object *object =
            pod->meta.name != NULL ? load_find_object(load, "Pod", pod->meta.ns, pod->meta.name)
                                   : NULL;

        add_source(adviser, (struct pod_source){
                                .pod = pod,
                                .ns = pod->meta.ns,
                                .what = object != NULL ? object->root.key : "a pod",
                                .object = object,
                            });
    }
    for (uint32_t i = 0; i < load->spec->timeline_count; i++) {
        const struct timeline_entry *entry = &load->spec->timeline[i];

        if (entry->pod != NULL)
            add_source(adviser,
                       (struct pod_source){.pod = entry->pod,
                                           .ns = entry->target.ns != NULL ? entry->target.ns
                                                                          : entry->pod->meta.ns,
                                           .what = entry->label});
    }
}

/* --- apps --- */

static bool app_has_image(const struct app_spec *app, const struct pod_spec *pod)
{
    for (uint32_t i = 0; i < pod->container_count; i++) {
        if (pod->containers[i].image != NULL &&
            app_glob_matches(app->match_image, pod->containers[i].image))
            return true;
    }
    return false;
}

/* The app that the pods run, as traffic/app.c picks it. */
static const struct app_spec *app_of(const struct adviser *adviser, const struct pod_source *source)
{
    const struct traffic_spec *traffic = &adviser->load->spec->traffic;

    for (uint32_t i = 0; i < traffic->app_count; i++) {
        const struct app_spec *app = &traffic->apps[i];

        if ((app->match_image == NULL || app_has_image(app, source->pod)) &&
            (app->match_deployment == NULL ||
             (source->deployment != NULL &&
              strcmp(app->match_deployment, source->deployment) == 0)) &&
            (!app->has_match_selector ||
             labels_match(&app->match_selector, &source->pod->meta.labels)))
            return app;
    }
    return NULL;
}

/* "8080, 9090" of the declared ports; "" if there are none. */
static const char *declared_ports(struct arena *arena, const struct pod_spec *pod)
{
    const char *text = "";

    for (uint32_t i = 0; i < pod->container_count; i++) {
        for (uint32_t j = 0; j < pod->containers[i].port_count && strlen(text) < 60; j++)
            text = arena_printf(arena, "%s%s%u", text, text[0] == '\0' ? "" : ", ",
                                pod->containers[i].ports[j].number);
    }
    return text;
}

static bool declares(const struct pod_spec *pod, const struct port_ref *port)
{
    for (uint32_t i = 0; i < pod->container_count; i++) {
        for (uint32_t j = 0; j < pod->containers[i].port_count; j++) {
            const struct container_port *declared = &pod->containers[i].ports[j];

            if (port->name != NULL
                    ? declared->name != NULL && strcmp(declared->name, port->name) == 0
                    : declared->number == port->number)
                return true;
        }
    }
    return false;
}

/* Does anything in such a pod listen there? */
static bool has_port(const struct adviser *adviser, const struct pod_source *source,
                     const struct port_ref *port)
{
    const struct app_spec *app = app_of(adviser, source);

    if (port->name != NULL || app == NULL || app->listen == NULL)
        return declares(source->pod, port) ||
               (port->name == NULL &&
                declared_ports(adviser->load->scratch, source->pod)[0] == '\0');
    for (uint32_t i = 0; i < app->listen_count; i++) {
        if (app->listen[i] == port->number)
            return true;
    }
    return false;
}

/* --- Endpoints --- */

static void check_endpoints(struct adviser *adviser, const struct object *object)
{
    struct load *load = adviser->load;
    const struct item *subsets = yaml_tree_get(object->tree, "subsets");
    const char *full_name = arena_printf(load->scratch, "%s/%s", object->ns, object->name);
    struct way way;

    if (strcmp(object->kind, "Endpoints") != 0 || subsets == NULL || subsets->kind != ITEM_LIST ||
        subsets->count == 0 || strcmp(full_name, "default/kubernetes") == 0 ||
        name_map_get(&load->service_names, full_name) != ID_NONE)
        return;
    way_start(&way, &object->root, object->tree);
    way_enter(&way, load->scratch, "metadata.name");
    warn(adviser, &way,
         arena_printf(load->scratch,
                      "no Service %s in namespace %s, so nothing uses these addresses%s",
                      object->name, object->ns,
                      load_suggest_object(load, "Service", object->ns, object->name)));
}

/* --- a Service's selector --- */

static bool selects(const struct service_spec *service, const struct pod_source *source)
{
    return strcmp(source->ns, service->meta.ns) == 0 &&
           labels_match(&service->selector, &source->pod->meta.labels);
}

/* Could the timeline make a pod that the Service selects? */
static bool may_select_later(const struct adviser *adviser, const struct service_spec *service)
{
    const struct world_spec *spec = adviser->load->spec;

    if ((uint64_t)spec->timeline_count * adviser->source_count > RELABELLED_MAX)
        return true;
    for (uint32_t i = 0; i < spec->timeline_count; i++) {
        const struct timeline_entry *entry = &spec->timeline[i];

        if (entry->verb == VERB_APPLY || entry->verb == VERB_PATCH)
            return true;
        for (uint32_t j = 0; entry->verb == VERB_LABEL && j < adviser->source_count; j++) {
            struct label_set labels = adviser->sources[j].pod->meta.labels;

            for (uint32_t k = 0; k < entry->set_labels.count; k++)
                labels =
                    labels_with(adviser->load->scratch, &labels, entry->set_labels.items[k].key,
                                entry->set_labels.items[k].value);
            if (labels_match(&service->selector, &labels))
                return true;
        }
    }
    return false;
}

/* A workload that is not modelled whose template has the labels, or NULL. */
static const struct object *find_not_modelled(const struct adviser *adviser,
                                              const struct service_spec *service)
{
    const struct load *load = adviser->load;

    for (uint32_t i = 0; i < load->object_count; i++) {
        const struct object *object = &load->objects[i];
        const struct item *pod_template =
            yaml_tree_get(yaml_tree_get(object->tree, "spec"), "template");
        const struct item *labels =
            yaml_tree_get(yaml_tree_get(pod_template, "metadata"), "labels");
        bool is_match =
            !object->is_modelled && labels != NULL && strcmp(object->ns, service->meta.ns) == 0;

        for (uint32_t j = 0; is_match && j < service->selector.count; j++) {
            const struct item *value = yaml_tree_get(labels, service->selector.items[j].key);

            is_match = value != NULL && value->kind == ITEM_STRING &&
                       strcmp(value->text, service->selector.items[j].values[0]) == 0;
        }
        if (is_match)
            return object;
    }
    return NULL;
}

static const char *selector_text(struct arena *arena, const struct selector *selector)
{
    const char *text = "";

    for (uint32_t i = 0; i < selector->count; i++)
        text = arena_printf(arena, "%s%s%s=%s", text, i == 0 ? "" : ",", selector->items[i].key,
                            selector->items[i].values[0]);
    return text;
}

/* "; did you mean app=kubia?", or where such pods are, or "". */
static const char *suggest_label(const struct adviser *adviser, const struct service_spec *service)
{
    struct arena *arena = adviser->load->scratch;
    const char **values = ARENA_NEW_ARRAY(arena, adviser->source_count, const char *);

    for (uint32_t i = 0; i < adviser->source_count; i++) {
        const struct pod_source *source = &adviser->sources[i];

        if (labels_match(&service->selector, &source->pod->meta.labels))
            return arena_printf(arena, "; %s is in namespace %s", source->what, source->ns);
    }
    for (uint32_t i = 0; i < service->selector.count; i++) {
        const struct selector_requirement *wanted = &service->selector.items[i];
        uint32_t count = 0;

        for (uint32_t j = 0; j < adviser->source_count; j++) {
            const char *value = labels_get(&adviser->sources[j].pod->meta.labels, wanted->key);

            if (value != NULL && strcmp(adviser->sources[j].ns, service->meta.ns) == 0)
                values[count++] = value;
        }

        const char *nearest = text_nearest(wanted->values[0], values, count);

        if (nearest != NULL && strcmp(nearest, wanted->values[0]) != 0)
            return arena_printf(arena, "; did you mean %s=%s?", wanted->key, nearest);
    }
    return "";
}

static void warn_selector(struct adviser *adviser, const struct service_spec *service,
                          const struct object *object)
{
    struct arena *arena = adviser->load->scratch;
    const struct object *other = find_not_modelled(adviser, service);
    struct way way;

    way_start(&way, &object->root, object->tree);
    way_enter(&way, arena, "spec.selector");
    if (other != NULL)
        warn(adviser, &way,
             arena_printf(arena, "selects only the pods of %s, which is not modelled",
                          other->root.key));
    else
        warn(adviser, &way,
             arena_printf(arena, "selects no pod: no template and no Pod in namespace %s has %s%s",
                          service->meta.ns, selector_text(arena, &service->selector),
                          suggest_label(adviser, service)));
}

/* --- a Service's ports --- */

static void check_target(struct adviser *adviser, const struct service_spec *service,
                         const struct object *object, uint32_t index)
{
    struct arena *arena = adviser->load->scratch;
    const struct port_ref *target = &service->ports[index].target;
    const struct pod_source *first = NULL;
    const char *known;
    struct way way;

    for (uint32_t i = 0; i < adviser->source_count; i++) {
        if (!selects(service, &adviser->sources[i]))
            continue;
        if (has_port(adviser, &adviser->sources[i], target))
            return;
        first = first != NULL ? first : &adviser->sources[i];
    }
    if (first == NULL)
        return; /* said already */
    way_start(&way, &object->root, object->tree);
    way_enter(&way, arena, "spec.ports");
    way_enter_element(&way, index);
    way_enter(&way, arena, "targetPort");
    known = declared_ports(arena, first->pod);
    warn(adviser, &way,
         target->name != NULL
             ? arena_printf(arena, "no container of %s has a port named \"%s\"", first->what,
                            target->name)
             : arena_printf(arena, "nothing in %s listens on port %u%s%s", first->what,
                            target->number, known[0] != '\0' ? "; declared: " : "", known));
}

static void check_service(struct adviser *adviser, const struct service_spec *service)
{
    const struct object *object =
        service->meta.name != NULL
            ? load_find_object(adviser->load, "Service", service->meta.ns, service->meta.name)
            : NULL;
    bool has_pods = false;

    if (object == NULL || service->type == SERVICE_EXTERNAL_NAME || service->selector.is_null)
        return;
    for (uint32_t i = 0; !has_pods && i < adviser->source_count; i++)
        has_pods = selects(service, &adviser->sources[i]);
    if (!has_pods && !may_select_later(adviser, service))
        warn_selector(adviser, service, object);
    for (uint32_t i = 0; has_pods && i < service->port_count; i++)
        check_target(adviser, service, object, i);
}

/* --- pods: probes and preStop --- */

/* The way to a container's field. */
static void way_to_container(struct way *way, struct arena *arena, const struct pod_source *source,
                             uint32_t index, const char *names)
{
    way_start(way, &source->object->root, source->object->tree);
    way_enter(way, arena,
              source->is_template ? "spec.template.spec.containers" : "spec.containers");
    way_enter_element(way, index);
    way_enter(way, arena, names);
}

/* Says it once of all Pods. */
static void warn_of_pod(struct adviser *adviser, const struct pod_source *source,
                        const struct way *way, const char *text)
{
    if (!source->is_template && name_map_get(&adviser->said, text) != ID_NONE)
        return;
    name_map_put(&adviser->said, text, 0);
    warn(adviser, way, text);
}

static void check_probe(struct adviser *adviser, const struct pod_source *source, uint32_t index)
{
    static const char *const names[] = {"", "readinessProbe.httpGet.port",
                                        "readinessProbe.tcpSocket.port", "readinessProbe.grpc.port",
                                        ""};
    struct arena *arena = adviser->load->scratch;
    const struct probe_spec *probe = &source->pod->containers[index].readiness;
    const char *known = declared_ports(arena, source->pod);
    struct way way;

    if (probe->kind == PROBE_NONE || probe->kind == PROBE_EXEC || probe->port.name != NULL ||
        has_port(adviser, source, &probe->port))
        return;
    way_to_container(&way, arena, source, index, names[probe->kind]);
    warn_of_pod(adviser, source, &way,
                arena_printf(arena,
                             "nothing listens on port %u%s%s, so the pod never becomes ready",
                             probe->port.number, known[0] != '\0' ? " (declared: " : "",
                             known[0] != '\0' ? arena_printf(arena, "%s)", known) : ""));
}

static void check_pre_stop(struct adviser *adviser, const struct pod_source *source, uint32_t index)
{
    struct arena *arena = adviser->load->scratch;
    const struct container_spec *container = &source->pod->containers[index];
    char pre_stop[DURATION_TEXT_MAX];
    char grace[DURATION_TEXT_MAX];
    struct way way;

    if (container->pre_stop_ns == 0 || container->pre_stop_ns < source->pod->grace_ns)
        return;
    way_to_container(&way, arena, source, index, "lifecycle.preStop");
    warn_of_pod(adviser, source, &way,
                arena_printf(arena,
                             "takes %s, and terminationGracePeriodSeconds is %s: the container is "
                             "killed without time to finish",
                             duration_format(container->pre_stop_ns, pre_stop),
                             duration_format(source->pod->grace_ns, grace)));
}

static void check_pods(struct adviser *adviser)
{
    for (uint32_t i = 0; i < adviser->source_count; i++) {
        const struct pod_source *source = &adviser->sources[i];

        for (uint32_t j = 0; source->object != NULL && j < source->pod->container_count; j++) {
            check_probe(adviser, source, j);
            check_pre_stop(adviser, source, j);
        }
    }
}

/* --- the timeline: rolling without a readiness probe --- */

static bool has_readiness(const struct pod_spec *pod)
{
    for (uint32_t i = 0; i < pod->container_count; i++) {
        if (pod->containers[i].readiness.kind != PROBE_NONE)
            return true;
    }
    return false;
}

/* The entry that rolls the Deployment first, or NULL. */
static const struct timeline_entry *find_rolling(const struct world_spec *spec,
                                                 const struct pod_source *source)
{
    for (uint32_t i = 0; i < spec->timeline_count; i++) {
        const struct timeline_entry *entry = &spec->timeline[i];

        if ((entry->verb == VERB_SET_IMAGE || entry->verb == VERB_ROLLOUT_RESTART) &&
            entry->target.kind != NULL && strcmp(entry->target.kind, "deployment") == 0 &&
            entry->target.name != NULL && strcmp(entry->target.name, source->deployment) == 0 &&
            (entry->target.ns == NULL || strcmp(entry->target.ns, source->ns) == 0))
            return entry;
    }
    return NULL;
}

static void check_rolling(struct adviser *adviser)
{
    struct load *load = adviser->load;

    for (uint32_t i = 0; i < adviser->source_count; i++) {
        const struct pod_source *source = &adviser->sources[i];
        const struct timeline_entry *entry;
        struct way way;

        if (source->deployment == NULL || source->object == NULL || has_readiness(source->pod))
            continue;
        entry = find_rolling(load->spec, source);
        if (entry == NULL)
            continue;
        way_to_container(&way, load->scratch, source, 0, "readinessProbe");
        warn(adviser, &way,
             arena_printf(load->scratch,
                          "missing: new pods of the rollout (%s) count as Ready before they listen",
                          entry->place));
    }
}

/* --- clients --- */

static void check_client(struct adviser *adviser, uint32_t index, const struct way *list)
{
    struct load *load = adviser->load;
    const struct client_spec *client = &load->spec->traffic.clients[index];
    const char *full_name =
        client->service != NULL && client->service_ns != NULL
            ? arena_printf(load->scratch, "%s/%s", client->service_ns, client->service)
            : "";
    const uint32_t service = name_map_get(&load->service_names, full_name);
    char timeout[DURATION_TEXT_MAX];
    char mean[DURATION_TEXT_MAX];

    for (uint32_t i = 0; service != ID_NONE && i < adviser->source_count; i++) {
        const struct pod_source *source = &adviser->sources[i];
        const bool is_target = selects(&load->services[service], source);
        const struct app_spec *app = is_target ? app_of(adviser, source) : NULL;
        struct way way;

        if (app == NULL || !(distribution_mean_ns(&app->service_time) > (double)client->timeout_ns))
            continue;

        const double mean_ns = distribution_mean_ns(&app->service_time);
        const char *mean_text =
            mean_ns < 1e18 ? duration_format((sim_ns)mean_ns, mean) : "without a limit";

        way_start(&way, NULL, list->item);
        for (uint32_t j = 0; j < list->count; j++)
            way_push(&way, (struct path){.key = list->steps[j].key}, NULL);
        way_enter_element(&way, index);
        way_enter(&way, load->scratch, "timeout");
        warn(adviser, &way,
             arena_printf(load->scratch,
                          "%s is shorter than the mean serviceTime of %s (%s): most requests fail",
                          duration_format(client->timeout_ns, timeout), source->what, mean_text));
        return;
    }
}

static void check_clients(struct adviser *adviser)
{
    struct load *load = adviser->load;
    struct way list;

    way_start(&list, NULL, load->raw_scenario);
    way_enter(&list, load->scratch, "spec.clients");
    for (uint32_t i = 0; i < load->spec->traffic.client_count; i++)
        check_client(adviser, i, &list);
}

void advice_give(struct load *load)
{
    struct adviser adviser = {.load = load};
    const struct cluster_spec *cluster = &load->spec->cluster;

    name_map_init(&adviser.said, load->scratch);
    add_workloads(&adviser);
    add_pods(&adviser);
    for (uint32_t i = 0; i < load->object_count; i++)
        check_endpoints(&adviser, &load->objects[i]);
    if ((uint64_t)cluster->service_count * adviser.source_count <= PAIRS_MAX) {
        for (uint32_t i = 0; i < cluster->service_count; i++)
            check_service(&adviser, &cluster->services[i]);
    }
    check_pods(&adviser);
    check_rolling(&adviser);
    if ((uint64_t)load->spec->traffic.client_count * adviser.source_count <= PAIRS_MAX)
        check_clients(&adviser);
}
