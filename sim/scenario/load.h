/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files that make a world_spec of checked trees share: one load_* file a subject.
 * They read copies made by check.h, so that every value that is there has the type that the table says.
 */
#ifndef EPSIM_SCENARIO_LOAD_H
#define EPSIM_SCENARIO_LOAD_H

#include "scenario/check.h"
#include "scenario/name_map.h"
#include "scenario/scenario.h"

/* A manifest. */
struct object {
    const struct item *tree; /* as read, with --set applied */
    const char *kind;        /* "Deployment" */
    const char *ns;
    const char *name;
    struct path root; /* "deployment/kubia" */
    bool is_modelled;
};

struct object_list {
    struct object *items;
    uint32_t count;
};

struct load {
    struct arena *arena;   /* the scenario's: what the spec points to */
    struct arena *scratch; /* until scenario_load returns */
    struct source_list sources;
    struct diagnostics diagnostics;
    struct checker checker; /* for the Scenario document */
    const struct scenario_options *options;
    struct world_spec *spec;
    const char *path; /* of the main file */
    const struct item
        *scenario; /* the document as read, with --set applied, then checked; NULL: none */
    const struct item *raw_scenario; /* before it was checked */
    const struct item *raw_entry; /* of the timeline: the one that is read, before it was checked */
    bool has_refused_client;      /* something in the client that is read was refused already */
    bool is_scenario_given;
    struct object *objects; /* all manifests in the order of the stream */
    uint32_t object_count;
    uint32_t object_capacity;
    struct name_map object_names; /* "kind/ns/name" to index */
    struct name_map
        kept_names; /* object_names, while objects are read that are not in the cluster yet */
    struct name_map service_names; /* "ns/name" to index of services */
    struct name_map node_names;    /* to index of the cluster's nodes */
    struct name_map cluster_ips;   /* to index of services */
    struct name_map node_ports;    /* "30080" to index of services */
    struct name_map host_names;    /* to index of cluster.externalHosts */
    struct name_map strings;       /* kept strings, each once */
    const char **string_texts;
    uint32_t string_count;
    uint32_t string_capacity;
    struct name_map applied_names; /* "kind/ns/name" of what the timeline applies */
    struct object_list *applied;   /* by timeline entry */
    const struct item *latency;    /* all hops, for the resolved text */
    bool is_incomplete; /* a source could not be read to its end: later checks would only confuse */

    /* Of the manifests; spec points here. */
    struct workload_spec *workloads;
    struct pod_spec *pods;
    struct service_spec *services;
    struct endpoints_spec *endpoints;
    struct slice_spec *slices;
    struct node_spec *nodes;
    uint32_t node_count;
};

/* --- load_documents.c: files to documents to objects --- */

/* Reads the main file; false (and err filled) if it cannot be read at all. */
enum status load_main_file(struct load *load, struct error *err) EP_MUST_CHECK;

/* The objects of a tree (one, or a List), and of a file relative to the main one. */
struct object_list load_objects_of(struct load *load, const struct item *tree);
struct object_list load_objects_of_file(struct load *load, const struct item *name,
                                        const struct path *way);

/* Reads what spec.manifests names. */
void load_manifest_files(struct load *load);

/* --- load_set.c: --set --- */

/* Applies those for the Scenario document (or those for manifests, once all are read). */
void load_apply_sets(struct load *load, bool for_manifests);

/* --- load_scenario.c --- */

/* The whole Scenario document and, through the others below, everything else. */
void load_scenario(struct load *load);

/* --- one file a subject; `map` is the checked one, `path` its way --- */

void load_cluster(struct load *load, const struct item *map, const struct path *path);
void load_apps(struct load *load, const struct item *list, const struct path *path);
void load_clients(struct load *load, const struct item *list, const struct path *path);
void load_timeline(struct load *load, const struct item *list, const struct path *path);
void load_thresholds(struct load *load, const struct item *map, const struct path *path);
void load_manifests(struct load *load);

/* Cluster IPs outside the ranges that the scenario names; after load_cluster. */
void load_check_ranges(struct load *load);

/* The modelled kinds, one after the other, NULL past the last, and today's version of each ("apps/v1", 15 bytes). */
const char *load_kind_at(uint32_t index, char api_version[16]);

/*
 * Checks and types objects, all that are modelled (is_modelled says which); warns of what is left out. The result is
 * one apply_spec an object.
 */
struct apply_spec *load_typed(struct load *load, struct object *objects, uint32_t count);

/*
 * --- load_workload.c, load_pod.c, load_service.c, load_endpoints.c: `map` is the checked manifest; typed gets its kind
 * and the pointer of that kind ---
 */

void load_workload(struct load *load, const struct object *object, const struct item *map,
                   struct apply_spec *typed);
void load_pod(struct load *load, const struct object *object, const struct item *map,
              struct apply_spec *typed);
