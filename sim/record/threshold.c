/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "record/threshold.h"

#include "world/comparison.h"

static struct threshold_result value_of(double value)
{
    return (struct threshold_result){.has_value = true, .value = value};
}

static struct threshold_result seconds_of(sim_ns span_ns)
{
    return value_of((double)span_ns / (double)NS_PER_S);
}

static struct threshold_result measure_times(const struct histogram *times,
                                             const struct threshold_spec *threshold)
{
    if (times->count == 0)
        return (struct threshold_result){0};
    switch (threshold->aggregate) {
    case AGGREGATE_AVG:
        return seconds_of(histogram_mean_ns(times));
    case AGGREGATE_MIN:
        return seconds_of(times->min_ns);
    case AGGREGATE_MED:
        return seconds_of(histogram_quantile_ns(times, 500000));
    case AGGREGATE_MAX:
        return seconds_of(times->max_ns);
    case AGGREGATE_PERCENTILE:
        return seconds_of(
            histogram_quantile_ns(times, (uint32_t)(threshold->percentile * 10000.0 + 0.5)));
    case AGGREGATE_COUNT:
    case AGGREGATE_RATE:
        break;
    }
    return value_of((double)times->count);
}

static struct threshold_result measure_requests(const struct summary *summary,
                                                const struct threshold_spec *threshold)
{
    const uint64_t settled = traffic_tally_row_total(summary->counts);
    const uint64_t failed = settled - summary->counts[OUTCOME_OK];

    if (threshold->metric == THRESHOLD_HTTP_REQS) {
        const sim_ns span_ns = summary->until_ns - summary->spec->warmup_ns;

        if (threshold->aggregate != AGGREGATE_RATE)
            return value_of((double)settled);
        if (span_ns <= 0)
            return (struct threshold_result){0};
        return value_of((double)settled * (double)NS_PER_S /
                        ((double)span_ns * (double)summary->replication_count));
    }
    if (threshold->aggregate != AGGREGATE_RATE)
        return value_of((double)failed);
    if (settled == 0)
        return (struct threshold_result){0};
    return value_of((double)failed / (double)settled);
}

struct threshold_result threshold_judge(const struct summary *summary,
                                        const struct threshold_spec *threshold)
{
    struct threshold_result result;

    if (threshold->metric == THRESHOLD_HTTP_REQ_DURATION)
        result = measure_times(&summary->latency, threshold);
    else if (threshold->metric == THRESHOLD_PROPAGATION)
        result = measure_times(&summary->propagation, threshold);
    else
        result = measure_requests(summary, threshold);
    result.is_ok = !result.has_value ||
                   comparison_holds(result.value, threshold->comparison, threshold->limit);
    return result;
}

bool threshold_all_ok(const struct summary *summary)
{
    for (uint32_t i = 0; i < summary->spec->threshold_count; i++)
        if (!threshold_judge(summary, &summary->spec->thresholds[i]).is_ok)
            return false;
    return true;
}
