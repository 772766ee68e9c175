/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report.html: one self-contained page about a run, made from its result folder. It asks for
 * nothing from anywhere, needs no script, and its bytes depend on the results alone.
 */
#ifndef EPSIM_REPORT_PAGE_H
#define EPSIM_REPORT_PAGE_H

#include "report/figures.h"

struct page_source {
    const char *folder;
    const char *version; /* of the program that made the results */
    const struct run_data *data;
    const struct figures *figures;
};

/* STATUS_IO or STATUS_INVALID if a file that it needs cannot be read. Memory is the arena's. */
enum status page_put(const struct page_source *source, struct arena *arena, struct out *out,
                     struct error *err) EP_MUST_CHECK;

#endif
