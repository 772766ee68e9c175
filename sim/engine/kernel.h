/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The kernel: a clock, the future event list and a pool of typed events.
 *
 * Usage:  while (kernel_next(k, until_ns, &ev)) dispatch(world, &ev);
 * Events at one instant come in the order in which they were scheduled. There is no cancel: an
 * event that has become stale carries a generation in `b` or `flag` that its handler compares.
 */
#ifndef EPSIM_ENGINE_KERNEL_H
#define EPSIM_ENGINE_KERNEL_H

#include "engine/event_list.h"

/* What happens: 16 bytes of plain data. `kind` comes from the layers' event tables. */
struct event {
    uint16_t kind;
    uint16_t flag;
    uint32_t a; /* usually the entity */
    uint64_t b; /* usually a generation or a second entity */
};

struct kernel {
    sim_ns now_ns;
    struct event_list *list;
    struct event *pool; /* by slot; in a free one, `a` is the next free one */
    uint32_t free_slot;
    uint32_t pool_capacity;
    uint64_t next_sequence;  /* events ever scheduled */
    uint64_t executed_count; /* events taken */
    struct arena *arena;
};

/* now = 0, nothing pending. Memory is the arena's. */
void kernel_init(struct kernel *kernel, struct arena *arena);

/* Schedules `ev` at at_ns >= now. */
static inline void kernel_schedule(struct kernel *kernel, sim_ns at_ns, struct event ev);

/* Takes the earliest event if it is due by until_ns, sets the clock to it and returns true; else
 * leaves all as it is. */
static inline bool kernel_next(struct kernel *kernel, sim_ns until_ns, struct event *ev);

/* The instant of the earliest pending event, NS_NEVER if none. */
sim_ns kernel_peek_ns(struct kernel *kernel);

uint32_t kernel_pending_count(const struct kernel *kernel);

#include "engine/kernel_inline.h"

#endif
