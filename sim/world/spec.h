/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A whole scenario, typed: cluster, traffic, timeline, run. No YAML left.
 */
#ifndef EPSIM_WORLD_SPEC_H
#define EPSIM_WORLD_SPEC_H

#include "traffic/spec.h"

enum verb {
    VERB_SET_IMAGE,
    VERB_SCALE,
    VERB_ROLLOUT_RESTART,
    VERB_SPAWN,
    VERB_KILL,
    VERB_LABEL,
    VERB_ANNOTATE, /* set_labels and remove_labels are annotations */
    VERB_APPLY,    /* objects[] */
    VERB_PATCH,    /* objects[0], the object as it is after the patch, and what the patch touched */
    VERB_DELETE,   /* target; grace and force as in kill */
    VERB_ROLLOUT_UNDO,
    VERB_ROLLOUT_PAUSE,
    VERB_ROLLOUT_RESUME,
    VERB_CORDON, /* target node */
    VERB_UNCORDON,
    VERB_DRAIN,
    VERB_CRASH, /* pods: the program ends; the kubelet restarts it */
    VERB_READY, /* pods: is_on says whether their programs answer probes from now on */
    VERB_FAIL, /* a node dies, or (is_on false) is back; pods: their programs stop answering anything; components: dead */
    VERB_PARTITION, /* a node, or a component, is cut off from the API */
    VERB_SLOW, /* pods: service times, nodes: proxy syncs, components: all they do, times `factor` */
    VERB_EXPECT, /* target, expect_* */
};

enum apply_kind {
    APPLY_SERVICE,
    APPLY_ENDPOINTS,
    APPLY_SLICE,
    APPLY_WORKLOAD,
    APPLY_POD,
    APPLY_NODE,
    APPLY_EXTERNAL_HOST,
};

/* What a patch or an apply touches of an object. */
enum apply_mask {
    APPLY_ALL = 0, /* the whole object */
    APPLY_REPLICAS = 1,
    APPLY_TEMPLATE = 2,
    APPLY_STRATEGY = 4,
    APPLY_PAUSED = 8,
    APPLY_LABELS = 16,
    APPLY_STATUS = 32,
    APPLY_ANNOTATIONS = 64, /* from here on of partial ones only */
    APPLY_ADDRESSES = 128,  /* of Endpoints, a slice, a pod's status */
    APPLY_PORTS = 256,
    APPLY_PHASE = 512,
    APPLY_CONDITIONS = 1024,
};

/* One object of apply or patch: the pointer of its kind is set. */
struct apply_spec {
    enum apply_kind kind;
    uint32_t mask; /* of enum apply_mask */
    bool
        is_partial; /* Endpoints, slices, pods: a patch put over what is there by then; 0 in mask is nothing */
    bool is_touched; /* patch of a Pod: it differs from before, if only in what is not modelled */
    const char *const *remove_labels; /* partial: keys that go */
    uint32_t remove_label_count;
    const char *const *remove_annotations;
    uint32_t remove_annotation_count;
    const struct service_spec *service;
    const struct endpoints_spec *endpoints;
    const struct slice_spec *slice;
    const struct workload_spec *workload;
    const struct pod_spec *pod;
    const struct node_spec *node;
    const struct external_host_spec *external_host;
};

enum comparison {
    COMPARE_LT,
    COMPARE_LE,
    COMPARE_GT,
    COMPARE_GE,
    COMPARE_EQ,
    COMPARE_NE
};

enum expect_field {
    EXPECT_REPLICAS,
    EXPECT_READY,
    EXPECT_AVAILABLE,
    EXPECT_UPDATED,
    EXPECT_ENDPOINTS
};

/* Chaos Mesh's modes. */
enum target_mode {
    MODE_ALL,
    MODE_ONE,
    MODE_FIXED,
    MODE_FIXED_PERCENT
};

