/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What differs between versions of Kubernetes, in one table.
 */
#ifndef EPSIM_CLUSTER_VERSION_RULES_H
#define EPSIM_CLUSTER_VERSION_RULES_H

#include "cluster/model.h"

/* The rules of 1.<minor>, 20 <= minor <= 34. */
struct version_rules version_rules_of(uint32_t minor);

/*
 * What --feature-gates make of 1.<minor>'s rules: EndpointSliceTerminatingCondition, IPv6DualStack, TopologyAwareHints
 * (there since 1.21), ServiceTrafficDistribution (1.30), PreferSameTrafficDistribution (1.33). A gate counts for proxies
 * too, and switches even what a release has made final.
 */
void version_rules_set_gates(struct version_rules *rules, uint32_t minor,
                             const struct controller_manager_spec *spec);

#endif
