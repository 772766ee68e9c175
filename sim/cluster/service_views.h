/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Services by name, and the versions that readers of their log see. A name that somebody asks for has an entry, whether
 * a Service of that name exists or not.
 */
#ifndef EPSIM_CLUSTER_SERVICE_VIEWS_H
#define EPSIM_CLUSTER_SERVICE_VIEWS_H

#include "cluster/model.h"

/* The entry of that name, made if there is none; its spec is then one that selects nothing, and it does not exist. */
uint32_t service_views_obtain(struct cluster *cluster, const char *ns, const char *name);

/* The controllers' informer shows that spec from now on, NULL: no Service. */
void service_views_see(struct cluster *cluster, uint32_t service, const struct service_spec *spec);

/* Stores a new version now (NULL: it is deleted), and its place in the log. */
void service_views_store(struct cluster *cluster, uint32_t service,
                         const struct service_spec *spec);

/* What a reader that has the service log up to `position` sees: NULL if it does not exist for it. */
const struct service_spec *service_views_at(const struct service *service, uint64_t position);

/* The same with all that is known of the version; NULL: none so far. */
struct service_version *service_views_version(const struct service *service, uint64_t position);

/* Whether kube-proxy's watches show it and it has a ClusterIP: not headless, no ExternalName, and no label
 * service.kubernetes.io/service-proxy-name. */
bool service_views_is_proxied(const struct service_spec *spec);

/* ClusterIP "None". */
bool service_views_is_headless(const struct service_spec *spec);

/* The Service's port of that number, NULL if it has none. */
const struct service_port *service_views_port(const struct service_spec *spec, uint16_t port);

/* Whether the service selects the pod, both as the controllers see them. */
bool service_views_selects(const struct cluster *cluster, const struct service *service,
                           const struct pod *pod);

#endif
