/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "record/expectation_log.h"

#include <inttypes.h>

#include "record/plain_text.h"

void expectation_log_init(struct expectation_log *log, struct arena *arena,
                          const struct world_spec *spec)
{
    *log = (struct expectation_log){
        .spec = spec,
        .rows = ARENA_NEW_ARRAY(arena, spec->timeline_count, struct expectation_row),
    };
}

void expectation_log_add(struct expectation_log *log, sim_ns at_ns, uint32_t entry,
                         const struct expectation_result *result)
{
    struct expectation_row *row = &log->rows[entry];

    row->check_count++;
    row->last = *result;
    if (result->is_ok)
        return;
    if (row->failed_count++ == 0) {
        row->first_failed = *result;
        row->first_failed_ns = at_ns;
    }
}

void expectation_log_merge(struct expectation_log *log, const struct expectation_log *one,
                           uint32_t replication)
{
    for (uint32_t i = 0; i < log->spec->timeline_count; i++) {
        struct expectation_row *row = &log->rows[i];
        const struct expectation_row *other = &one->rows[i];
        if (other->check_count == 0)
            continue;
        if (row->failed_count == 0 && other->failed_count > 0) {
            row->first_failed = other->first_failed;
            row->first_failed_ns = other->first_failed_ns;
            row->first_failed_replication = replication;
        }
        row->check_count += other->check_count;
        row->failed_count += other->failed_count;
        row->last = other->last;
    }
}

uint32_t expectation_log_failed_count(const struct expectation_log *log)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < log->spec->timeline_count; i++)
        count += log->rows[i].failed_count > 0;
    return count;
}

void expectation_log_put_row(const struct expectation_log *log, uint32_t entry, struct out *out)
{
    const struct expectation_row *row = &log->rows[entry];
    const bool has_failed = row->failed_count > 0;
    const struct expectation_result *shown = has_failed ? &row->first_failed : &row->last;

    out_printf(out, "%s: ", log->spec->timeline[entry].expect_text);
    if (shown->has_value)
        out_printf(out, "found %" PRId64, shown->value);
    else
        out_str(out, "found no such object");
    if (has_failed) {
        out_str(out, " at ");
        out_seconds(out, row->first_failed_ns);
        out_str(out, " s");
    }
    if (row->check_count > 1 && has_failed)
        out_printf(out, "; failed %" PRIu64 " of %" PRIu64 " times", row->failed_count,
                   row->check_count);
    else if (row->check_count > 1)
        out_printf(out, "; held %" PRIu64 " times", row->check_count);
}
