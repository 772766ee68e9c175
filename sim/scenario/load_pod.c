/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pods and pod templates. What the API server would refuse is refused here too, as far as it is modelled.
 */
#include <stdio.h>
#include <string.h>

#include "base/duration.h"
#include "scenario/key_path.h"
#include "scenario/load.h"
#include "scenario/merge_patch.h"
#include "scenario/value.h"

#define COMMAND_WORDS_MAX 8u

/* A pod while its containers are read. */
struct pod_reader {
    struct load *load;
    struct name_map container_names;
    struct name_map port_names;
};

static const char *const dns_label_expected =
    "a name of at most 63 lower-case letters, digits and '-', with no '-' at its ends";

/* --- ports --- */

/* A name must be new among `names`. */
static void check_unique(struct load *load, struct name_map *names, const struct item *map,
                         const struct path *path)
{
    const struct item *name = yaml_tree_get(map, "name");

    if (name == NULL)
        return;
    if (name_map_get(names, name->text) != ID_NONE)
        load_refuse_at(load, map, "name", path,
                       arena_printf(load->scratch, "\"%.63s\" is taken already", name->text));
    name_map_put(names, name->text, 0);
}

static void load_ports(struct pod_reader *reader, const struct item *list, const struct path *path,
                       struct container_spec *container)
{
    struct load *load = reader->load;
    const uint32_t count = list != NULL ? list->count : 0;
    struct container_port *ports = ARENA_NEW_ARRAY(load->arena, count, struct container_port);

    for (uint32_t i = 0; i < count; i++) {
        const struct item *map = list->entries[i].value;
        const struct item *name = yaml_tree_get(map, "name");
        const struct path way = {
            .parent = path, .index = i, .name = name != NULL ? name->text : NULL};
        const struct path name_path = key_path(&way, "name");
        const int64_t number = load_get_int(map, "containerPort");
        struct port_ref ref;

        if (map->kind != ITEM_MAP || number == 0)
            continue; /* reported */
        if (name != NULL && (!value_port_ref(name, &ref) || ref.name == NULL))
            check_refuse(&load->checker, name, &name_path,
                         "at most 15 lower-case letters, digits and '-', with a letter");
        check_unique(load, &reader->port_names, map, &way);

        const char *protocol = yaml_tree_get(map, "protocol")->text;

        ports[container->port_count++] =
            (struct container_port){.name = load_get_text(load, map, "name"),
                                    .number = (uint16_t)number,
                                    .protocol = protocol[0] == 'T'   ? PROTOCOL_TCP
                                                : protocol[0] == 'U' ? PROTOCOL_UDP
                                                                     : PROTOCOL_SCTP};
    }
    container->ports = ports;
}

static bool has_port_named(const struct container_spec *container, const char *name)
{
    for (uint32_t i = 0; i < container->port_count; i++) {
        if (container->ports[i].name != NULL && strcmp(container->ports[i].name, name) == 0)
            return true;
    }
    return false;
}

/* --- probes --- */

static void load_probe_port(struct load *load, const struct item *handler, const struct path *path,
                            const struct container_spec *container, struct port_ref *port)
{
    const struct item *item = yaml_tree_get(handler, "port");
    const struct path way = key_path(path, "port");

    if (item == NULL)
        return; /* reported */
    if (!value_port_ref(item, port)) {
        check_refuse(&load->checker, item, &way, "a port number from 1 to 65535, or a port's name");
        *port = (struct port_ref){.number = 1};
        return;
    }
    if (port->name == NULL)
        return;
    port->name = load_text(load, port->name);
    if (!has_port_named(container, port->name))
        diagnostics_error(
            &load->diagnostics, yaml_tree_place(item), &way,
            "container %s has no port named \"%s\"; name one of its ports so, or give a number",
            container->name, port->name);
}

/* Which of the handlers is there; reports none or several. */
static const struct item *find_handler(struct load *load, const struct item *map,
                                       const struct path *path, enum probe_kind *kind)
{
    static const struct {
        const char *key;
        enum probe_kind kind;
    } handlers[] = {{"httpGet", PROBE_HTTP},
                    {"tcpSocket", PROBE_TCP},
                    {"grpc", PROBE_GRPC},
                    {"exec", PROBE_EXEC}};
    const struct item *found = NULL;
    uint32_t count = 0;

    for (size_t i = 0; i < EP_COUNT_OF(handlers); i++) {
        const struct item *handler = yaml_tree_get(map, handlers[i].key);

        if (handler == NULL)
            continue;
        found = handler;
        *kind = handlers[i].kind;
        count++;
    }
    if (count != 1)
        diagnostics_error(
            &load->diagnostics, yaml_tree_place(map), path,
            count == 0
                ? "no handler; expected httpGet, tcpSocket, grpc or exec"
                : "more than one handler; expected one of httpGet, tcpSocket, grpc and exec");
    return count == 1 ? found : NULL;
}

