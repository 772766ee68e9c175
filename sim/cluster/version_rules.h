/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What differs between versions of Kubernetes, in one table.
 */
#ifndef EPSIM_CLUSTER_VERSION_RULES_H
#define EPSIM_CLUSTER_VERSION_RULES_H

#include "cluster/model.h"

/* The rules of 1.<minor>, 20 <= minor <= 34. */
struct version_rules version_rules_of(uint32_t minor);

/* --feature-gates that the rules turn on: EndpointSliceTerminatingCondition (from 1.20 on), IPv6DualStack. */
void version_rules_set_gates(struct version_rules *rules,
                             const struct controller_manager_spec *spec);

#endif
