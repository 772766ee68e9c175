/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The lives of the programs in pods: started, listening, told to end, ended. The kubelet calls
 * these through the table traffic_app_ops.
 */
#ifndef EPSIM_TRAFFIC_PROGRAM_H
#define EPSIM_TRAFFIC_PROGRAM_H

#include "traffic/parts.h"

void program_grow(struct traffic *traffic, uint32_t pod);

/* The pod's server. Good until the next call for another pod. */
static inline struct server *program_server(struct traffic *traffic, uint32_t pod)
{
    if (EP_UNLIKELY(pod >= traffic->server_count))
        program_grow(traffic, pod);
    return &traffic->servers[pod];
}

/* Another request, or http probe, has come to a program that counts them. */
void program_count(struct traffic *traffic, uint32_t pod);

/* Event: apps that begin to fail, or stop, at this instant. */
void program_error_step(struct traffic *traffic, const struct event *ev);

/* The first step of every app. */
void program_schedule_steps(struct traffic *traffic);

/* A draining program ends with its last connection. */
void program_end_if_drained(struct traffic *traffic, uint32_t pod);

#endif
