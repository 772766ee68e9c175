/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way to a map's key, as loaders need it all the time. */
#ifndef EPSIM_SCENARIO_KEY_PATH_H
#define EPSIM_SCENARIO_KEY_PATH_H

#include "scenario/diagnostics.h"

/* `parent`.`key`; both must live as long as it. `parent` may be NULL: the Scenario's root. */
static inline struct path key_path(const struct path *parent, const char *key)
{
    return (struct path){.parent = parent, .key = key};
}

#endif
