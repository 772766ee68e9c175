/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the nodes' proxies are sent of slices (or Endpoints, where they read those) beside the changes: bookmarks, and
 * whole lists after a break that the watch cache did not outlast.
 * Source: apiserver storage/cacher: a bookmark a minute, the last of a watch 2 s before its end; client-go
 * tools/cache/reflector.go: a watch ends after 5 to 10 minutes and is asked for again at once; both work with the last
 * revision seen, which a bookmark renews.
 */
#ifndef EPSIM_CLUSTER_WATCH_UPKEEP_H
#define EPSIM_CLUSTER_WATCH_UPKEEP_H

#include "cluster/model.h"
#include "cluster/wire_size.h"

/*
 * The bookmarks that all proxies are sent from from_ns on and before until_ns, together; `count`: how many. A break of the
 * watch does not shift them: the model has no draw for it.
 */
struct wire_size watch_upkeep_bookmarks(const struct cluster *cluster, sim_ns from_ns,
                                        sim_ns until_ns, uint64_t *count);

/*
 * The node's proxy will be connected again at at_ns, after a break: tells the observers if it has to list all anew, which
 * it has if the API server's process is another (must_list), or if more happened than the watch cache keeps. What the list
 * has is what is stored now.
 */
void watch_upkeep_resume(struct cluster *cluster, uint32_t node, sim_ns at_ns);

#endif
