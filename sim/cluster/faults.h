/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What goes wrong by the timeline's order: programs that crash, hang, fail their probes or are slow.
 */
#ifndef EPSIM_CLUSTER_FAULTS_H
#define EPSIM_CLUSTER_FAULTS_H

#include "cluster/model.h"

/* The pod's program ends now with an exit status other than 0. Nothing if none runs. */
void faults_crash(struct cluster *cluster, uint32_t pod);

/* Whether the pod's program passes readiness probes from now on, if it would otherwise. A new process passes them. Returns
 * what it was. */
bool faults_set_ready(struct cluster *cluster, uint32_t pod, bool is_ready);

/* The pod's program answers nothing from now on, neither requests nor probes nor SIGTERM, or goes on where it was. A new
 * process answers. Nothing if none runs. */
void faults_hang(struct cluster *cluster, uint32_t pod, bool is_hung);

/* The pod's program takes `factor` > 0 times as long for requests from now on; the node's proxy for its syncs. Returns
 * the factor before. */
double faults_slow_pod(struct cluster *cluster, uint32_t pod, double factor);
double faults_slow_node(struct cluster *cluster, uint32_t node, double factor);

#endif
