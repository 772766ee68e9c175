/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hosts outside that the timeline moves to other addresses, and how long each client still used the old ones: what
 * caches of DNS cost.
 */
#ifndef EPSIM_RECORD_HOST_MOVES_H
#define EPSIM_RECORD_HOST_MOVES_H

#include "cluster/cluster.h"
#include "traffic/observer.h"
#include "world/spec.h"

/* A move, as one client saw it. */
struct host_move {
    const char *host;
    const char *client;
    sim_ns at_ns;
    sim_ns last_ns; /* its last connection to an old address, NS_NEVER: none since the move */
    bool is_open;   /* it still used the old ones when the run ended */
};

struct host_moves;

/* NULL if no entry of the timeline moves a host. Memory is the arena's. */
struct host_moves *host_moves_new(struct arena *arena, const struct cluster *cluster,
                                  const struct world_spec *spec);

/* An entry of the timeline is carried out; a request has ended. */
void host_moves_add_entry(struct host_moves *moves, sim_ns at_ns, uint32_t entry);
void host_moves_add_request(struct host_moves *moves, const struct request_result *result);

/* All moves so far, each with every client that has ever used one of the host's addresses, in the order of the timeline and of
 * the clients. */
const struct host_move *host_moves_list(struct host_moves *moves, uint32_t *count);

#endif
