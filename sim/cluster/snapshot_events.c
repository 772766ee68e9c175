/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Events as their recorders write them, from the posts of the run: equal ones are counted, many alike combined, and what
 * is too much about one object is left out.
 * Source: client-go tools/record/events_cache.go (the older API: aggregator, logger, spam filter), tools/events (the
 * newer one: series).
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "cluster/event_book.h"
#include "cluster/event_words.h"
#include "cluster/snapshot.h"
#include "cluster/snapshot_build.h"

#define ALIKE_MAX 10U                   /* defaultAggregateMaxEvents */
#define ALIKE_SPAN_NS (600 * NS_PER_S)  /* defaultAggregateIntervalInSeconds */
#define SPAM_BURST 25.0                 /* defaultSpamBurst */
#define SPAM_REFILL_NS (300 * NS_PER_S) /* one for each, defaultSpamQPS */
#define SERIES_SPAN_NS (6 * NS_PER_MIN) /* finishTime */
#define TTL_NS NS_PER_HOUR              /* kube-apiserver --event-ttl */

/* One occurrence of a post. */
struct occurrence {
    sim_ns at_ns;
    uint32_t post;
};

/* What a recorder remembers under a key: of an Event, of those alike, of an object. */
struct memory {
    uint64_t key;
    uint32_t event; /* that it has written last, as it would write it next */
    sim_ns last_ns;
    double tokens;
    uint64_t alike[ALIKE_MAX]; /* hashes of messages */
    uint32_t alike_count;
    bool is_used;
};

/* Keys to memories; a power of two of them. */
struct memories {
    struct memory *slots;
    uint32_t capacity;
    uint32_t count;
};

struct recording {
    struct arena *arena;
    const struct cluster *cluster;
    struct memories logged;        /* by all that makes Events equal */
    struct memories alike;         /* by all but the message */
    struct memories spam;          /* by component and object */
    struct snapshot_event *events; /* as the recorders have them */
    uint32_t event_count;
    uint32_t event_capacity;
    /* What has been written, in order. */
    struct snapshot_event *written;
    sim_ns *times_ns;
    uint32_t *written_events;
    uint32_t written_count;
    uint32_t written_capacity;
    uint32_t times_capacity;
    uint32_t written_events_capacity;
};

static struct memory *place_of(struct memories *memories, uint64_t key)
{
    uint32_t at = (uint32_t)key & (memories->capacity - 1);

    while (memories->slots[at].is_used && memories->slots[at].key != key)
        at = (at + 1) & (memories->capacity - 1);
    return &memories->slots[at];
}

/* The memory under the key; good until the next call. `is_new` tells whether there was none. */
static struct memory *recall(struct arena *arena, struct memories *memories, uint64_t key,
                             bool *is_new)
{
    struct memory *found;

    if (2 * (memories->count + 1) > memories->capacity) {
        struct memories larger = {.capacity = memories->capacity == 0 ? 64 : 2 * memories->capacity,
                                  .count = memories->count};
        larger.slots = ARENA_NEW_ARRAY(arena, larger.capacity, struct memory);
        for (uint32_t i = 0; i < memories->capacity; i++) {
            if (memories->slots[i].is_used)
                *place_of(&larger, memories->slots[i].key) = memories->slots[i];
        }
        *memories = larger;
    }
    found = place_of(memories, key);
    *is_new = !found->is_used;
    if (*is_new) {
        *found = (struct memory){.key = key, .is_used = true};
        memories->count++;
    }
    return found;
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
    return hash_combine(hash, text == NULL ? 0 : hash_string(text));
}

/* Who posts, about what. */
static uint64_t object_key(const struct snapshot_event *ev)
{
    uint64_t key = hash_text(hash_text(1, ev->component), ev->host);

    key = hash_text(hash_text(key, ev->about_kind), ev->about_ns);
    return hash_text(hash_text(key, ev->about_name), ev->about_uid);
}

static uint64_t alike_key(const struct snapshot_event *ev)
{
    return hash_text(hash_text(object_key(ev), ev->reason), ev->is_warning ? "Warning" : "Normal");
}

/* Whether an Event that began about then has the name already. */
static bool is_taken(const struct recording *r, uint64_t hash, sim_ns at_ns)
{
    for (uint32_t i = r->event_count; i > 0 && r->events[i - 1].first_ns + NS_PER_US >= at_ns;
         i--) {
        if (r->events[i - 1].meta.hash == hash)
            return true;
    }
    return false;
}

