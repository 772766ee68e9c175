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
     .doc =
         "The clients are outside: their requests arrive at these nodes' ports of a NodePort or "
         "LoadBalancer Service, and externalTrafficPolicy counts. A load balancer with an address (see "
         "cluster.loadBalancer) sends new connections to those of them that it holds for healthy."},
    {.name = "selector", .status = FIELD_LATER, .doc = "Pods that the requests come from."},
    {.name = "ingress", .status = FIELD_LATER, .doc = "An ingress that the requests come through."},
};
static const struct field_set from = FIELD_SET(from_items, NULL);

static const struct field retry_budget_items[] = {
    {.name = "ratio",
     .type = FIELD_STRING,
     .is_required = true,
     .expected = "a share such as 20%",
     .doc = "Retries as a share of requests."},
    {.name = "minPerSecond",
     .type = FIELD_NUMBER,
     .default_text = "0",
     .max = 1e6,
     .doc = "Retries a second that are allowed besides."},
    {.name = "ttl",
     .type = FIELD_DURATION,
     .default_text = "10s",
     .min = POSITIVE_S,
     .doc = "How long a request counts."},
};
const struct field_set fields_retry_budget = FIELD_SET(retry_budget_items, NULL);

static const struct field connection_items[] = {
    {.name = "reuse",
     .type = FIELD_BOOL,
     .default_text = "false",
     .doc = "Keep connections for further requests; false: each has one of its own."},
    {.name = "perClient",
     .type = FIELD_INT,
     .default_text = "10",
     .min = 1,
     .max = COUNT_MAX,
     .doc =
         "Connections that a client address (or a virtual user) may have at once; further requests wait."},
    {.name = "maxRequests",
     .type = FIELD_INT,
     .min = 1,
     .max = 1e9,
     .doc = "Requests on one connection, then the client closes it; default: any number."},
    {.name = "maxAge",
     .type = FIELD_DURATION,
     .min = POSITIVE_S,
     .doc = "Age from which on the client uses a connection no more; default: none."},
    {.name = "idleTimeout",
     .type = FIELD_DURATION,
     .default_text = "90s",
     .min = POSITIVE_S,
     .doc = "The client closes a connection that it has not used for so long (90s: Go's)."},
};
static const struct field_set connection = FIELD_SET(connection_items, NULL);

static const struct field retry_items[] = {
    {.name = "attempts",
     .type = FIELD_INT,
     .default_text = "0",
     .max = 100,
     .doc = "Tries after the first."},
    {.name = "on",
     .type = FIELD_OTHER,
     .forms = "array",
     .default_text = "[]",
     .expected = "a list of outcomes such as [refused, reset, timeout]",
     .doc =
         "Outcomes that are retried: refused, timeout, reset, no_endpoints, overload, error, dns, deadline; default: refused, reset, timeout."},
    {.name = "backoff",
     .type = FIELD_DURATION,
     .default_text = "50ms",
     .doc = "Wait before the first retry; it doubles from one to the next."},
    {.name = "maxBackoff", .type = FIELD_DURATION, .doc = "The longest wait; default: any."},
    {.name = "jitter",
     .type = FIELD_ENUM,
     .default_text = "full",
     .values = "full equal none",
     .doc = "full: from 0 to the wait; equal: from half of it; none: the wait itself."},
    {.name = "budget",
     .type = FIELD_OTHER,
     .forms = "string object",
     .expected = "a share such as 20%, or {ratio: 20%, minPerSecond: 10, ttl: 10s}",
     .children = &fields_retry_budget,
     .doc =
         "Retries as a share of requests, as Finagle's RetryBudget, for each client on each node; default: no limit."},
    {.name = "perTry",
     .type = FIELD_DURATION,
     .min = POSITIVE_S,
     .doc =
         "Limit of one attempt, timeout then being that of all together; without it each attempt has the timeout."},
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
     .doc =
         "Requests a timeUnit, or of ramping-vus the number of users, at its end; reached linearly."},
};
static const struct field_set stage = FIELD_SET(stage_items, NULL);

static const struct field client_items[] = {
    {.name = "name", .type = FIELD_STRING, .is_required = true, .doc = "Unique among clients."},
    {.name = "target",
     .type = FIELD_STRING,
     .is_required = true,
     .expected = "a URL such as http://kubia or http://kubia.shop:8080",
     .doc =
         "http://NAME[.NAMESPACE][:PORT], resolved by the cluster's DNS; or http://NODE:NODEPORT (a node's name, or "
         "address in its manifest), or a load balancer's address, which nobody asks DNS for."},
    {.name = "executor",
     .type = FIELD_ENUM,
     .default_text = "constant-arrival-rate",
     .values = "constant-arrival-rate ramping-arrival-rate constant-vus ramping-vus",
     .later_values = "trace",
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
     .doc =
         "Of ramping-arrival-rate and ramping-vus; after the last one the rate, or number of users, stays."},
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
    {.name = "vus",
     .type = FIELD_INT,
     .min = 1,
     .max = COUNT_MAX,
     .doc =
         "Virtual users, over all nodes together, of constant-vus; each sends, waits for the end, thinks, and begins anew."},
    {.name = "startVUs",
     .type = FIELD_INT,
     .max = COUNT_MAX,
     .doc = "Virtual users at the start, of ramping-vus; default: 1."},
    {.name = "thinkTime",
     .type = FIELD_DISTRIBUTION,
     .doc = "Of a virtual user, between the end of a request and the next one; default: 0s."},
    {.name = "gracefulRampDown",
     .type = FIELD_DURATION,
     .default_text = "30s",
     .doc = "How long a virtual user that goes may wait for the end of its request."},
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
