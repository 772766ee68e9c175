/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef EPSIM_SCENARIO_FIELD_ROWS_H
#define EPSIM_SCENARIO_FIELD_ROWS_H

/*
 * Rows that several parts of the table for manifests have.
 */
#include "scenario/fields.h"

#define PORT_EXPECTED "a port number from 1 to 65535, or a port's name"
#define QUIET(field_name)                                                \
    {                                                                    \
        .name = field_name, .type = FIELD_OTHER, .status = FIELD_SILENT, \
        .doc = "No bearing on the model."                                \
    }
#define HEAD_ROWS                                                                                  \
    {.name = "apiVersion",                                                                         \
     .type = FIELD_STRING,                                                                         \
     .is_required = true,                                                                          \
     .doc = "Group and version."},                                                                 \
        {.name = "kind", .type = FIELD_STRING, .is_required = true, .doc = "Kind."},               \
    {                                                                                              \
        .name = "metadata", .type = FIELD_MAP, .default_text = "{}", .children = &fields_metadata, \
        .doc = "Name and labels."                                                                  \
    }

#endif
