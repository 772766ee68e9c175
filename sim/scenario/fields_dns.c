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
    {.name = "pods",
     .type = FIELD_ENUM,
     .default_text = "insecure",
     .values = "insecure verified disabled",
     .doc =
         "Names such as 10-244-1-5.default.pod.cluster.local: insecure, for every address, as CoreDNS is shipped; verified, if a pod has it; disabled: none."},
    {.name = "nodeCache",
     .type = FIELD_BOOL,
     .default_text = "false",
     .doc =
         "NodeLocal DNSCache: nodes keep answers up to 30s, and up to 5s that there is none; a hit takes no time."},
};
const struct field_set fields_cluster_dns = FIELD_SET(cluster_dns_items, NULL);

static const struct field health_check_items[] = {
    {.name = "interval",
     .type = FIELD_DURATION,
     .default_text = "8s",
     .min = POSITIVE_S,
     .doc = "From one check of a node to the next."},
    {.name = "timeout",
     .type = FIELD_DURATION,
     .default_text = "1s",
     .min = POSITIVE_S,
     .doc = "A check without an answer has failed then; at most the interval."},
    {.name = "healthy",
     .type = FIELD_INT,
     .default_text = "1",
     .min = 1,
     .max = 100,
     .doc = "Checks in a row that a node has to pass to get connections again."},
    {.name = "unhealthy",
     .type = FIELD_INT,
     .default_text = "3",
     .min = 1,
     .max = 100,
     .doc = "Checks in a row that it has to fail to get none."},
};
static const struct field_set health_check = FIELD_SET(health_check_items, NULL);

static const struct field load_balancer_items[] = {
    {.name = "addresses",
     .type = FIELD_STRING,
     .default_text = "203.0.113.0/24",
     .doc = "The range that they are of."},
    {.name = "delay",
     .type = FIELD_DURATION,
     .default_text = "30s",
     .doc = "How long a Service of type LoadBalancer waits for its address (an assumption)."},
    {.name = "healthCheck",
     .type = FIELD_MAP,
     .default_text = "{}",
     .children = &health_check,
     .doc =
         "How load balancers ask nodes: the healthCheckNodePort with externalTrafficPolicy Local, else kube-proxy's healthz. Defaults: cloud-provider-gcp's gce.go (AWS' classic ones: 10s, 5s, 2, 6)."},
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
