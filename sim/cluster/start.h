/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The start: tables filled from the spec, and the state at t = 0: converged (everything long there, ready and known
 * everywhere) or cold (everything applied at t = 0).
 */
#ifndef EPSIM_CLUSTER_START_H
#define EPSIM_CLUSTER_START_H

#include "cluster/model.h"

/* Nodes, services, deployments and replica sets of the spec, with names and without state. */
void start_fill_tables(struct cluster *cluster);

/* Everything converged; nothing is pending and nothing was observed. */
void start_converged(struct cluster *cluster);

/* The hosts outside. */
void start_outside(struct cluster *cluster);

/* Everything applied at t = 0 by one kubectl apply, in the order services, workloads, pods. */
void start_cold(struct cluster *cluster);

/* The clock starts: controllers go on with what the manifests of a live cluster have left half done. */
void start_go_on(struct cluster *cluster);

#endif
