/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Watching objects of one kind: prints each as it is, then again whenever it changes while simulated time passes.
 *
 * What is shown has to be read at the instant of the change, so this observer prints while events run: it is for people
 * who look, never for runs that are measured.
 */
#ifndef EPSIM_REPORT_KUBE_WATCH_H
#define EPSIM_REPORT_KUBE_WATCH_H

#include "report/kube_printer.h"
#include "world/world.h"

struct kube_watched; /* what is known of one object */

struct kube_watch {
    struct world *world;
    const struct kube_kind *kind;
    struct snapshot_query query; /* its selector and strings must outlive the watch */
    struct kube_printer *printer;
    struct arena *arena;
    struct kube_watched *known;
    uint32_t known_count;
    uint32_t known_capacity;
};

/* Prints what is there now and listens from then on. The watch must outlive the world's run; the caller has filled in its
 * members down to `arena`. */
void kube_watch_start(struct kube_watch *watch);

/* Events have no versions that could be watched: once the run is over, each write of one is printed as of its instant. */
void kube_watch_events(struct kube_watch *watch);

#endif
