/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * When a proxy may sync: at most once in min_ns.
 * Source: pkg/proxy/runner/bounded_frequency_runner.go (from 1.34: the interval runs from the end of the last sync, no
 * burst) and pkg/util/async/bounded_frequency_runner.go (before: a token bucket of rate 1/min and burst 2, else the end of
 * the last sync + min).
 */
#ifndef EPSIM_CLUSTER_NODE_SYNC_RUNNER_H
#define EPSIM_CLUSTER_NODE_SYNC_RUNNER_H

#include "cluster/model.h"

/* A runner that has been idle for long. min_ns > 0. */
void sync_runner_init(struct sync_runner *runner, sim_ns min_ns, bool is_old);

/* Asks to run now: returns now if it may (the old runner's token is taken), else the instant at which to ask again. */
sim_ns sync_runner_request(struct sync_runner *runner, sim_ns now_ns);

/* A run that sync_runner_request allowed has ended. */
void sync_runner_finished(struct sync_runner *runner, sim_ns now_ns);

#endif