static uint32_t at_least_one(int64_t value, uint32_t default_value)
{
    return value > 0 ? (uint32_t)value : default_value; /* Kubernetes takes 0 for absent */
}

/* What an http probe asks for: shown, the model does not tell paths apart. */
static void load_url(struct load *load, const struct item *handler, struct probe_spec *probe)
{
    const char *path = load_get_text(load, handler, "path");
    const char *scheme = load_get_text(load, handler, "scheme");

    probe->path = path != NULL && path[0] != '\0' ? path : NULL;
    probe->is_https = scheme != NULL && strcmp(scheme, "HTTPS") == 0;
}

static struct probe_spec load_probe(struct load *load, const struct item *map,
                                    const struct path *path, const struct container_spec *container)
{
    static const char *const handler_keys[] = {NULL, "httpGet", "tcpSocket", "grpc", "exec"};
    struct probe_spec probe = {.kind = PROBE_NONE};
    const struct item *handler;

    if (map == NULL)
        return probe;
    handler = find_handler(load, map, path, &probe.kind);
    if (handler == NULL)
        return (struct probe_spec){.kind = PROBE_NONE};
    if (probe.kind != PROBE_EXEC) {
        const struct path way = key_path(path, handler_keys[probe.kind]);

        load_probe_port(load, handler, &way, container, &probe.port);
    }
    if (probe.kind == PROBE_HTTP)
        load_url(load, handler, &probe);
    probe.initial_delay_ns = load_get_seconds(map, "initialDelaySeconds");
    probe.period_ns = at_least_one(load_get_int(map, "periodSeconds"), 10) * NS_PER_S;
    probe.timeout_ns = at_least_one(load_get_int(map, "timeoutSeconds"), 1) * NS_PER_S;
    probe.success_threshold = at_least_one(load_get_int(map, "successThreshold"), 1);
    probe.failure_threshold = at_least_one(load_get_int(map, "failureThreshold"), 3);
    return probe;
}

static void load_probes(struct load *load, const struct item *map, const struct path *path,
                        struct container_spec *container)
{
    const struct path readiness_path = key_path(path, "readinessProbe");
    const struct path liveness_path = key_path(path, "livenessProbe");
    const struct path startup_path = key_path(path, "startupProbe");

    container->readiness =
        load_probe(load, yaml_tree_get(map, "readinessProbe"), &readiness_path, container);
    container->liveness =
        load_probe(load, yaml_tree_get(map, "livenessProbe"), &liveness_path, container);
    container->startup =
        load_probe(load, yaml_tree_get(map, "startupProbe"), &startup_path, container);
    if (container->liveness.success_threshold > 1)
        load_refuse_at(load, yaml_tree_get(map, "livenessProbe"), "successThreshold",
                       &liveness_path, "must be 1 here");
    if (container->startup.success_threshold > 1)
        load_refuse_at(load, yaml_tree_get(map, "startupProbe"), "successThreshold", &startup_path,
                       "must be 1 here");
}

/* --- preStop --- */

/* coreutils' sleep: "5", "0.5", "2m". */
static bool parse_sleep_time(const char *word, sim_ns *span_ns)
{
    char text[32];
    const size_t length = strlen(word);

    if (length == 0 || length > 20 || word[0] < '0' || word[0] > '9')
        return false;

    const bool has_unit = word[length - 1] < '0' || word[length - 1] > '9';

    snprintf(text, sizeof text, "%s%s", word, has_unit ? "" : "s");
    return duration_parse(text, span_ns);
}

static bool is_program(const char *word, const char *name)
{
    const char *slash = strrchr(word, '/');

    return strcmp(slash != NULL ? slash + 1 : word, name) == 0;
}

