/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which node's rules a request meets. From within the cluster its own node's, unless its target names another node; from
 * outside those of the node that is drawn for it, or, if its Service has a load balancer, of one that it holds for healthy.
 *
 *   a new connection (each SYN anew) --> the drawn node, if healthy --> else another of the healthy ones
 *                                                                  \-> none is: the drawn node all the same
 *
 * So nodes that fail move their own share only, and all are alike: 1/N + (1 - H/N)/H is 1/H. That all get connections where
 * none is healthy is what passthrough balancers do unless they are told otherwise (AWS and Google "fail open").
 */
#ifndef EPSIM_TRAFFIC_ENTRY_H
#define EPSIM_TRAFFIC_ENTRY_H

#include "engine/kernel.h"

struct client;
struct request;
struct traffic;

/* The client's requests may come through the balancer of its service: from now on that is there. */
void entry_init(struct traffic *traffic, struct client *client);

/* The node at which the request's next SYN arrives; of clients that enter somewhere. */
uint32_t entry_node(struct traffic *traffic, struct client *client, const struct request *request);

/* The node that stands for the program that sends the request, wherever its connection enters. */
uint32_t entry_home(const struct client *client, const struct request *request);

/* Whether the request goes through another node, whose machine is off. */
bool entry_is_lost(const struct traffic *traffic, const struct request *request);

/* Whether the program that sends it is gone with its node. */
bool entry_is_orphan(const struct traffic *traffic, const struct request *request);

#endif
