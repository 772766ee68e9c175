/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A connection comes about, or does not: the pick on the client's node, SYNs, and what they find.
 *
 * Where somebody listens at the pick, nothing but the end of that program can keep the SYN from
 * being answered, and programs know their connections: exchange_recall finds those whose SYN has
 * not arrived by then. So the SYN needs no event of its own.
 */
#ifndef EPSIM_TRAFFIC_CONNECTION_H
#define EPSIM_TRAFFIC_CONNECTION_H

#include "engine/kernel.h"

struct traffic;

/* Event: the name is resolved, or the SYN is sent again and the node looks at its table afresh. */
void connection_pick(struct traffic *traffic, const struct event *ev);

/* Event: a SYN reaches the pod's address. */
void connection_syn(struct traffic *traffic, const struct event *ev);

#endif
