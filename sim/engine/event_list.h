/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The future event list: what is to happen, earliest first, equal times in the order of their
 * sequence numbers.
 *
 * An entry is 16 bytes: the time, and (sequence << 24 | slot). The structure is hidden behind this
 * header: a better one is one file's work. Times must never lie before the last entry popped (the
 * list is monotone).
 */
#ifndef EPSIM_ENGINE_EVENT_LIST_H
#define EPSIM_ENGINE_EVENT_LIST_H

#include "base/arena.h"

#include <stdbool.h>

#define EVENT_LIST_SLOT_BITS 24u
#define EVENT_LIST_SLOT_MAX ((1u << EVENT_LIST_SLOT_BITS) - 1u)

struct event_entry {
    uint64_t at_ns;
    uint64_t order; /* sequence << EVENT_LIST_SLOT_BITS | slot */
};

struct
    event_list; /* layout, push, peek and pop: event_list_inline.h, for kernel and benches only */

/* An empty list. Frees with its arena. */
struct event_list *event_list_new(struct arena *arena);

#endif
