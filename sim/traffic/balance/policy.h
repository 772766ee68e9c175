/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Balancing policies: which of a service port's endpoints a new connection gets. One file each, one
 * table of them.
 */
#ifndef EPSIM_TRAFFIC_BALANCE_POLICY_H
#define EPSIM_TRAFFIC_BALANCE_POLICY_H

#include "cluster/dataplane.h"
#include "engine/random.h"

/* What a policy may know of a connection. Its luck is the request's: every policy sees the same. */
struct policy_input {
    const struct endpoint_table *table; /* what the client's node has applied; never empty */
    struct random *random;
};

struct policy {
    const char *name;   /* as clients[].lb has it */
    const char *doc;    /* one line */
    const char *source; /* where its algorithm is written down or was measured */
    uint32_t (*pick)(const struct policy_input *input); /* an index below table->count */
};

/* All there are, in the order of their documentation. */
extern const struct policy *const policy_table[];
extern const uint32_t policy_table_count;

/* The policy of that name, NULL if there is none. */
const struct policy *policy_find(const char *name);

extern const struct policy policy_kube_proxy_iptables;

#endif
