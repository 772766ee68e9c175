/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ages, times, labels, selectors, ports and endpoints in the words of kubectl. Texts are the arena's.
 * Source: apimachinery duration.HumanDuration, labels.FormatLabels, metav1.FormatLabelSelector; kubernetes
 * pkg/printers/internalversion and kubectl pkg/describe.
 */
#ifndef EPSIM_REPORT_KUBE_TEXT_H
#define EPSIM_REPORT_KUBE_TEXT_H

#include "cluster/snapshot.h"

/* "12s", "3m12s", "65m", "5h", "2d". */
const char *kube_text_age(struct arena *arena, sim_ns span_ns);

/* "2026-01-01T00:00:00Z" and "Thu, 01 Jan 2026 00:00:00 +0000"; epoch_s: Unix seconds of the simulation's zero. Whole
 * seconds, as the API keeps them. */
const char *kube_text_rfc3339(struct arena *arena, int64_t epoch_s, sim_ns at_ns);
/* With microseconds, as the API's MicroTime. */
const char *kube_text_micro_time(struct arena *arena, int64_t epoch_s, sim_ns at_ns);
const char *kube_text_rfc1123(struct arena *arena, int64_t epoch_s, sim_ns at_ns);

/* "app=kubia,tier=web"; "<none>". */
const char *kube_text_labels(struct arena *arena, const struct label_set *labels);
const char *kube_text_selector(struct arena *arena, const struct selector *selector);

/* "one,two" of both, `separator` between; `list` may be NULL: nothing yet. */
const char *kube_text_join(struct arena *arena, const char *list, const char *separator,
                           const char *item);

const char *kube_text_protocol(enum protocol protocol);

/* "8080", "http"; "25%", "1". */
const char *kube_text_port_ref(struct arena *arena, const struct port_ref *port);
const char *kube_text_amount(struct arena *arena, const struct int_or_percent *amount);

/* An Event's age: since it was first and last seen, in the resolution in which the API keeps it; what it is about
 * ("pod/kubia-x"); and who has posted it ("kubelet"). */
const char *kube_text_first_seen(struct arena *arena, sim_ns now_ns,
                                 const struct snapshot_event *event);
const char *kube_text_last_seen(struct arena *arena, sim_ns now_ns,
                                const struct snapshot_event *event);
const char *kube_text_event_object(struct arena *arena, const struct snapshot_event *event);

/* "ClusterIP", ... */
const char *kube_text_service_type(enum service_type type);

/* The part of Endpoints that `get` shows: "10.244.0.2:8080,10.244.1.2:8080 + 2 more...". */
const char *kube_text_endpoints(struct arena *arena, const struct snapshot_endpoints *endpoints);

/* Of one port, as `describe service` shows it from slices. */
const char *kube_text_slice_endpoints(struct arena *arena, const struct snapshot_slice *slices,
                                      uint32_t count, const char *port_name);

/* "http-get http://:8080 delay=0s timeout=1s period=10s #success=1 #failure=3" */
const char *kube_text_probe(struct arena *arena, const struct probe_spec *probe);

/* What `get pods` shows as STATUS. `minor`: of the version, 1.x. */
const char *kube_text_pod_status(struct arena *arena, const struct snapshot_pod *pod,
                                 uint32_t minor);

/* How many of its containers are ready, as far as the model tells containers apart: in a running pod that is not
 * ready, those without a readiness probe, if others have one. */
uint32_t kube_text_ready_count(const struct snapshot_pod *pod);
bool kube_text_is_container_ready(const struct snapshot_pod *pod, uint32_t container);

/* A Deployment's conditions, as its controller sets them from the same counts. */
bool kube_text_is_available(const struct snapshot_deployment *deployment);
const char *kube_text_progress_status(const struct snapshot_deployment *deployment);
const char *kube_text_progress_reason(const struct snapshot_deployment *deployment);

#endif
