/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How many bytes objects take on the wire, in JSON and in protobuf, from what they say: names, addresses, labels, not a
 * fit. Fields and their numbers: k8s.io/api core/v1, discovery/v1beta1 and v1 generated.proto; Unknown and WatchEvent of
 * apimachinery. managedFields as one update by the controller manager leaves them (measured on 1.20.2).
 * Sums add up: an object is its base and its items, so that a version's size follows from the one before.
 */
#ifndef EPSIM_CLUSTER_WIRE_SIZE_H
#define EPSIM_CLUSTER_WIRE_SIZE_H

#include <stdbool.h>
#include <stdint.h>

#include "cluster/labels.h"

struct wire_size {
    uint64_t json;
    uint64_t protobuf;
};

/* One address of Endpoints, or one endpoint of a slice. NULL strings are left out. */
struct wire_address {
    const char *ip;
    const char *hostname;
    const char *node_name;
    const char *zone;
    const char *region;   /* discovery/v1beta1's topology alone has it */
    const char *pod_name; /* of the targetRef, NULL: none */
    const char *pod_ns;
    uint64_t pod_version;          /* targetRef.resourceVersion, 0: left out */
    const char *const *hint_zones; /* hints.forZones */
    uint32_t hint_zone_count;
    bool has_serving; /* conditions serving and terminating are written */
    bool is_ready;
    bool is_serving;
    bool is_terminating;
};

struct wire_port {
    const char *name; /* "": unnamed */
    uint16_t number;
    uint8_t protocol; /* enum protocol: "TCP", "UDP", "SCTP" */
};

/* An object without its items. */
struct wire_object {
    const char *name;
    const char *generate_name; /* NULL: none */
    const char *ns;
    uint64_t resource_version;
    const struct label_set *labels; /* NULL: none */
    const struct label_set *more_labels;
    bool has_trigger;  /* the trigger-time annotation */
    const char *owner; /* of a slice: the Service, NULL: none */
    bool is_managed;   /* written by the controller manager: managedFields */
};

enum wire_kind {
    WIRE_ENDPOINTS,
    WIRE_SLICE_V1BETA1,
    WIRE_SLICE_V1
};

/* One item with all that stands around it (comma, tag, length). */
struct wire_size wire_size_address(enum wire_kind kind, const struct wire_address *address);
/* How many bytes of JSON an endpoint's conditions take; in protobuf they take as many whatever they are. */
uint64_t wire_size_conditions(const struct wire_address *address);
struct wire_size wire_size_port(enum wire_kind kind, const struct wire_port *port);

/* The digits of a resource version: of two versions with as many, metadata weigh the same. */
uint32_t wire_size_digits(uint64_t number);

/* Its metadata. */
struct wire_size wire_size_metadata(enum wire_kind kind, const struct wire_object *object);

/* The whole object as it is stored and sent, without the watch's own frame. `items`: the sum over its addresses and
 * ports; `subset_count`: of Endpoints, subsets with all their items spread over them evenly. */
struct wire_size wire_size_object(enum wire_kind kind, struct wire_size metadata,
                                  struct wire_size items, uint32_t subset_count);

/* A watch event (MODIFIED) that carries it. */
struct wire_size wire_size_event(struct wire_size object);

/* The watch event that tells a revision and nothing else. */
struct wire_size wire_size_bookmark(enum wire_kind kind, uint64_t resource_version);

/*
 * An answer to a list, of that many objects whose watch events (wire_size_event) come to `events` together. The lengths of
 * the frames taken off are those of a single event: right to a few bytes an object.
 */
struct wire_size wire_size_list(enum wire_kind kind, struct wire_size events, uint32_t object_count,
                                uint64_t resource_version);

#endif
