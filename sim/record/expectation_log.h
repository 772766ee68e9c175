/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the timeline's `expect` entries have found, entry by entry: of one replication, or of all together.
 */
#ifndef EPSIM_RECORD_EXPECTATION_LOG_H
#define EPSIM_RECORD_EXPECTATION_LOG_H

#include "base/out.h"
#include "world/world.h"

/* One entry's checks; several where its clock is `every`, or in several replications. */
struct expectation_row {
    uint64_t check_count;
    uint64_t failed_count;
    struct expectation_result last;         /* of the last replication */
    struct expectation_result first_failed; /* if failed_count > 0, this and what follows */
    sim_ns first_failed_ns;
    uint32_t first_failed_replication; /* from 0 */
};

struct expectation_log {
    const struct world_spec *spec;
    struct expectation_row *rows; /* by entry; of other verbs: no checks */
};

void expectation_log_init(struct expectation_log *log, struct arena *arena,
                          const struct world_spec *spec);

/* An entry has looked. */
void expectation_log_add(struct expectation_log *log, sim_ns at_ns, uint32_t entry,
                         const struct expectation_result *result);

/* Adds those of replication number `replication`; in order. */
void expectation_log_merge(struct expectation_log *log, const struct expectation_log *one,
                           uint32_t replication);

/* Entries of which at least one check has failed. */
uint32_t expectation_log_failed_count(const struct expectation_log *log);

/* "deployment/kubia available == 3: found 2 at 150 s", as a line of the summary without its newline. */
void expectation_log_put_row(const struct expectation_log *log, uint32_t entry, struct out *out);

#endif