/* A new Event, named by its object and its instant. */
static uint32_t new_event(struct recording *r, const struct snapshot_event *as,
                          const struct event_post *post, sim_ns at_ns)
{
    int64_t unix_ns = r->cluster->event_book->epoch_s * NS_PER_S + at_ns;
    struct snapshot_event *ev;
    uint64_t hash;

    ARENA_GROW(r->arena, r->events, &r->event_capacity, r->event_count + 1);
    ev = &r->events[r->event_count];
    *ev = *as;
    ev->meta.ns = as->about_ns == NULL ? "default" : as->about_ns;
    do { /* two posts at one instant: the next nanosecond */
        ev->meta.name =
            arena_printf(r->arena, "%s.%llx", as->about_name, (unsigned long long)unix_ns);
        unix_ns++;
        hash = hash_text(hash_text(hash_string("event"), ev->meta.ns), ev->meta.name);
    } while (is_taken(r, hash, at_ns));
    ev->meta.hash = hash;
    ev->meta.uid = snapshot_uid(r->arena, hash);
    ev->meta.created_ns = at_ns;
    ev->meta.resource_version = post->log_version;
    ev->first_ns = at_ns;
    ev->last_ns = at_ns;
    ev->count = 1;
    return r->event_count++;
}

static void write_event(struct recording *r, uint32_t event, const struct event_post *post,
                        sim_ns at_ns)
{
    r->events[event].meta.resource_version = post->log_version;
    ARENA_GROW(r->arena, r->written, &r->written_capacity, r->written_count + 1);
    ARENA_GROW(r->arena, r->times_ns, &r->times_capacity, r->written_count + 1);
    ARENA_GROW(r->arena, r->written_events, &r->written_events_capacity, r->written_count + 1);
    r->written[r->written_count] = r->events[event];
    r->times_ns[r->written_count] = at_ns;
    r->written_events[r->written_count++] = event;
}

/* --- the older API --- */

/* Whether too many that differ by their messages alone have come within the span. */
static bool is_combined(struct recording *r, const struct snapshot_event *ev, sim_ns at_ns)
{
    const uint64_t message = hash_string(ev->message);
    bool is_new;
    struct memory *m = recall(r->arena, &r->alike, alike_key(ev), &is_new);
    uint32_t place = 0;

    if (!is_new && at_ns - m->last_ns > ALIKE_SPAN_NS)
        m->alike_count = 0;
    m->last_ns = at_ns;
    while (place < m->alike_count && m->alike[place] != message)
        place++;
    if (place == m->alike_count)
        m->alike[m->alike_count++] = message;
    if (m->alike_count < ALIKE_MAX)
        return false;
    m->alike_count--; /* any of them may go */
    return true;
}

/* Whether the object's tokens are used up. */
static bool is_spam(struct recording *r, const struct snapshot_event *ev, sim_ns at_ns)
{
    bool is_new;
    struct memory *m = recall(r->arena, &r->spam, object_key(ev), &is_new);

    if (is_new) {
        m->tokens = SPAM_BURST;
    } else {
        m->tokens += (double)(at_ns - m->last_ns) / (double)SPAM_REFILL_NS;
        if (m->tokens > SPAM_BURST)
            m->tokens = SPAM_BURST;
    }
    m->last_ns = at_ns;
    if (m->tokens < 1)
        return true;
    m->tokens -= 1;
    return false;
}

static void record(struct recording *r, const struct event_post *post, struct snapshot_event ev,
                   sim_ns at_ns)
{
    uint64_t key = hash_text(alike_key(&ev), ev.about_field);
    struct memory *m;
    bool is_new;

    if (is_combined(r, &ev, at_ns)) {
        key = alike_key(&ev);
        ev.message = arena_printf(r->arena, "(combined from similar events): %s", ev.message);
    } else {
        key = hash_text(key, ev.message);
    }
    m = recall(r->arena, &r->logged, key, &is_new);
    if (is_new) {
        m->event = new_event(r, &ev, post, at_ns);
    } else {
        r->events[m->event].count++;
        r->events[m->event].last_ns = at_ns;
        r->events[m->event].message = ev.message;
    }
    if (!is_spam(r, &ev, at_ns))
        write_event(r, m->event, post, at_ns);
}

/* --- the newer API --- */