/* "sleep 5", "exec sleep 5": as a shell gets it. Whole if nothing follows. */
static bool parse_sleep_words(const char *const *words, uint32_t count, sim_ns *span_ns)
{
    if (count == 3 && strcmp(words[0], "exec") == 0) {
        words++;
        count--;
    }
    return count == 2 && is_program(words[0], "sleep") && parse_sleep_time(words[1], span_ns);
}

static bool parse_shell_line(struct arena *arena, const char *line, sim_ns *span_ns)
{
    const char *words[COMMAND_WORDS_MAX];
    uint32_t count = 0;

    for (;;) {
        line += strspn(line, " \t\n;");

        const size_t length = strcspn(line, " \t\n;");

        if (length == 0)
            return parse_sleep_words(words, count, span_ns);
        if (count == COMMAND_WORDS_MAX)
            return false;
        words[count++] = arena_strndup(arena, line, length);
        line += length;
    }
}

/* True if an exec command does nothing but sleep. */
static bool parse_sleep_command(struct load *load, const struct item *exec, sim_ns *span_ns)
{
    const struct item *command = yaml_tree_get(exec, "command");
    const char *words[COMMAND_WORDS_MAX];
    uint32_t count = 0;

    if (command == NULL || command->count == 0 || command->count > COMMAND_WORDS_MAX)
        return false;
    for (; count < command->count; count++) {
        if (command->entries[count].value->kind != ITEM_STRING)
            return false;
        words[count] = command->entries[count].value->text;
    }

    const bool is_shell =
        is_program(words[0], "sh") || is_program(words[0], "bash") || is_program(words[0], "ash");

    if (is_shell && count == 3 && words[1][0] == '-' && strchr(words[1], 'c') != NULL)
        return parse_shell_line(load->scratch, words[2], span_ns);
    return parse_sleep_words(words, count, span_ns);
}

static void load_pre_stop(struct load *load, const struct item *map, const struct path *path,
                          struct container_spec *container)
{
    const struct item *sleep = yaml_tree_get(map, "sleep");
    const struct item *exec = yaml_tree_get(map, "exec");

    if (map == NULL)
        return;
    if (sleep != NULL && exec != NULL) {
        diagnostics_error(&load->diagnostics, yaml_tree_place(map), path,
                          "more than one handler; expected one of sleep and exec");
    } else if (sleep != NULL) {
        container->pre_stop_ns = load_get_seconds(sleep, "seconds");
    } else if (exec == NULL || !parse_sleep_command(load, exec, &container->pre_stop_ns)) {
        container->pre_stop_ns = 0;
        diagnostics_warning(&load->diagnostics, yaml_tree_place(map), path,
                            "only sleeping is modelled; taken as done in no time");
    }
}

/* --- containers --- */

static bool load_container(struct pod_reader *reader, const struct item *map,
                           const struct path *path, struct container_spec *container)
{
    struct load *load = reader->load;
    const struct path ports_path = key_path(path, "ports");
    const struct path lifecycle_path = key_path(path, "lifecycle");
    const struct path pre_stop_path = key_path(&lifecycle_path, "preStop");

    *container = (struct container_spec){.name = load_get_text(load, map, "name"),
                                         .image = load_get_text(load, map, "image")};
    if (container->name == NULL)
        return false; /* reported */
    if (!value_is_dns_label(container->name))
        load_refuse_at(load, map, "name", path,
                       arena_printf(load->scratch,
                                    "\"%.80s\" cannot be a container's name; expected %s",
                                    container->name, dns_label_expected));
    check_unique(load, &reader->container_names, map, path);
    if (container->image == NULL || container->image[0] == '\0') {
        load_refuse_at(load, map, "image", path,
                       "missing; expected an image such as \"luksa/kubia:v1\"");
        container->image = "";
    }
    load_ports(reader, yaml_tree_get(map, "ports"), &ports_path, container);
    load_probes(load, map, path, container);
    load_pre_stop(load, yaml_tree_get(yaml_tree_get(map, "lifecycle"), "preStop"), &pre_stop_path,
                  container);
    return true;
}

static const struct container_spec *load_containers(struct pod_reader *reader,
                                                    const struct item *list,
                                                    const struct path *path, uint32_t *count)
{
    struct load *load = reader->load;
    const uint32_t list_count = list != NULL ? list->count : 0;
    struct container_spec *containers =
        ARENA_NEW_ARRAY(load->arena, list_count, struct container_spec);

    *count = 0;
    for (uint32_t i = 0; i < list_count; i++) {
        const struct item *map = list->entries[i].value;
        const struct item *name = yaml_tree_get(map, "name");
        const struct path way = {
            .parent = path, .index = i, .name = name != NULL ? name->text : NULL};

        if (map->kind == ITEM_MAP && load_container(reader, map, &way, &containers[*count]))
            (*count)++;
    }
    return containers;
}

