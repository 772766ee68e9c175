/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Objects as the API serves them: Kubernetes' fields and names, empty ones left out as its encoder does.
 */
#ifndef EPSIM_REPORT_KUBE_DOC_H
#define EPSIM_REPORT_KUBE_DOC_H

#include "report/doc.h"
#include "report/kube_table.h"

/* One object. */
struct doc *kube_doc_of(struct arena *arena, const struct kube_view *view,
                        const struct kube_object *object);

/* Its apiVersion, kind and metadata. */
struct doc *kube_doc_head(struct arena *arena, const struct kube_view *view,
                          const struct kube_object *object);

/* `kind: List` of them. */
struct doc *kube_doc_list(struct arena *arena, const struct kube_view *view,
                          const struct kube_object *objects, uint32_t count);

/* "v1", "apps/v1" in that version of Kubernetes. */
const char *kube_doc_api_version(struct arena *arena, const struct kube_kind *kind, uint32_t minor);

/* The spec and status of pods and of what makes pods, for kube_doc_of. */
void kube_doc_pod(struct doc *doc, struct arena *arena, const struct kube_view *view,
                  const struct snapshot_pod *pod);
void kube_doc_deployment(struct doc *doc, struct arena *arena,
                         const struct snapshot_deployment *deployment);
void kube_doc_replica_set(struct doc *doc, struct arena *arena,
                          const struct snapshot_replica_set *set);

/* The object's annotations with the trigger time that it has among them. */
struct label_set kube_doc_annotations(struct arena *arena, const struct kube_view *view,
                                      const struct snapshot_meta *meta);

/* ipFamilyPolicy as given; else what the API server makes of the families. */
const char *kube_doc_family_policy(const struct snapshot_service *service);

/* Labels and such; nothing if there are none. */
void kube_doc_labels(struct doc *doc, const char *key, const struct label_set *labels);

#endif