/* The second of a series is written at once, later ones only every half hour. */
static void record_series(struct recording *r, const struct event_post *post,
                          const struct snapshot_event *ev, sim_ns at_ns)
{
    bool is_new;
    struct memory *m = recall(r->arena, &r->logged, hash_text(alike_key(ev), ev->action), &is_new);

    if (is_new || at_ns - m->last_ns > SERIES_SPAN_NS)
        m->event = new_event(r, ev, post, at_ns);
    else if (r->events != NULL && ++r->events[m->event].count == 2)
        r->events[m->event].last_ns = at_ns;
    EP_REQUIRE(r->events != NULL);
    m->last_ns = at_ns;
    if (r->events[m->event].count <= 2)
        write_event(r, m->event, post, at_ns);
}

/* --- all --- */

static int compare_occurrences(const void *a, const void *b)
{
    const struct occurrence *one = a;
    const struct occurrence *other = b;

    if (one->at_ns != other->at_ns)
        return one->at_ns < other->at_ns ? -1 : 1;
    return one->post < other->post ? -1 : one->post > other->post;
}

/* All posts until now, each as often as it is repeated, in order. */
static struct occurrence *occurrences_of(struct arena *arena, const struct cluster *cluster,
                                         uint32_t *count)
{
    const struct event_book *book = cluster->event_book;
    const sim_ns now_ns = cluster->kernel->now_ns;
    struct occurrence *list = NULL;
    uint32_t capacity = 0;

    *count = 0;
    for (uint32_t i = 0; i < book->count; i++) {
        const struct event_post *post = &book->posts[i];
        sim_ns at_ns = post->at_ns;
        while (at_ns <= now_ns && (post->period_ns == 0 || at_ns < post->until_ns)) {
            ARENA_GROW(arena, list, &capacity, *count + 1);
            list[(*count)++] = (struct occurrence){at_ns, i};
            if (post->period_ns == 0)
                break;
            at_ns += post->period_ns;
        }
    }
    if (*count > 1)
        qsort(list, *count, sizeof *list, compare_occurrences);
    return list;
}

static void replay(struct recording *r)
{
    const struct event_book *book = r->cluster->event_book;
    struct snapshot_event *words;
    struct occurrence *list;
    uint32_t count;

    if (book == NULL)
        return;
    list = occurrences_of(r->arena, r->cluster, &count);
    words = ARENA_NEW_ARRAY(r->arena, book->count, struct snapshot_event);
    for (uint32_t i = 0; i < count; i++) {
        const struct event_post *post = &book->posts[list[i].post];
        struct snapshot_event *ev = &words[list[i].post];
        if (ev->reason == NULL)
            *ev = event_words_of(r->arena, r->cluster, post);
        if (ev->action != NULL)
            record_series(r, post, ev, list[i].at_ns);
        else
            record(r, post, *ev, list[i].at_ns);
    }
}

static bool is_wanted(const struct snapshot_query *query, const struct snapshot_event *ev)
{
    return snapshot_build_is_wanted(query, ev->meta.hash, true) &&
           snapshot_matches(query, &ev->meta);
}

const struct snapshot_event *snapshot_events(struct arena *arena, const struct cluster *cluster,
                                             const struct snapshot_query *query, uint32_t *count)
{
    struct recording r = {.arena = arena, .cluster = cluster};
    struct snapshot_event *list;
    uint32_t *last;

    *count = 0;
    replay(&r);
    list = ARENA_NEW_ARRAY(arena, r.event_count, struct snapshot_event);
    last = ARENA_NEW_ARRAY(arena, r.event_count, uint32_t); /* 1 + its last write */
    for (uint32_t i = 0; i < r.written_count; i++)
        last[r.written_events[i]] = i + 1;
    for (uint32_t i = 0; i < r.event_count; i++) {
        if (last[i] != 0 && cluster->kernel->now_ns - r.times_ns[last[i] - 1] < TTL_NS &&
            is_wanted(query, &r.written[last[i] - 1]))
            list[(*count)++] = r.written[last[i] - 1];
    }
    snapshot_build_sort(list, *count, sizeof *list);
    return list;
}

const struct snapshot_event *snapshot_events_written(struct arena *arena,
                                                     const struct cluster *cluster,
                                                     const struct snapshot_query *query,
                                                     const sim_ns **times_ns, uint32_t *count)
{
    struct recording r = {.arena = arena, .cluster = cluster};

    *count = 0;
    replay(&r);
    for (uint32_t i = 0; i < r.written_count; i++) {
        if (!is_wanted(query, &r.written[i]))
            continue;
        r.written[*count] = r.written[i];
        r.times_ns[(*count)++] = r.times_ns[i];
    }
    *times_ns = r.times_ns;
    return r.written;
}
