/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/entry.h"

#include "traffic/parts.h"
#include "traffic/users.h"

void entry_init(struct traffic *traffic, struct client *client)
{
    const struct client_spec *spec = client->spec;

    client->enters = spec->is_outside || client->entry != ID_NONE;
    client->may_balance =
        spec->is_outside && spec->entry_node == NULL && client->service != ID_NONE;
    if (client->may_balance)
        cluster_use_balancer(traffic->cluster, client->service);
}

/* Those of the client's nodes that are healthy. */
static void list_healthy(struct traffic *traffic, struct client *client,
                         const struct balancer_view *view)
{
    if (client->healthy == NULL)
        client->healthy = ARENA_NEW_ARRAY(traffic->arena, client->node_count, uint32_t);
    client->belief_count = view->belief_count;
    client->healthy_count = 0;
    for (uint32_t i = 0; i < client->node_count; i++) {
        if (view->is_healthy[client->nodes[i]])
            client->healthy[client->healthy_count++] = client->nodes[i];
    }
}

static uint32_t draw(const struct traffic *traffic, const struct request *request, uint64_t key,
                     uint32_t count)
{
    const struct random random = random_at(traffic_key(traffic, request, key), request->number);

    return random_jump(random.state, count);
}

uint32_t entry_node(struct traffic *traffic, struct client *client, const struct request *request)
{
    struct balancer_view view;
    uint32_t first;

    if (client->entry != ID_NONE)
        return client->entry;
    if (!client->may_balance || !cluster_balancer(traffic->cluster, client->service, &view))
        return entry_home(client, request);
    first = client->nodes[draw(traffic, request, client->node_key, client->node_count)];
    if (view.is_healthy[first])
        return first;
    if (client->healthy == NULL || client->belief_count != view.belief_count)
        list_healthy(traffic, client, &view);
    return client->healthy_count == 0
               ? first
               : client
                     ->healthy[draw(traffic, request, client->balancer_key, client->healthy_count)];
}

uint32_t entry_home(const struct client *client, const struct request *request)
{
    if (EP_LIKELY(!client->may_balance && client->entry == ID_NONE))
        return request->node;
    return client_node(client,
                       client->has_users ? request->number / USERS_NUMBER_STEP : request->number);
}

bool entry_is_lost(const struct traffic *traffic, const struct request *request)
{
    return EP_UNLIKELY(traffic->off_count > 0) && traffic->clients[request->client].enters &&
           cluster_node_is_off(traffic->cluster, request->node);
}

bool entry_is_orphan(const struct traffic *traffic, const struct request *request)
{
    const struct client *client = &traffic->clients[request->client];

    return EP_UNLIKELY(traffic->off_count > 0) && !client->spec->is_outside &&
           cluster_node_is_off(traffic->cluster, entry_home(client, request));
}
