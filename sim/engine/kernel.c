/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/kernel.h"

#define FIRST_SLOT_COUNT 256u

void kernel_init(struct kernel *kernel, struct arena *arena)
{
    *kernel = (struct kernel){
        .arena = arena, .list = event_list_new(arena), .free_slot = KERNEL_SLOT_NONE};
}

/* Doubles the pool; the lowest of the new slots are handed out first. */
void kernel_grow(struct kernel *kernel)
{
    const uint32_t old_capacity = kernel->pool_capacity;
    const uint32_t capacity = old_capacity == 0 ? FIRST_SLOT_COUNT : 2 * old_capacity;

    EP_REQUIRE(capacity <= EVENT_LIST_SLOT_MAX + 1u);
    EP_REQUIRE(kernel->next_sequence < UINT64_C(1) << (64 - EVENT_LIST_SLOT_BITS));
    ARENA_GROW(kernel->arena, kernel->pool, &kernel->pool_capacity, capacity);
    for (uint32_t slot = kernel->pool_capacity; slot-- > old_capacity;) {
        kernel->pool[slot].a = kernel->free_slot;
        kernel->free_slot = slot;
    }
}

sim_ns kernel_peek_ns(struct kernel *kernel)
{
    const struct event_entry *const earliest = event_list_peek(kernel->list, NS_NEVER);

    return earliest == NULL ? NS_NEVER : (sim_ns)earliest->at_ns;
}

uint32_t kernel_pending_count(const struct kernel *kernel)
{
    return (uint32_t)(kernel->next_sequence - kernel->executed_count);
}
