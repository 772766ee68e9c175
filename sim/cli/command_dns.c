/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/look.h"
#include "cluster/run.h"
#include "report/dns_page.h"

static const struct option table[] = {
    LOOK_OPTIONS,
    {"type", 't', "A|AAAA|CNAME|SRV|PTR|ANY",
     "the records asked for\n(default: A; PTR for an address)"},
    {"from", '\0', "WHO",
     "who asks: a client of the scenario, a pod or a\nnode (default: a pod of -n on the first node)"},
    CONSOLE_OPTIONS,
};

/* The client of that name asks from its first node; what it has kept is looked at first. */
static bool is_client(struct look *look, const char *name, struct dns_asker *asker)
{
    const struct traffic_spec *traffic = &look->scenario.spec.traffic;
    struct arena *arena = &look->arena;

    for (uint32_t i = 0; i < traffic->client_count; i++) {
        const struct client_spec *client = &traffic->clients[i];
        const char *node;

        if (strcmp(client->name, name) != 0)
            continue;
        asker->client = i;
        asker->node = client->from_nodes == NULL
                          ? 0
                          : cluster_find_node(world_cluster(look->world), client->from_nodes[0]);
        node = cluster_node_name(world_cluster(look->world), asker->node);
        asker->who = arena_printf(arena, "client %s on %s", name, node);
        asker->target = client->service;
        if (client->service_ns != NULL)
            asker->target = arena_printf(
                arena, "%s%s%s.%s.svc.%s", client->pod_label != NULL ? client->pod_label : "",
                client->pod_label != NULL ? "." : "", client->service, client->service_ns,
                look->scenario.spec.cluster.cluster_domain);
        return true;
    }
    return false;
}

static bool is_pod(struct look *look, const char *name, struct dns_asker *asker)
{
    const struct snapshot_query query = {.ns = asker->ns, .name = name, .node = ID_NONE};
    const struct cluster *cluster = world_cluster(look->world);
    uint32_t count;
    const struct snapshot_pod *pods = snapshot_pods(&look->arena, cluster, &query, &count);

    if (count == 0)
        return false;
    asker->who = arena_printf(&look->arena, "pod %s on %s", name,
                              pods->node != NULL ? pods->node : "no node yet");
    if (pods->node != NULL)
        asker->node = cluster_find_node(cluster, pods->node);
    return asker->node != ID_NONE;
}

static bool is_node(struct look *look, const char *name, struct dns_asker *asker)
{
    const uint32_t node = cluster_find_node(world_cluster(look->world), name);

    if (node == ID_NONE)
        return false;
    asker->node = node;
    asker->who = arena_printf(&look->arena, "a pod of namespace %s on %s", asker->ns, name);
    return true;
}

/* Who asks: after the run, since pods come and go. */
static enum status find_asker(struct look *look, const struct options *options,
                              struct dns_asker *asker, struct error *err)
{
    const char *from = options_value(options, "from");
    const char *ns = options_value(options, "namespace");
    const char *slash = from != NULL ? strchr(from, '/') : NULL;
    const char *name = slash != NULL ? slash + 1 : from;
    const size_t kind = slash != NULL ? (size_t)(slash - from) : 0;

    *asker = (struct dns_asker){.ns = ns != NULL ? ns : "default", .client = ID_NONE};
    if (from == NULL)
        name = cluster_node_name(world_cluster(look->world), 0);
    if ((kind == 0 || strncmp(from, "client", kind) == 0) && is_client(look, name, asker))
        return STATUS_OK;
    if ((kind == 0 || strncmp(from, "pod", kind) == 0) && is_pod(look, name, asker))
        return STATUS_OK;
    if ((kind == 0 || strncmp(from, "node", kind) == 0) && is_node(look, name, asker))
        return STATUS_OK;
    return error_set(err, STATUS_INVALID,
                     "--from: no client, pod (of namespace %s) or node \"%s\" at that time",
                     asker->ns, from);
}

static enum status read_type(const struct options *options, enum dns_type *type, struct error *err)
{
    const char *word = options_value(options, "type");
    struct arena *arena = options->arena;

    *type = dns_name_of_address(arena, options->operands[0]) != NULL ? DNS_TYPE_PTR : DNS_TYPE_A;
    if (word != NULL && !dns_page_type(word, type))
        return error_set(err, STATUS_INVALID,
                         "--type: expected A, AAAA, CNAME, SRV, PTR or ANY, got \"%s\"", word);
    return STATUS_OK;
}

/* Letters, digits, "-", "_" and single dots, as far as a resolver would send it. */
static enum status check_name(const char *name, struct error *err)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:";
    const size_t length = strlen(name);

    if (length == 0 || length > 253 || name[0] == '.' || strstr(name, "..") != NULL ||
        strspn(name, letters) != length)
        return error_set(err, STATUS_INVALID,
                         "\"%.80s\" is no name; expected one such as kubia, kubia.shop or "
                         "api.example.com",
                         name);
    return STATUS_OK;
}

static enum status run(const struct console *console, const struct options *options,
                       struct error *err)
{
    enum status status = command_needs_operand(&command_dns, options, err);
    struct error output_err;
    struct dns_asker asker;
    enum dns_type type;
    struct look look;
    struct out text;

    if (status == STATUS_OK && options->operand_count > 1)
        status = error_set(err, STATUS_INVALID, "one NAME at a time, got \"%s\" and \"%s\"",
                           options->operands[0], options->operands[1]);
    if (status == STATUS_OK)
        status = check_name(options->operands[0], err);
    if (status == STATUS_OK)
        status = read_type(options, &type, err);
    if (status != STATUS_OK)
        return status;
    out_open_memory(&text);
    status = look_open(&look, console, options, err);
    if (status == STATUS_OK)
        status = look_run(&look, err);
    if (status == STATUS_OK)
        status = find_asker(&look, options, &asker, err);
    if (status == STATUS_OK)
        dns_page_write(&text, look.world, &asker, options->operands[0], type);
    if (console_data(text.buffer, text.used, &output_err) != STATUS_OK && status == STATUS_OK) {
        status = output_err.status;
        *err = output_err;
    }
    out_discard(&text);
    look_close(&look);
    return status;
}

const struct command command_dns = {
    .name = "dns",
    .line = "what a name resolves to at any simulated time, as dig",
    .usage = "epsim dns NAME -f FILE [OPTION]...",
    .examples = "  epsim dns kubia -f scenarios/kubia.yaml\n"
                "  epsim dns external-service -f scenarios/external-name.yaml --at 70s\n"
                "  epsim dns _http._tcp.kubia -f FILE --type SRV\n"
                "  epsim dns 10.244.0.2 -f FILE\n",
    .text = "Simulates up to --at and no further, then looks the name up as a program in\n"
            "the cluster would: by the search path of its namespace (ndots 5), in the\n"
            "caches on its way, then in cluster DNS with what it has seen of the API so\n"
            "far. Where a cache or the server is behind, what it would be by then stands\n"
            "below. Exit status 0 whether or not there is such a name.\n",
    .options = table,
    .option_count = EP_COUNT_OF(table),
    .run = run,
};
