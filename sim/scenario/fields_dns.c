/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table's part for names and addresses: the cluster's DNS, a client's cache, load balancers' addresses.
 */
#include "scenario/fields.h"

#define POSITIVE_S 1e-9 /* a nanosecond, in seconds */
#define HOUR_S 3600.0   /* the most that CoreDNS takes */

static const struct field cluster_dns_items[] = {
    {.name = "ttl",
     .type = FIELD_DURATION,
     .default_text = "30s",
     .min = POSITIVE_S,
     .max = HOUR_S,
     .doc = "How long answers of the cluster's own names may be kept."},
    {.name = "cacheClusterZone",
     .type = FIELD_BOOL,
     .default_text = "false",
     .doc =
         "The server keeps them itself, up to 30s: false as kubeadm sets it up, true with the addon's manifest."},
    {.name = "nodeCache",
     .type = FIELD_BOOL,
     .default_text = "false",
     .doc =
         "NodeLocal DNSCache: nodes keep answers up to 30s, and up to 5s that there is none; a hit takes no time."},
};
const struct field_set fields_cluster_dns = FIELD_SET(cluster_dns_items, NULL);

static const struct field load_balancer_items[] = {
    {.name = "addresses",
     .type = FIELD_STRING,
     .default_text = "203.0.113.0/24",
     .doc = "The range that they are of."},
    {.name = "delay",
     .type = FIELD_DURATION,
     .default_text = "30s",
     .doc = "How long a Service of type LoadBalancer waits for its address (an assumption)."},
};
const struct field_set fields_load_balancer = FIELD_SET(load_balancer_items, NULL);

static const struct field client_dns_items[] = {
    {.name = "cache",
     .type = FIELD_OTHER,
     .forms = "string",
     .default_text = "none",
     .expected = "none, ttl, forever, or a duration such as 30s",
     .doc =
         "none: every request asks; ttl: for the answer's TTL; or so long, as a JVM does (30s)."},
    {.name = "negative",
     .type = FIELD_DURATION,
     .min = POSITIVE_S,
     .doc = "How long it is kept that there is no such name; default: with ttl its TTL, else 10s."},
};
const struct field_set fields_client_dns = FIELD_SET(client_dns_items, NULL);
