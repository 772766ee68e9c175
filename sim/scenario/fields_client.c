/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table's part for spec.clients: the load, innermost maps first.
 */
#include "scenario/fields.h"

#define COUNT_MAX 1e6
#define POSITIVE_S 1e-9 /* a nanosecond, in seconds */
#define LB_LATER                                                                                                  \
    "random round-robin weighted-round-robin least-request least-conn p2c ring-hash maglev peak-ewma subsetting " \
    "pick-first mesh ingress"

static const struct field from_items[] = {
    {.name = "nodes",
     .type = FIELD_OTHER,
     .forms = "string array",
     .default_text = "all",
     .expected = "all, or a list of nodes such as [node-1]",
     .doc = "Nodes that the requests come from."},
    {.name = "outside",
     .type = FIELD_BOOL,
     .default_text = "false",
     .doc = "The clients are outside: their requests arrive at these nodes' ports of a NodePort or "
            "LoadBalancer Service, and externalTrafficPolicy counts."},
    {.name = "selector", .status = FIELD_LATER, .doc = "Pods that the requests come from."},
    {.name = "ingress", .status = FIELD_LATER, .doc = "An ingress that the requests come through."},
};
static const struct field_set from = FIELD_SET(from_items, NULL);

static const struct field connection_items[] = {
    {.name = "reuse",
     .type = FIELD_BOOL,
     .default_text = "false",
     .only = "false",
     .doc = "Keep connections."},
    {.name = "perClient", .status = FIELD_LATER, .doc = "Connections kept by a client."},
    {.name = "maxRequests", .status = FIELD_LATER, .doc = "Requests on one connection."},
    {.name = "maxAge", .status = FIELD_LATER, .doc = "How long a connection is kept."},
    {.name = "idleTimeout", .status = FIELD_LATER, .doc = "How long an idle connection is kept."},
};
static const struct field_set connection = FIELD_SET(connection_items, NULL);

static const struct field retry_items[] = {
    {.name = "attempts",
     .type = FIELD_INT,
     .default_text = "0",
     .only = "0",
     .doc = "Tries after the first."},
    {.name = "on", .status = FIELD_LATER, .doc = "Outcomes that are retried."},
    {.name = "backoff", .status = FIELD_LATER, .doc = "Wait before the first retry."},
    {.name = "jitter", .status = FIELD_LATER, .doc = "How the wait is spread."},
    {.name = "budget", .status = FIELD_LATER, .doc = "Retries as a share of requests."},
};
static const struct field_set retry = FIELD_SET(retry_items, NULL);

static const struct field stage_items[] = {
    {.name = "duration",
     .type = FIELD_DURATION,
     .is_required = true,
     .doc = "How long; 0s: a jump."},
    {.name = "target",
     .type = FIELD_NUMBER,
     .is_required = true,
     .doc = "Requests a timeUnit at its end, reached linearly."},
};
static const struct field_set stage = FIELD_SET(stage_items, NULL);

static const struct field client_items[] = {
    {.name = "name", .type = FIELD_STRING, .is_required = true, .doc = "Unique among clients."},
    {.name = "target",
     .type = FIELD_STRING,
     .is_required = true,
     .expected = "a URL such as http://kubia or http://kubia.shop:8080",
     .doc = "http://NAME[.NAMESPACE][:PORT], resolved by the cluster's DNS."},
    {.name = "executor",
     .type = FIELD_ENUM,
     .default_text = "constant-arrival-rate",
     .values = "constant-arrival-rate ramping-arrival-rate",
     .later_values = "constant-vus ramping-vus trace",
     .doc = "k6's executor."},
    {.name = "rate",
     .type = FIELD_NUMBER,
     .min = 1e-9,
     .doc = "Requests a timeUnit over all nodes together; of constant-arrival-rate."},
    {.name = "startRate",
     .type = FIELD_NUMBER,
     .doc = "Requests a timeUnit at the start, of ramping-arrival-rate; default: 0."},
    {.name = "stages",
     .type = FIELD_LIST,
     .children = &stage,
     .doc = "Of ramping-arrival-rate; after the last one the rate stays."},
    {.name = "timeUnit",
     .type = FIELD_DURATION,
     .default_text = "1s",
     .min = POSITIVE_S,
     .doc = "The rate's unit."},
    {.name = "arrivals",
     .type = FIELD_OTHER,
     .forms = "string object",
     .default_text = "poisson",
     .expected = "poisson, even, or a distribution of the gaps",
     .doc = "How requests follow each other."},
    {.name = "from",
     .type = FIELD_MAP,
     .default_text = "{}",
     .children = &from,
     .doc = "Where requests come from."},
    {.name = "identities",
     .type = FIELD_INT,
     .default_text = "1",
     .min = 1,
     .max = COUNT_MAX,
     .doc = "Client addresses on each node, which session affinity tells apart."},
    {.name = "identityOrder",
     .type = FIELD_ENUM,
     .default_text = "random",
     .values = "random turns",
     .doc = "Which of them a request comes from: any, or one after the other."},
    {.name = "connection",
     .type = FIELD_MAP,
     .default_text = "{}",
     .children = &connection,
     .doc = "Reuse of connections."},
    {.name = "timeout",
     .type = FIELD_DURATION,
     .default_text = "10s",
     .min = POSITIVE_S,
     .doc = "The client's limit."},
    {.name = "retry",
     .type = FIELD_MAP,
     .default_text = "{}",
     .children = &retry,
     .doc = "Retries."},
    {.name = "lb",
     .type = FIELD_ENUM,
     .default_text = "kube-proxy",
     .values = "kube-proxy",
     .later_values = LB_LATER,
     .doc = "Who picks the endpoint."},
    {.name = "vus", .status = FIELD_LATER, .doc = "k6's virtual users."},
    {.name = "maxVUs", .status = FIELD_LATER, .doc = "k6's limit of virtual users."},
    {.name = "preAllocatedVUs", .status = FIELD_LATER, .doc = "k6's virtual users to start with."},
    {.name = "startTime", .status = FIELD_LATER, .doc = "k6's start of a scenario."},
    {.name = "duration", .status = FIELD_LATER, .doc = "k6's length of a scenario."},
    {.name = "file", .status = FIELD_LATER, .doc = "A trace."},
    {.name = "dns",
     .type = FIELD_MAP,
     .default_text = "{}",
     .children = &fields_client_dns,
     .doc = "Answers of DNS that the program keeps."},
};
const struct field_set fields_client = FIELD_SET(client_items, NULL);
