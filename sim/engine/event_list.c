/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Slow paths of the future event list; its picture is in event_list_inline.h.
 */
#include "engine/event_list.h"

#include <string.h>

#include "base/error.h"
#include "engine/event_list_inline.h"

#define CHUNKS_PER_BLOCK 64u
/* A refill of the bottom goes on over the following slots until it has so many. */
#define REFILL_MIN_ENTRIES 16u
/* A longer bottom is cut; this many stay. Insertions move half of it, so it must stay short. */
#define BOTTOM_LONG_ENTRIES 64u
#define BOTTOM_KEPT_ENTRIES 16u
/* A refill starts below REFILL_MIN_ENTRIES and adds at most two chunks. */
_Static_assert(REFILL_MIN_ENTRIES + 2 * EVENT_LIST_CHUNK_ENTRIES < BOTTOM_LONG_ENTRIES,
               "refills are short");

struct event_list *event_list_new(struct arena *arena)
{
    struct event_list *list = ARENA_NEW(arena, struct event_list);

    list->arena = arena;
    list->bottom_end_ns = UINT64_MAX; /* a short list is all bottom */
    return list;
}

static void add_free_chunks(struct event_list *list)
{
    char *const block =
        arena_alloc(list->arena, (CHUNKS_PER_BLOCK + 1) * sizeof(struct event_chunk));
    const size_t skip = EVENT_LIST_CHUNK_BYTES - (uintptr_t)block % EVENT_LIST_CHUNK_BYTES;
    struct event_chunk *const chunks = (struct event_chunk *)(void *)(block + skip);

    for (unsigned i = 0; i < CHUNKS_PER_BLOCK; i++)
        chunks[i].next = i + 1 < CHUNKS_PER_BLOCK ? &chunks[i + 1] : NULL;
    list->free_chunks = chunks;
}

/* The chunk that `write` points into or just behind. */
static struct event_chunk *chunk_of(struct event_entry *write)
{
    char *const last_byte = (char *)write - 1;

    return (struct event_chunk *)(void *)(last_byte -
                                          (uintptr_t)last_byte % EVENT_LIST_CHUNK_BYTES);
}

/* First place for an entry in a slot that has no chunk or whose last one is full. */
struct event_entry *event_list_add_chunk(struct event_list *list, unsigned level, unsigned slot)
{
    struct event_entry *const write = list->write[level][slot];

    if (list->free_chunks == NULL)
        add_free_chunks(list);

    struct event_chunk *const chunk = list->free_chunks;

    list->free_chunks = chunk->next;
    if (write == NULL) {
        chunk->next = chunk;
        return chunk->entries;
    }

    struct event_chunk *const last = chunk_of(write);

    chunk->next = last->next;
    last->next = chunk;
    return chunk->entries;
}

/* The first used slot of a level; if none, EVENT_LIST_SLOT_COUNT, and the level is unused too. */
static unsigned first_slot(struct event_list *list, unsigned level)
{
    for (unsigned word = 0; word < EVENT_LIST_SLOT_COUNT / 64; word++) {
        const uint64_t used = list->used_slots[level][word];

        if (used != 0)
            return word * 64 + (unsigned)__builtin_ctzll(used);
    }
    list->used_levels &= ~(1u << level);
    return EVENT_LIST_SLOT_COUNT;
}

/* The instant at which a slot begins; slot EVENT_LIST_SLOT_COUNT is the end of the level. */
static uint64_t slot_start_ns(const struct event_list *list, unsigned level, unsigned slot)
{
    const unsigned shift = EVENT_LIST_DIGIT_BITS * level;
    const uint64_t above = list->reference_ns >> shift >> EVENT_LIST_DIGIT_BITS;

    return ((above << EVENT_LIST_DIGIT_BITS) + slot) << shift;
}

/* A slot's list cut open: its first chunk (the last one's `next` is NULL) and the end of its
 * entries. */
struct chain {
    struct event_chunk *chunk;
    const struct event_entry *end;
};

static bool is_used(const struct event_list *list, unsigned level, unsigned slot)
{
    return (list->used_slots[level][slot / 64] >> slot % 64 & 1) != 0;
}

static void mark_empty(struct event_list *list, unsigned level, unsigned slot)
{
    list->used_slots[level][slot / 64] &= ~(UINT64_C(1) << slot % 64);
}

static void free_chunk(struct event_list *list, struct event_chunk *chunk)
{
    chunk->next = list->free_chunks;
    list->free_chunks = chunk;
}

