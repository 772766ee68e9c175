/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/dns_pods.h"

#include <string.h>

#include "cluster/dns.h"
#include "cluster/names.h"

static const struct pod_spec nobody = {.restart_policy = "Always"};

static bool is_own_namespace(const char *ns)
{
    static const char *const names[] = {"default", "kube-system", "kube-public", "kube-node-lease"};

    for (size_t i = 0; i < EP_COUNT_OF(names); i++) {
        if (strcmp(ns, names[i]) == 0)
            return true;
    }
    return false;
}

static bool has_namespace(const struct cluster *cluster, const char *ns)
{
    if (is_own_namespace(ns))
        return true;
    for (uint32_t i = 0; i < cluster->service_count; i++) {
        if (cluster->services[i].exists && strcmp(cluster->services[i].ns, ns) == 0)
            return true;
    }
    for (uint32_t i = 0; i < cluster->pod_count; i++) {
        if (cluster->pods[i]->stored.exists && strcmp(cluster->pods[i]->ns, ns) == 0)
            return true;
    }
    return false;
}

static bool has_ip(const struct pod *p, const char *ip)
{
    if (p->addresses == NULL)
        return p->ip_text != NULL && strcmp(p->ip_text, ip) == 0;
    for (uint32_t i = 0; i < p->addresses->count; i++) {
        if (strcmp(p->addresses->ips[i], ip) == 0)
            return true;
    }
    return false;
}

bool dns_pods_has(const struct cluster *cluster, const struct dns_name *name)
{
    if (name->ip == NULL || cluster->spec->dns.pods == DNS_PODS_DISABLED ||
        !has_namespace(cluster, name->ns))
        return false;
    if (cluster->spec->dns.pods == DNS_PODS_INSECURE)
        return true;
    for (uint32_t i = 0; i < cluster->pod_count; i++) {
        const struct pod *p = cluster->pods[i];

        if (p->stored.exists && p->stored.has_ip && strcmp(p->ns, name->ns) == 0 &&
            has_ip(p, name->ip))
            return true;
    }
    return false;
}

/* Whether packets reach it: as cluster_pod_has_address. */
static bool is_reached(const struct pod *p)
{
    return p->kubelet_state != KUBELET_NONE && p->kubelet_state != KUBELET_STARTING &&
           p->kubelet_state != KUBELET_GONE && p->kubelet_state != KUBELET_LOST;
}

uint32_t dns_pods_find(struct cluster *cluster, const char *ip)
{
    uint32_t found = ID_NONE;

    for (uint32_t i = 0; i < cluster->pod_count; i++) {
        if (!has_ip(cluster->pods[i], ip))
            continue;
        found = i;
        if (is_reached(cluster->pods[i]))
            return i;
    }
    if (found != ID_NONE)
        return found;
    found = names_new_named_pod(cluster, "", ip, &nobody);
    cluster->pods[found]->name = ip;
    cluster->pods[found]->ip_text = ip;
    cluster->pods[found]->kubelet_state = KUBELET_GONE;
    model_tell_pod_state(cluster, found, POD_STATE_EXTERNAL);
    return found;
}
