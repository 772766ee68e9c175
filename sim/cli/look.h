/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A scenario's world at one instant: what `get` and `describe` look at.
 */
#ifndef EPSIM_CLI_LOOK_H
#define EPSIM_CLI_LOOK_H

#include "cli/console.h"
#include "report/kube_table.h"
#include "scenario/scenario.h"
#include "world/world.h"

/* The options of a command that looks; rows of its table. */
/* clang-format off */
#define LOOK_OPTIONS                                                                               \
    {"filename", 'f', "FILE", "the scenario; \"-\" is standard input"},                            \
    {"at", '\0', "TIME", "just after this simulated time: 61.5s, 3m, ...\n(default: the end; later is fine)"}, \
    {"namespace", 'n', "NS", "the namespace (default: default)"},                                  \
    {"seed", '\0', "NUMBER", "seed of all randomness"},                                            \
    {"set", '\0', "PATH=VALUE", "override a field of the scenario (repeatable)"}
/* clang-format on */

struct look {
    struct scenario scenario;
    struct arena arena; /* the world's and all that is read from it */
    struct world *world;
    sim_ns at_ns;
};

/* Loads what --filename names and makes its world at t = 0. Close it whatever the status. */
enum status look_open(struct look *look, const struct console *console,
                      const struct options *options, struct error *err) EP_MUST_CHECK;

/* Lets time pass: up to --at and no further. */
enum status look_run(struct look *look, struct error *err) EP_MUST_CHECK;

void look_close(struct look *look);

/* How things look then: ages count from `now_ns` on. */
struct kube_view look_view(const struct look *look, sim_ns now_ns);

/* The kind of that name. STATUS_INVALID with a suggestion if there is none. */
enum status look_kind(const char *name, const struct kube_kind **kind,
                      struct error *err) EP_MUST_CHECK;

/* "Error from server (NotFound): ..." on standard error; returns a status with nothing more to say. */
enum status look_not_found(const struct kube_kind *kind, const char *name, struct error *err);

#endif