static struct chain detach(struct event_list *list, unsigned level, unsigned slot)
{
    struct event_entry *const write = list->write[level][slot];
    struct event_chunk *const last = chunk_of(write);
    const struct chain chain = {last->next, write};

    last->next = NULL;
    list->write[level][slot] = NULL;
    mark_empty(list, level, slot);
    return chain;
}

/* Entries of the chain's first chunk. */
static unsigned chunk_entry_count(struct chain chain)
{
    return chain.chunk->next == NULL ? (unsigned)(chain.end - chain.chunk->entries)
                                     : EVENT_LIST_CHUNK_ENTRIES;
}

/* Puts a slot's entries into the levels again, after the reference has moved. */
static void spread(struct event_list *list, struct chain chain)
{
    while (chain.chunk != NULL) {
        const unsigned count = chunk_entry_count(chain);

        __builtin_prefetch(chain.chunk->next);
        for (unsigned i = 0; i < count; i++)
            event_list_put(list, chain.chunk->entries[i]);

        struct event_chunk *const done = chain.chunk;

        chain.chunk = done->next;
        free_chunk(list, done);
    }
}

/*
 * Sorts an entry into start[0 .. to - start), behind its equals; `to` is free. The entry comes by
 * halves: compilers join a struct on the stack, and reading it back as a whole stalls.
 */
static inline void insert_sorted(const struct event_entry *start, struct event_entry *to,
                                 uint64_t at_ns, uint64_t order)
{
    while (to > start && to[-1].at_ns > at_ns) {
        *to = to[-1];
        to--;
    }
    to->at_ns = at_ns;
    to->order = order;
}

/*
 * Sorts bottom[at], with all before it sorted. Nearly all are at most one place from where they
 * belong, and whether they are is more than processors can guess: that step is taken without a jump.
 */
static inline void sort_in(struct event_entry *bottom, uint32_t at)
{
    const struct event_entry before = bottom[at - 1];
    const struct event_entry entry = bottom[at];
    const uint64_t mask = -(uint64_t)(before.at_ns > entry.at_ns);
    const uint64_t swap_at_ns = (before.at_ns ^ entry.at_ns) & mask;
    const uint64_t swap_order = (before.order ^ entry.order) & mask;

    bottom[at] = (struct event_entry){entry.at_ns ^ swap_at_ns, entry.order ^ swap_order};
    insert_sorted(bottom, bottom + at - 1, before.at_ns ^ swap_at_ns, before.order ^ swap_order);
}

/*
 * Appends entries to the bottom, unsorted. Copies fixed lengths and then counts: most slots hold an
 * entry or two, and a loop over them would be one mispredicted jump a slot.
 */
static inline void append_to_bottom(struct event_list *list, const struct event_entry *from,
                                    uint32_t count)
{
    enum {
        FEW = 4
    };
    struct event_entry *const to = list->bottom + list->last;

    memcpy(to, from, FEW * sizeof *to);
    if (EP_UNLIKELY(count > FEW))
        memcpy(to + FEW, from + FEW, (EVENT_LIST_CHUNK_ENTRIES - FEW) * sizeof *to);
    list->last += count;
}

/* Moves a short slot's entries to the bottom. It keeps its last chunk. */
static inline void take_slot(struct event_list *list, unsigned level, unsigned slot)
{
    const struct event_entry *const write = list->write[level][slot];
    struct event_chunk *const last = chunk_of(list->write[level][slot]);
    struct event_chunk *const first = last->next;

    if (EP_UNLIKELY(first != last)) {
        append_to_bottom(list, first->entries, EVENT_LIST_CHUNK_ENTRIES);
        free_chunk(list, first);
        last->next = last;
    }
    append_to_bottom(list, last->entries, (uint32_t)(write - last->entries));
    list->write[level][slot] = last->entries;
    mark_empty(list, level, slot);
}

/* At most two chunks. */
static bool is_short(const struct event_list *list, unsigned level, unsigned slot)
{
    const struct event_chunk *const last = chunk_of(list->write[level][slot]);

    return last->next->next == last;
}

/* Fills the bottom from the short slots at the beginning of the lowest level in use. */
static void take_short_slots(struct event_list *list, unsigned level, unsigned slot)
{
    do {
        take_slot(list, level, slot);
        slot = first_slot(list, level);
    } while (list->last < REFILL_MIN_ENTRIES && slot < EVENT_LIST_SLOT_COUNT &&
             is_short(list, level, slot));
    for (uint32_t i = 1; i < list->last; i++)
        sort_in(list->bottom, i);
    /* Nothing lies between here and the next slot in use, or the end of this level. */
    list->bottom_end_ns = list->used_levels == 0 ? UINT64_MAX : slot_start_ns(list, level, slot);
}

