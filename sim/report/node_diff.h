/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where a node's kube-proxy believes something else than the API's EndpointSlices say.
 */
#ifndef EPSIM_REPORT_NODE_DIFF_H
#define EPSIM_REPORT_NODE_DIFF_H

#include "base/out.h"
#include "cluster/snapshot.h"

/* A table, a row an address that differs, by namespace, service and address; nothing if there is none. Returns the number
 * of rows. Headless and ExternalName services are none of a proxy's business and left out. */
uint32_t node_diff_write(struct out *out, const struct cluster *cluster, uint32_t node);

#endif
