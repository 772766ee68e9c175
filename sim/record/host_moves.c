/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "record/host_moves.h"

#include <string.h>

#include "base/arena.h"

struct move {
    const struct external_host_spec *before;
    const struct external_host_spec *after;
    sim_ns at_ns;
};

/* A client's last connection to an address. */
struct use {
    const char *ip;
    uint32_t client;
    sim_ns last_ns;
};

struct host_moves {
    struct arena *arena;
    const struct cluster *cluster;
    const struct world_spec *spec;
    struct move *moves;
    uint32_t move_count;
    uint32_t move_capacity;
    struct use *uses;
    uint32_t use_count;
    uint32_t use_capacity;
};

static const struct external_host_spec *host_of(const struct apply_spec *object)
{
    return object->kind == APPLY_EXTERNAL_HOST ? object->external_host : NULL;
}

struct host_moves *host_moves_new(struct arena *arena, const struct cluster *cluster,
                                  const struct world_spec *spec)
{
    struct host_moves *moves = NULL;

    for (uint32_t i = 0; moves == NULL && i < spec->timeline_count; i++) {
        for (uint32_t k = 0; k < spec->timeline[i].object_count; k++) {
            if (host_of(&spec->timeline[i].objects[k]) != NULL)
                moves = ARENA_NEW(arena, struct host_moves);
        }
    }
    if (moves != NULL)
        *moves = (struct host_moves){.arena = arena, .cluster = cluster, .spec = spec};
    return moves;
}

/* What the host was before the move, NULL: nobody had named it. */
static const struct external_host_spec *host_before(const struct host_moves *moves,
                                                    const char *name)
{
    for (uint32_t i = moves->move_count; i-- > 0;) {
        if (strcmp(moves->moves[i].after->host, name) == 0)
            return moves->moves[i].after;
    }
    for (uint32_t i = 0; i < moves->spec->cluster.external_host_count; i++) {
        if (strcmp(moves->spec->cluster.external_hosts[i].host, name) == 0)
            return &moves->spec->cluster.external_hosts[i];
    }
    return NULL;
}

static bool has_address(const struct external_host_spec *host, const char *ip)
{
    for (uint32_t i = 0; i < host->address_count; i++) {
        if (strcmp(host->addresses[i], ip) == 0)
            return true;
    }
    return false;
}

void host_moves_add_entry(struct host_moves *moves, sim_ns at_ns, uint32_t entry)
{
    const struct timeline_entry *e = &moves->spec->timeline[entry];

    for (uint32_t k = 0; k < e->object_count; k++) {
        const struct external_host_spec *after = host_of(&e->objects[k]);
        const struct external_host_spec *before =
            after == NULL ? NULL : host_before(moves, after->host);
        bool has_moved = false;

        for (uint32_t i = 0; before != NULL && i < before->address_count; i++)
            has_moved |= !has_address(after, before->addresses[i]);
        if (!has_moved)
            continue;
        ARENA_GROW(moves->arena, moves->moves, &moves->move_capacity, moves->move_count + 1);
        moves->moves[moves->move_count++] = (struct move){before, after, at_ns};
    }
}

void host_moves_add_request(struct host_moves *moves, const struct request_result *result)
{
    const char *ip = result->pod == ID_NONE ? "" : cluster_pod_ip(moves->cluster, result->pod);
    uint32_t at = 0;

    if (ip[0] == '\0' || result->t_pick_ns == NS_NEVER ||
        strcmp(ip, cluster_pod_name(moves->cluster, result->pod)) != 0)
        return; /* a pod: addresses outside are their own names */
    while (at < moves->use_count &&
           (moves->uses[at].client != result->client || strcmp(moves->uses[at].ip, ip) != 0))
        at++;
    if (at == moves->use_count) {
        ARENA_GROW(moves->arena, moves->uses, &moves->use_capacity, moves->use_count + 1);
        moves->uses[moves->use_count++] =
            (struct use){.ip = ip, .client = result->client, .last_ns = result->t_pick_ns};
    }
    if (moves->uses[at].last_ns < result->t_pick_ns)
        moves->uses[at].last_ns = result->t_pick_ns;
}

/* How the client took the move; false if it has never had to do with the host. */
static bool describe(const struct host_moves *moves, const struct move *move, uint32_t client,
                     struct host_move *row)
{
    sim_ns last_new_ns = -1;
    sim_ns last_old_ns = -1;

    for (uint32_t i = 0; i < moves->use_count; i++) {
        const struct use *use = &moves->uses[i];
        bool is_new = has_address(move->after, use->ip);
        if (use->client != client)
            continue;
        if (is_new && use->last_ns > last_new_ns)
            last_new_ns = use->last_ns;
        if (!is_new && has_address(move->before, use->ip) && use->last_ns > last_old_ns)
            last_old_ns = use->last_ns;
    }
    *row = (struct host_move){
        .host = move->after->host,
        .client = moves->spec->traffic.clients[client].name,
        .at_ns = move->at_ns,
        .last_ns = last_old_ns > move->at_ns ? last_old_ns : NS_NEVER,
        .is_open = last_old_ns > move->at_ns && last_new_ns < last_old_ns,
    };
    return last_old_ns >= 0 || last_new_ns >= 0;
}

const struct host_move *host_moves_list(struct host_moves *moves, uint32_t *count)
{
    const uint32_t client_count = moves->spec->traffic.client_count;
    struct host_move *rows =
        ARENA_NEW_ARRAY(moves->arena, (size_t)moves->move_count * client_count, struct host_move);

    *count = 0;
    for (uint32_t i = 0; i < moves->move_count; i++) {
        for (uint32_t client = 0; client < client_count; client++)
            *count += describe(moves, &moves->moves[i], client, &rows[*count]);
    }
    return rows;
}
