/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table's part for DNS: the cluster's server, a client's cache.
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