/* Which objects a verb acts on: kind/name, or pods by selector. */
struct target_spec {
    const char *ns;
    const char *
        kind; /* "deployment", "replicaset", "pod", ...: canonical singular, lower case; NULL: by selector */
    const char *name;
    struct selector selector; /* pods */
    uint32_t components;      /* of the control plane, a mask of enum component; 0: none */
    enum target_mode mode;    /* by selector only; default all */
    uint32_t value;           /* fixed: count; fixed-percent: 0..100 */
};

enum clock_kind {
    CLOCK_AT,
    CLOCK_EVERY,
    CLOCK_AFTER
};

struct timeline_entry {
    const char *name; /* NULL: none */
    const char *
        label; /* the verb and target in a few words for figures and events: "set image deployment/kubia" */
    const char *place; /* "rolling-update.yaml:31" */
    enum clock_kind clock;
    sim_ns at_ns;    /* CLOCK_AT */
    sim_ns every_ns; /* CLOCK_EVERY: from, from + every, ... up to and with until */
    sim_ns from_ns;
    sim_ns until_ns;
    sim_ns jitter_ns; /* uniform in [0, jitter) is added to each */
    uint32_t after;   /* CLOCK_AFTER: index of the entry waited for (its first execution) */
    sim_ns plus_ns;
    enum verb verb;
    struct target_spec target;
    const char *image;     /* set image */
    const char *container; /* set image: NULL: the only (or first) container */
    uint32_t count;        /* scale: replicas; spawn: pods */
    bool has_grace;        /* kill */
    sim_ns grace_ns;
    bool is_forced;              /* kill: removed from the API at once */
    struct label_set set_labels; /* label */
    const char *const *remove_labels;
    uint32_t remove_label_count;
    sim_ns for_ns; /* > 0: the change is taken back after that time */
    bool is_on;    /* ready, fail */
    double factor; /* slow */
    const struct apply_spec
        *objects; /* apply, patch (at most one: none if it touches nothing that is modelled) */
    uint32_t object_count;
    const struct apply_spec
        *reverts; /* patch with for_ns: the object as it is once taken back; as many as objects */
    uint32_t to_revision; /* rollout undo; 0: the one before */
    enum expect_field expect_field;
    enum comparison expect_comparison;
    int64_t expect_value;
    const char *expect_text; /* "deployment/kubia available == 3" */
    const struct pod_spec
        *pod; /* spawn: a manifest or template given in place; NULL: target names the deployment */
};

enum threshold_metric {
    THRESHOLD_HTTP_REQ_FAILED,
    THRESHOLD_HTTP_REQ_DURATION,
    THRESHOLD_HTTP_REQS,
    THRESHOLD_PROPAGATION
};
enum threshold_aggregate {
    AGGREGATE_RATE,
    AGGREGATE_COUNT,
    AGGREGATE_AVG,
    AGGREGATE_MIN,
    AGGREGATE_MED,
    AGGREGATE_MAX,
    AGGREGATE_PERCENTILE
};

/* thresholds: k6's syntax. `limit` is in seconds where the metric is a time, else a plain number or ratio. */
struct threshold_spec {
    const char *metric_name; /* "http_req_failed" */
    const char *expression;  /* "rate<0.001", as written */
    enum threshold_metric metric;
    enum threshold_aggregate aggregate;
    double percentile; /* 0..100 */
    enum comparison comparison;
    double limit;
};

enum record_requests {
    RECORD_REQUESTS_FAILED,
    RECORD_REQUESTS_ALL,
    RECORD_REQUESTS_NONE
};
enum record_propagation {
    RECORD_PROPAGATION_AUTO,
    RECORD_PROPAGATION_ALL,
    RECORD_PROPAGATION_NONE
};

struct world_spec {
    const char *name;     /* metadata.name, or the file's base name */
    const char *question; /* NULL: none */
    uint64_t seed;
    sim_ns until_ns;
    sim_ns warmup_ns;
    int64_t epoch_s; /* Unix seconds of t = 0 */
    struct cluster_spec cluster;
    struct traffic_spec traffic;
    const struct timeline_entry *timeline;
    uint32_t timeline_count;
    const struct threshold_spec *thresholds;
    uint32_t threshold_count;
    enum record_requests record_requests;
    enum record_propagation record_propagation;
};

#endif
