/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The hot path of the kernel. Included by kernel.h only.
 */
#ifndef EPSIM_ENGINE_KERNEL_INLINE_H
#define EPSIM_ENGINE_KERNEL_INLINE_H

#include "base/error.h"
#include "engine/event_list_inline.h"
#include "engine/kernel.h"

/* So many entries ahead, an event's data is asked for: about as long as memory takes to answer. */
#define KERNEL_PREFETCH_AHEAD 4u

/* And so many ahead, what the data is about: by then it has come. */
#define KERNEL_AHEAD 1u

#define KERNEL_SLOT_NONE UINT32_MAX

/* Makes more slots, in kernel.c. */
void kernel_grow(struct kernel *kernel);

static inline void kernel_schedule(struct kernel *kernel, sim_ns at_ns, struct event ev)
{
    EP_REQUIRE(at_ns >= kernel->now_ns);
    if (EP_UNLIKELY(kernel->free_slot == KERNEL_SLOT_NONE))
        kernel_grow(kernel);

    const uint32_t slot = kernel->free_slot;
    const uint64_t order = kernel->next_sequence++ << EVENT_LIST_SLOT_BITS | slot;

    kernel->free_slot = kernel->pool[slot].a;
    kernel->pool[slot] = ev;
    event_list_push(kernel->list, (struct event_entry){(uint64_t)at_ns, order});
}

/* The data of an event that will run soon, most likely; of some other one where few are waiting. */
static inline const struct event *kernel_ahead(const struct kernel *kernel)
{
    const struct event_list *const list = kernel->list;
    const uint32_t ahead = (list->first + KERNEL_AHEAD) % EVENT_LIST_BOTTOM_ENTRIES;

    return &kernel->pool[list->bottom[ahead].order & EVENT_LIST_SLOT_MAX];
}

static inline bool kernel_next(struct kernel *kernel, sim_ns until_ns, struct event *ev)
{
    struct event_list *const list = kernel->list;

    if (event_list_peek(list, until_ns) == NULL)
        return false;

    const struct event_entry entry = event_list_pop(list);
    const uint32_t slot = (uint32_t)entry.order & EVENT_LIST_SLOT_MAX;
    /* behind the last entry there is a stale one: asking for its data harms nobody */
    const uint32_t ahead = (list->first + KERNEL_PREFETCH_AHEAD - 1) % EVENT_LIST_BOTTOM_ENTRIES;

    __builtin_prefetch(&kernel->pool[list->bottom[ahead].order & EVENT_LIST_SLOT_MAX]);
    *ev = kernel->pool[slot];
    kernel->pool[slot].a = kernel->free_slot;
    kernel->free_slot = slot;
    kernel->now_ns = (sim_ns)entry.at_ns;
    kernel->executed_count++;
    return true;
}

#endif