/* The API server: a sleep action must end within the grace period. */
static void check_pre_stop(struct load *load, const struct item *spec, const struct path *path,
                           const struct pod_spec *pod)
{
    const struct item *list = yaml_tree_get(spec, "containers");

    for (uint32_t i = 0; list != NULL && i < list->count; i++) {
        const struct item *map = list->entries[i].value;
        const struct item *pre_stop = yaml_tree_get(yaml_tree_get(map, "lifecycle"), "preStop");
        const struct item *sleep = yaml_tree_get(pre_stop, "sleep");
        const struct path list_path = key_path(path, "containers");
        const struct item *name = yaml_tree_get(map, "name");
        const struct path way = {
            .parent = &list_path, .index = i, .name = name != NULL ? name->text : NULL};
        const struct path lifecycle_path = key_path(&way, "lifecycle");
        const struct path pre_stop_path = key_path(&lifecycle_path, "preStop");
        const struct path sleep_path = key_path(&pre_stop_path, "sleep");

        if (sleep != NULL && load_get_seconds(sleep, "seconds") > pod->grace_ns)
            load_refuse_at(load, sleep, "seconds", &sleep_path,
                           "longer than terminationGracePeriodSeconds; expected at most that");
    }
}

static void load_owner(struct load *load, const struct item *list, struct object_meta *meta)
{
    for (uint32_t i = 0; list != NULL && i < list->count; i++) {
        const struct item *map = list->entries[i].value;

        if (map->kind != ITEM_MAP || !load_get_bool(map, "controller"))
            continue;
        meta->owner_kind = load_get_text(load, map, "kind");
        meta->owner_name = load_get_text(load, map, "name");
        if (meta->owner_kind == NULL || meta->owner_name == NULL)
            meta->owner_kind = meta->owner_name = NULL;
    }
}

static void load_deletion(struct load *load, const struct item *map, const struct path *path,
                          struct object_meta *meta)
{
    const struct item *deleted = yaml_tree_get(map, "deletionTimestamp");
    const struct path time_path = key_path(path, "deletionTimestamp");
    int64_t unix_s = 0;
    sim_ns fraction_ns = 0;

    if (deleted == NULL)
        return;
    if (!value_time(deleted, &unix_s, &fraction_ns)) {
        check_refuse(&load->checker, deleted, &time_path, "a time such as 2026-01-01T00:00:00Z");
        return;
    }
    meta->has_deletion = true;
    meta->deletion_grace_ns = load_get_seconds(map, "deletionGracePeriodSeconds");
    meta->deletion_ns = (unix_s - load->spec->epoch_s) * NS_PER_S;
    if (meta->deletion_ns > meta->deletion_grace_ns) /* it cannot have begun later than the start */
        meta->deletion_ns = meta->deletion_grace_ns;
}

void load_meta(struct load *load, const struct item *map, const struct path *path,
               struct object_meta *meta)
{
    const struct path labels_path = key_path(path, "labels");
    const struct path time_path = key_path(path, "creationTimestamp");
    const struct item *annotations = yaml_tree_get(map, "annotations");
    const struct item *created = yaml_tree_get(map, "creationTimestamp");
    const uint32_t annotation_count = annotations != NULL ? annotations->count : 0;
    struct label *pairs = ARENA_NEW_ARRAY(load->scratch, annotation_count, struct label);
    int64_t unix_s = 0;
    sim_ns fraction_ns = 0;

