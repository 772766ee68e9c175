/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Units and the few attributes that every layer uses.
 * Simulated time is an integer count of nanoseconds since the scenario's start: exact ties, no
 * drift.
 */
#ifndef EPSIM_BASE_UNITS_H
#define EPSIM_BASE_UNITS_H

#include <stddef.h>
#include <stdint.h>

/* A simulated instant or span in nanoseconds. Instants before the start are negative. */
typedef int64_t sim_ns;

#define NS_PER_US ((sim_ns)1000)
#define NS_PER_MS ((sim_ns)1000000)
#define NS_PER_S ((sim_ns)1000000000)
#define NS_PER_MIN ((sim_ns)60 * NS_PER_S)
#define NS_PER_HOUR ((sim_ns)3600 * NS_PER_S)

/* An instant that never comes. Adding a span to it overflows: compare before adding. */
#define NS_NEVER INT64_MAX

/* "No entity": entities are indices into tables. */
#define ID_NONE UINT32_MAX

#define EP_MUST_CHECK __attribute__((warn_unused_result))
#define EP_PRINTF(fmt_index, first_arg) __attribute__((format(printf, fmt_index, first_arg)))
#define EP_LIKELY(x) __builtin_expect(!!(x), 1)
#define EP_UNLIKELY(x) __builtin_expect(!!(x), 0)

/* The struct of type `type` whose member `member` is at `ptr`. */
#define EP_CONTAINER_OF(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#define EP_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
