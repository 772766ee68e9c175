/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a name is to cluster DNS.
 * Source: the specification of DNS for services (kubernetes/dns docs/specification.md); CoreDNS plugin kubernetes, parse.go.
 */
#ifndef EPSIM_CLUSTER_DNS_NAME_H
#define EPSIM_CLUSTER_DNS_NAME_H

#include <stdbool.h>

struct arena;

enum dns_name_kind {
    DNS_NAME_SERVICE,  /* SERVICE.NS.svc.DOMAIN */
    DNS_NAME_ENDPOINT, /* LABEL.SERVICE.NS.svc.DOMAIN: an endpoint of a headless service */
    DNS_NAME_PORT,     /* _PORT._PROTOCOL.SERVICE.NS.svc.DOMAIN */
    DNS_NAME_POD,      /* ADDRESS.NS.pod.DOMAIN, with dashes for the address's dots or colons */
    DNS_NAME_REVERSE,  /* of an address: in-addr.arpa, ip6.arpa */
    DNS_NAME_ABSENT,   /* in the cluster's domain, and there can be nothing of that name */
    DNS_NAME_OUTSIDE,
};

struct dns_name {
    enum dns_name_kind kind;
    const char *ns;
    const char *service;
    const char *label;    /* DNS_NAME_ENDPOINT */
    const char *port;     /* DNS_NAME_PORT: without the underscore, as `protocol` */
    const char *protocol; /* "tcp", in lower case */
    const char *ip;       /* DNS_NAME_REVERSE, DNS_NAME_POD: canonical text; NULL: no address */
};

/* Takes a whole name apart; a dot at its end is no matter. Strings are the arena's. */
struct dns_name dns_name_parse(struct arena *arena, const char *domain, const char *name);

/* The name under which an address is looked up backwards, without a dot at its end; NULL: it is no address. */
const char *dns_name_of_address(struct arena *arena, const char *ip);

#endif
