/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the readers of timeline verbs share: the entry that is being read, its targets, its label.
 */
#ifndef EPSIM_SCENARIO_LOAD_ENTRY_H
#define EPSIM_SCENARIO_LOAD_ENTRY_H

#include "scenario/load.h"

/* An entry while it is read. */
struct entry_reader {
    struct load *load;
    const struct item *map; /* of the verb */
    struct path path;       /* of the verb */
    uint32_t index;         /* of the entry */
    bool has_refused;       /* something in it was refused already */
    struct timeline_entry *entry;
};

/* At the verb's key, or at the verb if it has no such key (or key is NULL). */
void load_entry_refuse(const struct entry_reader *reader, const char *key, const char *message);

/* False, and reported, if the verb lacks the key. */
bool load_entry_require(struct entry_reader *reader, const char *key, const char *expected);

/* "deployment/kubia" at `key`; `kinds` are those that the verb can act on. */
void load_entry_target(struct entry_reader *reader, const char *key, const char *kinds);

/* The same for a text from elsewhere; messages are at `key`, or at the verb if it is NULL. */
void load_entry_object(struct entry_reader *reader, const char *key, const char *text,
                       const char *kinds);

/* Pods by selector, or one of `kinds` by name; `number_key` has the mode's number. */
void load_entry_pods(struct entry_reader *reader, const char *kinds, const char *number_key);

/* Whether `target` is a process of the control plane (load_components.c): "apiserver", "component/scheduler", ... Sets the
 * entry's components and label, or reports an unknown component. */
bool load_entry_component(struct entry_reader *reader, const char *verb);

/* "one app=kubia", "pod/kubia-x"; and of a target alone, "" if there is none. */
const char *load_entry_pods_text(const struct entry_reader *reader);
const char *load_entry_target_text(const struct entry_reader *reader);

/* The entry's label: the verb and what it acts on. */
void load_entry_label(struct entry_reader *reader, const char *verb, const char *what);

/* --- the verbs, by file --- */

/* load_verbs.c */
void load_verb_set(struct entry_reader *reader);
void load_verb_scale(struct entry_reader *reader);
void load_verb_rollout(struct entry_reader *reader);
void load_verb_spawn(struct entry_reader *reader);
void load_verb_kill(struct entry_reader *reader);
void load_verb_label(struct entry_reader *reader);
void load_verb_annotate(struct entry_reader *reader);

/* load_faults.c */
void load_verb_cordon(struct entry_reader *reader);
void load_verb_uncordon(struct entry_reader *reader);
void load_verb_drain(struct entry_reader *reader);
void load_verb_crash(struct entry_reader *reader);
void load_verb_ready(struct entry_reader *reader);
void load_verb_fail(struct entry_reader *reader);
void load_verb_partition(struct entry_reader *reader);
void load_verb_slow(struct entry_reader *reader);
void load_verb_expect(struct entry_reader *reader);

/* load_object_verbs.c: what they do to objects is worked out once all entries are read */
void load_verb_apply(struct entry_reader *reader);
void load_verb_patch(struct entry_reader *reader);
void load_verb_delete(struct entry_reader *reader);

/* Reads the objects that apply names, before the entries, so that these may act on them. */
void load_applied_objects(struct load *load, const struct item *list, const struct path *path);

/* load_immutable.c: reports what the API server would not let an update of the object change, at its place in `source` (the
 * patch, or the new tree). */
void load_check_immutable(struct load *load, const struct object *before,
                          const struct object *after, const struct item *source);

/* The same for a patch of a pod that controllers make: what it was is not known, but most of a pod's spec is fixed. */
void load_check_pod_patch(struct load *load, const struct object *object, const struct item *patch);

/* Goes through the entries in the order of their times and types what apply and patch make. */
void load_changes(struct load *load, const struct item *list, const struct path *path,
                  struct timeline_entry *entries);

#endif
