/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of fields as a JSON Schema, for editors.
 */
#ifndef EPSIM_SCENARIO_SCHEMA_H
#define EPSIM_SCENARIO_SCHEMA_H

#include "base/out.h"

/*
 * Draft 7, which editors' YAML servers know best. It holds for each document of a stream: a Scenario must fit, all
 * others are free. What the loader refuses as unknown is refused; rules between fields are the loader's alone.
 */
void schema_write(struct out *out);

#endif
