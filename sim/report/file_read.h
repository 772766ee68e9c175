/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Small files of a result, whole: its JSON.
 */
#ifndef EPSIM_REPORT_FILE_READ_H
#define EPSIM_REPORT_FILE_READ_H

#include "base/arena.h"
#include "base/error.h"

/* The whole file with a NUL behind it, the arena's; of more than 64 MiB the beginning. STATUS_IO if it cannot be read. */
enum status file_read_text(struct arena *arena, const char *path, const char **text,
                           struct error *err) EP_MUST_CHECK;

/* The first member `key` of a JSON text, a whole number of 64 bits, which a JSON number read as double or signed integer
 * cannot hold. 0 if there is none. */
uint64_t file_read_u64(const char *json, const char *key);

#endif
