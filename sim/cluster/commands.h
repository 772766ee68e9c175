/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kubectl's verbs: writes that a person makes, stored at the instant of the call.
 */
#ifndef EPSIM_CLUSTER_COMMANDS_H
#define EPSIM_CLUSTER_COMMANDS_H

#include "cluster/model.h"

/* What tells one pod template from another: its content, its images, and how often it was restarted by command. */
uint64_t commands_template_key(const struct pod_spec *spec, uint64_t restart);

/* The deployment's pods are made from that template from now on, unless they are already. */
void commands_put_template(struct cluster *cluster, uint32_t deployment,
                           const struct pod_spec *pod_template, uint64_t key);

/* kubectl set image: `container` NULL means the only or first one, "*" all. False if there is no such container. */
bool commands_set_image(struct cluster *cluster, uint32_t deployment, const char *container,
                        const char *image);

/* kubectl rollout restart. */
void commands_restart(struct cluster *cluster, uint32_t deployment);

/* kubectl scale. */
void commands_scale_deployment(struct cluster *cluster, uint32_t deployment, uint32_t replicas);
void commands_scale_replica_set(struct cluster *cluster, uint32_t replica_set, uint32_t replicas);

/* kubectl label: sets and removes keys of a pod. */
void commands_label_pod(struct cluster *cluster, uint32_t pod, const struct label_set *set,
                        const char *const *remove, uint32_t remove_count);

/* The pod's labels and annotations become those of the spec; with has_status its phase and readiness too (a kubelet that
 * manages the pod writes its own with its next status). A new version is stored if that changes anything, or if is_touched:
 * something that is not modelled has changed. `spec` stays the caller's, for good. */
void commands_patch_pod(struct cluster *cluster, uint32_t pod, const struct pod_spec *spec,
                        bool has_status, bool is_touched);

/* Event: the status that a Pod was applied with is stored now. */
void commands_status_due(struct cluster *cluster, uint32_t pod);

/* Creates a deployment of the spec (not in the API yet), a pod. */
void commands_apply_deployment(struct cluster *cluster, uint32_t deployment);
void commands_apply_pod(struct cluster *cluster, const struct pod_spec *spec, enum cause cause);

/* Hand-written objects. */
void commands_apply_endpoints(struct cluster *cluster, const struct endpoints_spec *spec,
                              enum cause cause);
void commands_apply_slice(struct cluster *cluster, const struct slice_spec *spec);

/* At the start: a slice that the controller has made before, is_kept. */
void commands_keep_slice(struct cluster *cluster, const struct slice_spec *spec);
/* A Node object: labels and zone for the controllers. It brings no machine, kubelet or proxy that was not there at the
 * start. */
void commands_apply_node(struct cluster *cluster, const struct node_spec *spec);
void commands_delete_node(struct cluster *cluster, const char *name);

void commands_delete_slice(struct cluster *cluster, const char *ns, const char *name);
void commands_delete_endpoints(struct cluster *cluster, const char *ns, const char *name);

/* Services: a new spec, or NULL to delete. */
void commands_apply_service(struct cluster *cluster, const struct service_spec *spec,
                            enum cause cause);
void commands_delete_service(struct cluster *cluster, const char *ns, const char *name);

/* A host outside has other addresses from now on. */
void commands_set_host(struct cluster *cluster, const struct external_host_spec *spec);

/* default/kubernetes: the way to the API server, whose endpoints it writes itself. */
void commands_apply_kubernetes_service(struct cluster *cluster);

/* Standalone pods from a deployment's template, without its pod-template-hash. */
void commands_spawn(struct cluster *cluster, uint32_t deployment, uint32_t count);

/* Standalone pods from a spec given in place; `count` above 1 makes up names. */
void commands_spawn_spec(struct cluster *cluster, const struct pod_spec *spec, uint32_t count);

#endif
