/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table's part for spec.apps: the programs in the pods, innermost maps first.
 */
#include "scenario/fields.h"

#define COUNT_MAX 1e6
#define POSITIVE_S 1e-9 /* a nanosecond, in seconds */

static const struct field match_items[] = {
    {.name = "image",
     .type = FIELD_STRING,
     .doc = "The image of one of the pod's containers; * and ? stand for anything."},
    {.name = "deployment", .type = FIELD_STRING, .doc = "The Deployment that the pod belongs to."},
    {.name = "selector",
     .type = FIELD_OTHER,
     .forms = "string object",
     .expected = "a selector such as \"app=kubia\" or {app: kubia}",
     .doc = "The pod's labels."},
};
static const struct field_set match = FIELD_SET(match_items, NULL);

static const struct field error_step_items[] = {
    {.name = "at",
     .type = FIELD_DURATION,
     .is_required = true,
     .doc = "When, after the start of the run."},
    {.name = "rate",
     .type = FIELD_NUMBER,
     .is_required = true,
     .max = 1,
     .doc = "The share from then on."},
};
const struct field_set fields_error_step = FIELD_SET(error_step_items, NULL);

static const struct field app_items[] = {
    {.name = "match",
     .type = FIELD_MAP,
     .children = &match,
     .doc = "Which pods; the first match wins, none: the rest."},
    {.name = "startup",
     .type = FIELD_DISTRIBUTION,
     .default_text = "1s",
     .doc = "Container started until it listens."},
    {.name = "serviceTime",
     .type = FIELD_DISTRIBUTION,
     .default_text = "{exponential: {mean: 10ms}}",
     .doc = "Work for one request."},
    {.name = "concurrency",
     .type = FIELD_INT,
     .default_text = "100",
     .min = 1,
     .max = COUNT_MAX,
     .doc = "Requests worked on at once."},
    {.name = "queue",
     .type = FIELD_INT,
     .default_text = "1000",
     .max = COUNT_MAX,
     .doc = "Requests that may wait."},
    {.name = "onSIGTERM",
     .type = FIELD_ENUM,
     .default_text = "exit",
     .values = "exit drain ignore",
     .doc =
         "exit: at once, connections are reset; drain: refuse new ones, finish the rest; ignore: until SIGKILL."},
    {.name = "keepAliveTimeout",
     .type = FIELD_DURATION,
     .min = POSITIVE_S,
     .doc =
         "The server closes a connection that has been idle for so long (Node.js: 5s); default: never."},
    {.name = "errorRate",
     .type = FIELD_OTHER,
     .forms = "number array",
     .children = &fields_error_step,
     .default_text = "0",
     .expected =
         "a number from 0 to 1, or steps such as [{at: 60s, rate: 0.5}, {at: 90s, rate: 0}]",
     .doc =
         "Share of requests, http probes included, that are answered 5xx; or steps: from each instant on that share, before the first none."},
    {.name = "errorFrom",
     .type = FIELD_INT,
     .min = 1,
     .max = 1e9,
     .doc =
         "Number of a process's request, http probes included, from which on all are answered 5xx."},
    {.name = "errorTime",
     .type = FIELD_DISTRIBUTION,
     .default_text = "1ms",
     .doc = "Work for a request that is answered 5xx."},
    {.name = "listen",
     .type = FIELD_OTHER,
     .forms = "array",
     .expected = "a list of ports such as [8080, 9090]",
     .doc = "Ports, if not the declared ones."},
};
const struct field_set fields_app = FIELD_SET(app_items, NULL);
