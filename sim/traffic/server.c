/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/server.h"

#include "base/error.h"

/* Later than any run ends, and far from overflow. */
#define DEPARTURE_MAX_NS (NS_NEVER / 2)

void server_reset(struct server *server, uint32_t concurrency, uint32_t queue)
{
    EP_REQUIRE(concurrency > 0);
    server->concurrency = concurrency;
    server->place_count = queue <= UINT32_MAX - concurrency ? concurrency + queue : UINT32_MAX;
    server->is_crowded = false;
}

bool server_listens_on_other(const struct server *server, uint16_t port)
{
    if (server->listens_on_any)
        return true;
    for (uint32_t i = 0; i < server->port_count; i++)
        if (server->ports[i] == port)
            return true;
    return false;
}

/* Puts `value_ns` at the heap's top in place of what is there. */
static void replace_earliest(sim_ns *heap, uint32_t count, sim_ns value_ns)
{
    uint32_t at = 0;

    for (uint32_t child = 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && heap[child + 1] < heap[child])
            child++;
        if (heap[child] >= value_ns)
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = value_ns;
}

void server_crowd(struct server *server)
{
    server->is_crowded = true;
    server->in_system_count = 0;
    server->worker_count = 0;
}

/* One more worker, busy until `value_ns`. */
static void add_worker(struct server *server, struct arena *arena, sim_ns value_ns)
{
    ARENA_GROW(arena, server->free_ns, &server->worker_capacity, server->worker_count + 1);

    uint32_t at = server->worker_count++;

    while (at > 0 && server->free_ns[(at - 1) / 2] > value_ns) {
        server->free_ns[at] = server->free_ns[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    server->free_ns[at] = value_ns;
}

void server_occupy(struct server *server, struct arena *arena, sim_ns departure_ns)
{
    EP_REQUIRE(server->worker_count < server->concurrency);
    server->in_system_count++;
    add_worker(server, arena, departure_ns);
}

sim_ns server_enter(struct server *server, struct arena *arena, sim_ns now_ns, sim_ns demand_ns)
{
    if (!server->is_crowded)
        return now_ns + demand_ns;
    EP_REQUIRE(server_has_room(server));
    server->in_system_count++;

    const bool has_free_worker = server->worker_count > 0 && server->free_ns[0] <= now_ns;

    if (!has_free_worker && server->worker_count < server->concurrency) {
        add_worker(server, arena, now_ns + demand_ns);
        return now_ns + demand_ns;
    }

    const sim_ns start_ns = has_free_worker ? now_ns : server->free_ns[0];
    const sim_ns departure_ns =
        demand_ns < DEPARTURE_MAX_NS - start_ns ? start_ns + demand_ns : DEPARTURE_MAX_NS;

    replace_earliest(server->free_ns, server->worker_count, departure_ns);
    return departure_ns;
}
