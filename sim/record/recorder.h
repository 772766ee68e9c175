/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Listens to one world and keeps what the results need: counts, histograms, changes, lost requests with their causes.
 */
#ifndef EPSIM_RECORD_RECORDER_H
#define EPSIM_RECORD_RECORDER_H

#include "base/out.h"
#include "record/attribution.h"
#include "record/change_log.h"
#include "record/expectation_log.h"
#include "record/traffic_tally.h"
#include "world/world.h"

struct recorder;

/* Writes of the API server and their way to the nodes, from the warm-up's end on. */
struct control_plane_counts {
    uint64_t endpoints_writes;
    uint64_t slice_writes;
    uint64_t endpoints_watch_bytes; /* bytes times watchers */
    uint64_t slice_watch_bytes;
    uint64_t endpoints_json_bytes; /* the same if events went as JSON */
    uint64_t slice_json_bytes;
    uint64_t
        endpoints_event_bytes; /* to one watcher: the controller manager's informers are one each */
    uint64_t slice_event_bytes;
    uint64_t
        bookmark_bytes; /* to all nodes' proxies, protobuf; of slices, or of Endpoints where they read those */
    uint64_t bookmarks;
    uint64_t list_bytes; /* whole lists after a break, to all nodes' proxies, protobuf */
    uint64_t lists;
    uint64_t proxy_syncs;
};

/* What one replication amounts to. Valid after recorder_finish, as long as the recorder's arena. */
struct recorder_totals {
    uint64_t fingerprint;
    uint64_t in_flight_count;
    uint64_t event_count;
    sim_ns until_ns; /* where the run ended or stopped */
    const struct cluster *cluster;
    const struct world_spec *spec;
    const struct traffic_tally *traffic;
    const struct change_log *changes;
    const struct attribution *losses;
    const struct expectation_log *expectations;
    struct control_plane_counts control_plane;
    struct host_moves *host_moves; /* NULL: no host moves */
};

/*
 * Attaches to `world`. `row_folder`: where to write the row files (changes.csv, propagation.csv, requests.csv,
 * timeseries.csv); NULL for replications whose rows nobody keeps. Memory is the arena's. A file that cannot be opened
 * is reported by recorder_finish, which must be called, since requests.csv is open until then.
 */
struct recorder *recorder_new(struct arena *arena, struct world *world, const char *row_folder);

/* After the run: settles what is still open, writes the row files. STATUS_IO if one could not be written. */
enum status recorder_finish(struct recorder *recorder, struct error *err) EP_MUST_CHECK;

/* Sum mod 2^64 of a hash of every observation so far. */
uint64_t recorder_fingerprint(const struct recorder *recorder);

struct recorder_totals recorder_get_totals(const struct recorder *recorder);

#endif
