/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one table of all fields: what a Scenario and the modelled part of manifests may say. The loader checks against
 * it, fills in its defaults and writes the resolved scenario in its order.
 */
#ifndef EPSIM_SCENARIO_FIELDS_H
#define EPSIM_SCENARIO_FIELDS_H

#include "base/units.h"

#include <stdbool.h>

enum field_type {
    FIELD_STRING,
    FIELD_BOOL,
    FIELD_INT,       /* min..max */
    FIELD_NUMBER,    /* min..max */
    FIELD_DURATION,  /* Go's; min..max in seconds */
    FIELD_SECONDS,   /* a whole number of seconds, as Kubernetes has them; min..max */
    FIELD_ENUM,      /* one of `values` */
    FIELD_TEXT_MAP,  /* labels, annotations: strings to strings */
    FIELD_TEXT_LIST, /* strings */
    FIELD_MAP,       /* of `children` */
    FIELD_LIST,      /* of maps of `children` */
    FIELD_DISTRIBUTION,
    FIELD_HOPS,  /* of spec_hops to distributions */
    FIELD_OTHER, /* looked at by the code that reads it: `expected` says what it takes */
};

enum field_status {
    FIELD_SUPPORTED,
    FIELD_LATER,  /* known to the language, not supported yet */
    FIELD_SILENT, /* manifests: has no bearing on the model */
    FIELD_NOTED,  /* manifests: checked and kept, but not modelled yet */
};

struct field_set;

struct field {
    const char *name;
    enum field_type type;
    enum field_status status;
    bool is_required;
    bool is_approximate; /* manifests: `doc` says in what the model is coarser than Kubernetes */
    const char *default_text; /* as the scenario would say it; NULL: absent means absent */
    const char *values;       /* FIELD_ENUM: words separated by blanks */
    const char *later_values; /* words that are not supported yet */
    const char *only;         /* of all valid values, the one supported so far */
    const char
        *forms; /* FIELD_OTHER: what JSON calls the kinds that it takes, separated by blanks */
    const char *expected; /* in a message: "a URL such as http://kubia"; NULL: said by the type */
    double min;
    double max; /* 0: no limit */
    const struct field_set *children;
    const char *doc;
};

/* The fields of one map. */
struct field_set {
    const struct field *items;
    uint32_t count;
    const char *
        ignored; /* names that exist upstream and are not modelled, separated by blanks; NULL: none */
    bool are_flags; /* values may be in quotes, as kubeadm wants flags */
};

#define FIELD_SET(array, ignored_names)                                           \
    {                                                                             \
        .items = (array), .count = EP_COUNT_OF(array), .ignored = (ignored_names) \
    }

/* The field of that name, or NULL. */
const struct field *fields_find(const struct field_set *set, const char *name);

/* True for maps and lists: a key without a value stands for an empty one. */
bool fields_may_be_blank(const struct field *field);

/* True if `word` is among the words, which are separated by blanks; words may be NULL. */
bool fields_has_word(const char *words, const char *word);

/* The supported name nearest to `name` (also among the ignored ones), or NULL. */
const char *fields_suggest(const struct field_set *set, const char *name, char buffer[64]);

/* The word nearest to `name`, or NULL. */
const char *fields_suggest_word(const char *words, const char *name, char buffer[64]);

/* "a duration such as 250ms, 90s or 1h30m", "an integer from 0 to 5", ... Returns `buffer`. */
const char *fields_expected(const struct field *field, char buffer[160]);

/* The Scenario document, and the manifests' kinds that are modelled (NULL for others). */
extern const struct field_set fields_scenario;
extern const struct field_set fields_app; /* an entry of spec.apps */
extern const struct field_set fields_error_step;
extern const struct field_set fields_retry_budget;
extern const struct field_set fields_client; /* an entry of spec.clients */
extern const struct field_set fields_distribution;
extern const struct field_set fields_timeline; /* an entry */
extern const struct field_set fields_node_item;
extern const struct field_set fields_cluster_dns;
extern const struct field_set fields_load_balancer;
extern const struct field_set fields_client_dns;
extern const struct field_set fields_label_selector;
extern const struct field_set fields_external_host;
extern const struct field_set fields_metadata;
extern const struct field_set fields_affinity_config; /* a Service's */
extern const struct field_set fields_service;
extern const struct field_set fields_node;
extern const struct field_set fields_endpoints;
extern const struct field_set fields_endpoint_slice;
const struct field_set *fields_manifest(const char *kind);

#endif
