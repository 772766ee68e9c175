/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * endpoints.jsonl: every version of Endpoints and EndpointSlices that a run stores, a line each, in the order of storing:
 * {"t_s": 61.25, "type": "MODIFIED", "object": {...}}, type being ADDED, MODIFIED or DELETED as in a watch, the object
 * as kubectl prints it (of one that was deleted: apiVersion, kind and metadata).
 *
 * What is stored has to be read at that instant, so this observer writes while events run. That is why it stops at
 * VERSION_LINES_BYTES_MAX: the versions after that are counted in a last line of type OMITTED.
 */
#ifndef EPSIM_REPORT_VERSION_LINES_H
#define EPSIM_REPORT_VERSION_LINES_H

#include "base/out.h"
#include "report/kube_table.h"
#include "world/world.h"

#define VERSION_LINES_BYTES_MAX (32u << 20)

struct version_lines {
    const struct world *world;
    struct kube_view view;
    struct out out;
    struct arena arena; /* of one line */
    uint64_t byte_count;
    uint64_t omitted_count;
    uint64_t bytes_max;
};

/* Creates `path` and listens to the world, which must not outlive the lines. STATUS_IO if it cannot be created. */
enum status version_lines_start(struct version_lines *lines, struct world *world, const char *path,
                                struct error *err) EP_MUST_CHECK;

/* After the run: STATUS_IO if something could not be written. */
enum status version_lines_finish(struct version_lines *lines, struct error *err) EP_MUST_CHECK;

#endif