    meta->name = load_get_text(load, map, "name");
    meta->labels = load_labels(load, yaml_tree_get(map, "labels"), &labels_path);
    for (uint32_t i = 0; i < annotation_count; i++)
        pairs[i] = (struct label){load_text(load, annotations->entries[i].key->text),
                                  load_text(load, annotations->entries[i].value->text)};
    meta->annotations = labels_from(load->arena, pairs, annotation_count);
    meta->uid = load_get_text(load, map, "uid");
    load_owner(load, yaml_tree_get(map, "ownerReferences"), meta);
    load_deletion(load, map, path, meta);
    meta->created_ns = -NS_PER_HOUR;
    if (created == NULL)
        return;
    if (!value_time(created, &unix_s, &fraction_ns)) {
        check_refuse(&load->checker, created, &time_path, "a time such as 2026-01-01T00:00:00Z");
        return;
    }
    /* Later than the start cannot be: the object is there at t = 0. */
    meta->has_creation = true;
    meta->created_ns = unix_s - load->spec->epoch_s > 0
                           ? 0
                           : (unix_s - load->spec->epoch_s) * NS_PER_S + fraction_ns;
}

/* The template as its Deployment has it: without what tells a ReplicaSet from the others. */
static const struct item *without_hash_label(struct load *load, const struct item *tree)
{
    const struct place place = yaml_tree_place(tree);
    const struct item *labels = yaml_tree_get(yaml_tree_get(tree, "metadata"), "labels");
    const struct item *patch = yaml_tree_scalar(load->scratch, place, "null");
    static const char *const keys[] = {"pod-template-hash", "labels", "metadata"};

    if (labels == NULL || labels->kind != ITEM_MAP || yaml_tree_get(labels, keys[0]) == NULL)
        return tree;
    for (size_t i = 0; i < EP_COUNT_OF(keys); i++)
        patch = yaml_tree_with(load->scratch, yaml_tree_empty(load->scratch, place, ITEM_MAP),
                               yaml_tree_string(load->scratch, place, keys[i]), patch);
    return merge_patch_apply(load->scratch, tree, patch);
}

void load_pod_template(struct load *load, const struct item *map, const struct item *tree,
                       const struct path *path, struct pod_spec *pod)
{
    const struct path meta_path = key_path(path, "metadata");
    const struct path spec_path = key_path(path, "spec");
    const struct path containers_path = key_path(&spec_path, "containers");
    const struct path init_path = key_path(&spec_path, "initContainers");
    const struct item *spec = yaml_tree_get(map, "spec");
    struct pod_reader reader = {.load = load};
    const char *pinned;

    *pod = (struct pod_spec){.grace_ns = 30 * NS_PER_S, .restart_policy = "Always"};
    load_meta(load, yaml_tree_get(map, "metadata"), &meta_path, &pod->meta);
    pod->meta.ns = "default";
    pinned = labels_get(&pod->meta.annotations, "epsim/pinned");
    pod->is_pinned =
        !load->spec->cluster.has_kubelet || (pinned != NULL && strcmp(pinned, "true") == 0);
    pod->template_hash = tree != NULL ? yaml_tree_hash(without_hash_label(load, tree)) : 0;
    if (spec == NULL)
        return; /* reported */
    name_map_init(&reader.container_names, load->scratch);
    name_map_init(&reader.port_names, load->scratch);
    pod->grace_ns = load_get_seconds(spec, "terminationGracePeriodSeconds");
    pod->node_name = load_get_text(load, spec, "nodeName");
    pod->hostname = load_get_text(load, spec, "hostname");
    pod->subdomain = load_get_text(load, spec, "subdomain");
    pod->restart_policy = load_get_text(load, spec, "restartPolicy");
    pod->containers = load_containers(&reader, yaml_tree_get(spec, "containers"), &containers_path,
                                      &pod->container_count);
    pod->init_containers = load_containers(&reader, yaml_tree_get(spec, "initContainers"),
                                           &init_path, &pod->init_container_count);
    if (yaml_tree_get(spec, "containers") != NULL && yaml_tree_get(spec, "containers")->count == 0)
        load_refuse_at(load, spec, "containers", &spec_path,
                       "empty; expected at least one container");
    check_pre_stop(load, spec, &spec_path, pod);
}

/* --- Pod manifests --- */

void load_pod(struct load *load, const struct object *object, const struct item *map,
              struct apply_spec *typed)
{
    const struct path status_path = key_path(&object->root, "status");
    const struct item *status = yaml_tree_get(map, "status");
    struct pod_spec *pod = ARENA_NEW(load->arena, struct pod_spec);

    typed->kind = APPLY_POD;
    typed->pod = pod;
    load_pod_template(load, map, NULL, &object->root, pod); /* of no Deployment: no hash */
    pod->meta.ns = load_text(load, object->ns);
    if (status != NULL)
        load_pod_status(load, status, &status_path, pod);
}
