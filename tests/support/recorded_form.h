/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Endpoints and slices in one short form, whoever wrote them: what is random, or a point in time, is left out or made a
 * word; what the API may say in two ways (no list, an empty list) is said in one; an address with all that is said of it
 * is one line.
 *
 *   Endpoints  {name, labels, annotations, subsets: [{ready: [LINE], notReady: [LINE], ports: [PORT]}]}
 *   a slice    {name, of, by, type, owner, labels, annotations, ports: [PORT], endpoints: [LINE]}
 *   LINE       10.1.0.1 ready serving live pod/p1 on node-a zone zone-1
 *   PORT       http:8080/TCP
 */
#ifndef EPSIM_TESTS_RECORDED_FORM_H
#define EPSIM_TESTS_RECORDED_FORM_H

#include <jansson.h>
#include <stdbool.h>

/* The forms of API objects of namespace `ns`; new references. Lines are in the order of their IPs as strings, those of
 * one IP by pod (UIDs decide in reality); Endpoints that are not in that order keep theirs. */
json_t *recorded_form_endpoints(const json_t *object, const char *ns);
json_t *recorded_form_slice(const json_t *object, const char *ns);

/* Slices that differ in nothing but their endpoints as one: {of, by, ..., sizes: [N], endpoints: [LINE]}. A new list. */
json_t *recorded_form_pooled(const json_t *slices);

/* Lines of the pods that create_pods makes, in runs: "* p 0..99 @ ready pod/@ on node-@"; and back. New references; whatever
 * else is in the value stays as it is. */
json_t *recorded_form_fold(json_t *value);
json_t *recorded_form_unfold(json_t *value);

/* A copy of a list in the order of its items' text. */
json_t *recorded_form_sorted(const json_t *list);

/* The pod of a line, into `name`; false if there is none. */
bool recorded_form_pod(const char *line, char name[128]);

/* The string at that key, "" if there is none. */
const char *recorded_form_text(const json_t *object, const char *key);

#endif
