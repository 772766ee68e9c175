/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a resolver in the cluster finds out about a name, laid out as dig does: the names that it tries, the answer, where it
 * came from, and what those nearer to the truth would answer instead.
 */
#ifndef EPSIM_REPORT_DNS_PAGE_H
#define EPSIM_REPORT_DNS_PAGE_H

#include "base/out.h"
#include "cluster/dns_lookup.h"
#include "world/world.h"

struct dns_asker {
    const char *who;    /* "a pod of namespace default on node-1" */
    const char *ns;     /* whose search path is used */
    uint32_t node;      /* whose cache is on the way */
    uint32_t client;    /* of the scenario, ID_NONE: none */
    const char *target; /* the whole name that this client keeps answers of */
};

/* "A", "AAAA", ... ; false: it is none of them. */
bool dns_page_type(const char *word, enum dns_type *type);

/* `name` as it was asked for; an address is looked up backwards. Lines are at most 80 columns wide as far as names allow. */
void dns_page_write(struct out *out, struct world *world, const struct dns_asker *asker,
                    const char *name, enum dns_type type);

#endif