/* Takes the first chunk of a long 1 ns slot, which is in order; the rest stays, and what is pushed
 * queues behind. */
static void take_chunk_of_instant(struct event_list *list, unsigned slot)
{
    struct event_chunk *const last = chunk_of(list->write[0][slot]);
    struct event_chunk *const chunk = last->next;

    memcpy(list->bottom, chunk->entries, sizeof chunk->entries);
    list->last = EVENT_LIST_CHUNK_ENTRIES;
    list->bottom_end_ns = slot_start_ns(list, 0, slot);
    last->next = chunk->next;
    free_chunk(list, chunk);
}

/*
 * Fills the empty bottom with the earliest entries; false if there are none, or if they are clearly
 * later than until_ns (then nothing changes, and the reference stays where it is).
 */
bool event_list_refill(struct event_list *list, sim_ns until_ns)
{
    while (list->used_levels != 0) {
        const unsigned level = (unsigned)__builtin_ctz(list->used_levels);
        const unsigned slot = first_slot(list, level);
        const uint64_t start_ns = slot_start_ns(list, level, slot);

        if (slot == EVENT_LIST_SLOT_COUNT)
            continue;
        if ((sim_ns)start_ns > until_ns)
            return false;
        list->first = list->last = 0;
        list->reference_ns = list->bottom_end_ns = start_ns;
        if (is_short(list, level, slot)) {
            take_short_slots(list, level, slot);
            return true;
        }
        if (level == 0) {
            take_chunk_of_instant(list, slot);
            return true;
        }
        spread(list, detach(list, level, slot));
    }
    list->first = list->last = 0;
    list->bottom_end_ns = UINT64_MAX;
    return false;
}

/*
 * Moves the reference back to new_ns, before where it is: entries below the level of the change
 * share the changed digit and all gather in its slot.
 */
static void lower_reference(struct event_list *list, uint64_t new_ns)
{
    const unsigned highest_bit = 63u - (unsigned)__builtin_clzll(list->reference_ns ^ new_ns);
    const unsigned top_level = highest_bit / EVENT_LIST_DIGIT_BITS;

    list->reference_ns = new_ns;
    for (unsigned level = 0; level < top_level; level++) {
        for (unsigned slot; (slot = first_slot(list, level)) < EVENT_LIST_SLOT_COUNT;)
            spread(list, detach(list, level, slot));
    }
}

/* Puts all but the earliest entries of a long bottom back into the levels. */
static void cut_bottom(struct event_list *list)
{
    const uint64_t new_end_ns = list->bottom[list->first + BOTTOM_KEPT_ENTRIES].at_ns;
    const unsigned instant = (unsigned)(list->reference_ns % EVENT_LIST_SLOT_COUNT);
    struct chain equals = {0};

    /* Only the slot of the reference's own instant may hold equals of the bottom's entries: they
     * queue behind. */
    if (is_used(list, 0, instant))
        equals = detach(list, 0, instant);
    if (new_end_ns < list->reference_ns)
        lower_reference(list, new_end_ns);
    list->reference_ns = list->bottom_end_ns = new_end_ns;
    for (uint32_t i = list->first + BOTTOM_KEPT_ENTRIES; i < list->last; i++)
        event_list_put(list, list->bottom[i]);
    list->last = list->first + BOTTOM_KEPT_ENTRIES;
    spread(list, equals);
}

/* Called when the bottom has reached the end of its array. */
static __attribute__((noinline)) void make_room(struct event_list *list)
{
    if (list->last - list->first > BOTTOM_LONG_ENTRIES)
        cut_bottom(list);

    const uint32_t count = list->last - list->first;

    memmove(list->bottom, list->bottom + list->first, count * sizeof list->bottom[0]);
    list->first = 0;
    list->last = count;
}

/* Sorts an entry into the bottom, behind its equals. */
void event_list_insert(struct event_list *list, uint64_t at_ns, uint64_t order)
{
    insert_sorted(list->bottom + list->first, list->bottom + list->last, at_ns, order);
    list->last++;
    if (EP_UNLIKELY(list->last == EVENT_LIST_BOTTOM_ENTRIES))
        make_room(list);
}
