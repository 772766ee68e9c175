/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A look-up in records: what a query for a name and type gets from each place that could answer it.
 * Addresses come from the same answers as clients' (dns.h); SRV and PTR records, which no client of a scenario asks for,
 * from the view of services and slices that the place has: no cache holds any.
 * Source: CoreDNS plugin kubernetes (findServices, serviceRecordForIP) and plugin/backend_lookup.go.
 */
#ifndef EPSIM_CLUSTER_DNS_LOOKUP_H
#define EPSIM_CLUSTER_DNS_LOOKUP_H

#include "cluster/dns.h"
#include "cluster/dns_name.h"

enum dns_type {
    DNS_TYPE_A,
    DNS_TYPE_AAAA,
    DNS_TYPE_CNAME,
    DNS_TYPE_SRV,
    DNS_TYPE_PTR,
    DNS_TYPE_ANY, /* A, AAAA and SRV, one after the other */
};

enum dns_status {
    DNS_NOERROR,
    DNS_NODATA,   /* the name exists, and has no record of that type */
    DNS_NXDOMAIN, /* there is no such name */
};

struct dns_record {
    const char *name; /* with a dot at its end */
    enum dns_type type;
    sim_ns ttl_ns;
    const char *data; /* "10.96.0.10", "0 100 80 kubia.default.svc.cluster.local." */
    bool is_extra;    /* of the additional section */
};

struct dns_query {
    const char *name; /* whole, a dot at its end is no matter */
    enum dns_type type;
    uint32_t node;                 /* whose cache is meant */
    const struct dns_answer *kept; /* what the client has kept of that name; NULL: nothing */
};

struct dns_reply {
    enum dns_status status;
    const struct dns_record *records;
    uint32_t record_count;
    sim_ns ttl_ns;     /* how long it may be kept */
    bool is_host_kept; /* by the server's cache: the addresses of the host outside at its end */
    bool has_dead_end; /* aliases that lead nowhere, or round in a circle: */
    const struct dns_alias *aliases;
    uint32_t first; /* index of the record that the client keeps to, ID_NONE: none */
};

/* What that place answers; false: it has nothing to say. All is the arena's or the cluster's. */
bool dns_lookup_at(struct arena *arena, struct cluster *cluster, const struct dns_query *query,
                   enum dns_place place, struct dns_reply *reply);

/* Whether two replies give the same records, whatever their TTLs. */
bool dns_lookup_same(const struct dns_reply *a, const struct dns_reply *b);

#endif