void load_service(struct load *load, const struct object *object, const struct item *map,
                  struct apply_spec *typed);
void load_node(struct load *load, const struct object *object, const struct item *map,
               struct apply_spec *typed);
void load_endpoints(struct load *load, const struct object *object, const struct item *map,
                    struct apply_spec *typed);
void load_slice(struct load *load, const struct object *object, const struct item *map,
                struct apply_spec *typed);

/* cluster.externalHosts, and one of them. */
void load_external_hosts(struct load *load, const struct item *list, const struct path *path);
const struct external_host_spec *load_external_host(struct load *load, const struct item *map,
                                                    const struct path *path);

/* `status` of a Pod manifest. */
void load_pod_status(struct load *load, const struct item *status, const struct path *path,
                     struct pod_spec *pod);

/* A pod's spec from the map with `metadata` and `spec`; `tree` is the same as read, for its hash. */
void load_pod_template(struct load *load, const struct item *map, const struct item *tree,
                       const struct path *path, struct pod_spec *pod);

/* metadata; names are checked by `is_name` (see value.h). */
void load_meta(struct load *load, const struct item *map, const struct path *path,
               struct object_meta *meta);

/*
 * kubia.shop.svc.cluster.local to "kubia" and "shop"; false for other names. As ExternalNames have them: no search
 * path, and a dot at the end is left out.
 */
bool load_split_cluster_name(struct load *load, const char *host, const char **name,
                             const char **ns);

/* --- load_session.c: a client's connection and retry, after its executor --- */

void load_session(struct load *load, const struct item *map, const struct path *path,
                  struct client_spec *client);

/*
 * --- load_partial.c: patches of objects that the run itself makes ---
 * A manifest for the object with what every such one has, to merge the patch into; and what the patch touches.
 */
const struct item *load_partial_stand_in(struct load *load, const struct object *object,
                                         const struct item *patch);
void load_partial_describe(struct load *load, const struct item *patch, struct apply_spec *typed);

/* --- load_clock.c: when timeline entries happen --- */

/* The one key of `words` that the map has; "" and reported if it has none or several. `what` they are, in messages. */
const char *load_only_key(struct load *load, const struct item *map, const struct path *path,
                          const char *words, const char *what);
void load_clock(struct load *load, const struct item *map, const struct path *path,
                struct timeline_entry *entry);

/* Names to indices: what entries wait for. */
void load_link_entries(struct load *load, const struct item *list, const struct path *path,
                       struct timeline_entry *entries);

/* --- load_selector.c --- */

/* A selector as text ("app=kubia"), as labels ({app: kubia}), or as matchLabels and matchExpressions. */
bool load_selector(struct load *load, const struct item *item, const struct path *path,
                   struct selector *selector);
struct label_set load_labels(struct load *load, const struct item *map, const struct path *path);

/* --- load_read.c: values of checked maps; absent ones are NULL, false or 0 --- */

const char *load_text(struct load *load, const char *text);
const char *load_get_text(struct load *load, const struct item *map, const char *key);
bool load_get_bool(const struct item *map, const char *key);
int64_t load_get_int(const struct item *map, const char *key);
double load_get_number(const struct item *map, const char *key);
sim_ns load_get_span(const struct item *map, const char *key);
sim_ns load_get_seconds(const struct item *map, const char *key);
struct distribution load_get_distribution(struct load *load, const struct item *map,
                                          const char *key);

/*
 * True if `raw` has a key that its checked copy has not, and that was not merely left blank: it was refused, and
 * complaining of its absence would confuse.
 */
bool load_has_refused(const struct load *load, const struct item *raw, const struct item *checked);

/* An error about a map's key, at its value or at the map if it has none; `path` is the map's. */
void load_refuse_at(struct load *load, const struct item *map, const char *key,
                    const struct path *path, const char *message);

/* The place of a map's key, or of the map. */
struct place load_key_place(const struct item *map, const char *key);

/* True if there is such an object; kind as in manifests ("Deployment"). */
const struct object *load_find_object(const struct load *load, const char *kind, const char *ns,
                                      const char *name);

/* True if it is among the manifests or what the timeline applies. */
bool load_is_known(const struct load *load, const char *kind, const char *ns, const char *name);

/* The manifest kind that kubectl's name, short name or plural means ("deploy": "Deployment"), or NULL. */
const char *load_kind_of(const char *kubectl_name);

/* ", did you mean NAME?" of the objects of that kind, or "". */
const char *load_suggest_object(struct load *load, const char *kind, const char *ns,
                                const char *name);

/* load_target.c: a client's target. */
void load_target(struct load *load, const struct item *map, const struct path *path,
                 struct client_spec *client);

/* load_resolved.c: the text of scenario.resolved.yaml. */
const char *load_resolved_text(struct load *load);

#endif
