/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "record/traffic_tally.h"

/* What one client sent to one service: rows by pod + 1, so that "no pod" (ID_NONE) is entry 0. */
struct tally_lane {
    uint32_t service;
    uint32_t capacity;
    struct tally_row **rows;
    struct tally_lane *next; /* of the same client */
};

void traffic_tally_init(struct traffic_tally *tally, struct arena *arena, uint32_t client_count)
{
    *tally = (struct traffic_tally){.arena = arena, .client_count = client_count};
    histogram_init(&tally->latency, arena);
    tally->lanes = ARENA_NEW_ARRAY(arena, client_count, struct tally_lane *);
}

/* The lane of (client, service), moved to the front. */
static struct tally_lane *find_lane(struct traffic_tally *tally, uint32_t client, uint32_t service)
{
    struct tally_lane **link = &tally->lanes[client];

    while (*link != NULL && (*link)->service != service)
        link = &(*link)->next;

    struct tally_lane *lane = *link;

    if (lane == NULL) {
        lane = ARENA_NEW(tally->arena, struct tally_lane);
        lane->service = service;
    } else {
        *link = lane->next;
    }
    lane->next = tally->lanes[client];
    tally->lanes[client] = lane;
    return lane;
}

static struct tally_row *new_row(struct traffic_tally *tally, struct tally_lane *lane,
                                 const struct request_result *result)
{
    const uint32_t entry = result->pod + 1;
    struct tally_row *row = ARENA_NEW(tally->arena, struct tally_row);

    histogram_init(&row->latency, tally->arena);
    row->client = result->client;
    row->service = result->service;
    row->pod = result->pod;
    if (tally->last_row == NULL)
        tally->first_row = row;
    else
        tally->last_row->next = row;
    tally->last_row = row;
    tally->row_count++;
    ARENA_GROW(tally->arena, lane->rows, &lane->capacity, entry + 1);
    lane->rows[entry] = row;
    return row;
}

static inline struct tally_row *find_row(struct traffic_tally *tally,
                                         const struct request_result *result)
{
    struct tally_lane *lane = tally->lanes[result->client];
    const uint32_t entry = result->pod + 1; /* ID_NONE + 1 is 0 */

    if (EP_UNLIKELY(lane == NULL || lane->service != result->service))
        lane = find_lane(tally, result->client, result->service);
    if (EP_UNLIKELY(entry >= lane->capacity || lane->rows[entry] == NULL))
        return new_row(tally, lane, result);
    return lane->rows[entry];
}

/* Each round fetches what the next one needs: row, table of octaves, bucket. */
static void prefetch_batch(const struct traffic_tally *tally)
{
    const uint32_t count = tally->batch_count;

    for (uint32_t i = 0; i < count; i++)
        __builtin_prefetch(tally->batch[i].row, 1);
    for (uint32_t i = 0; i < count; i++) {
        const struct tally_sample *sample = &tally->batch[i];

        if (sample->row->latency.octaves != NULL)
            __builtin_prefetch(&sample->row->latency.octaves[histogram_octave(sample->latency_ns)]);
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct tally_sample *sample = &tally->batch[i];
        const uint32_t octave = histogram_octave(sample->latency_ns);

        if (sample->row->latency.octaves != NULL && sample->row->latency.octaves[octave] != NULL)
            __builtin_prefetch(
                &sample->row->latency.octaves[octave][histogram_bucket(sample->latency_ns, octave)],
                1);
    }
}

static void count_batch(struct traffic_tally *tally)
{
    prefetch_batch(tally);
    for (uint32_t i = 0; i < tally->batch_count; i++)
        histogram_add(&tally->batch[i].row->latency, tally->batch[i].latency_ns);
    tally->batch_count = 0;
}

static void count_session(struct traffic_tally *tally, const struct request_result *result)
{
    tally->reused_count += result->is_reused;
    if (result->attempts <= 1)
        return;
    tally->retry_count += result->attempts - 1;
    tally->retried_count++;
    tally->saved_count += result->outcome == OUTCOME_OK;
}

void traffic_tally_add(struct traffic_tally *tally, const struct request_result *result)
{
    EP_REQUIRE(result->client < tally->client_count && result->outcome < OUTCOME_COUNT);

    struct tally_row *row = find_row(tally, result);

    if (EP_UNLIKELY(result->attempts > 1 || result->is_reused))
        count_session(tally, result);
    if (EP_UNLIKELY(result->outcome != OUTCOME_OK)) {
        tally->counts[result->outcome]++;
        row->counts[result->outcome]++;
        return;
    }
    tally->batch[tally->batch_count++] =
        (struct tally_sample){row, result->t_end_ns - result->t_start_ns};
    if (EP_UNLIKELY(tally->batch_count == TRAFFIC_TALLY_BATCH))
        count_batch(tally);
}

void traffic_tally_flush(struct traffic_tally *tally)
{
    count_batch(tally);
    histogram_init(&tally->latency, tally->arena);
    for (struct tally_row *row = tally->first_row; row != NULL; row = row->next) {
        row->counts[OUTCOME_OK] = row->latency.count;
        histogram_merge(&tally->latency, &row->latency);
    }
    tally->counts[OUTCOME_OK] = tally->latency.count;
}

uint64_t traffic_tally_row_total(const uint64_t counts[OUTCOME_COUNT])
{
    uint64_t total = 0;

    for (uint32_t i = 0; i < OUTCOME_COUNT; i++)
        total += counts[i];
    return total;
}
