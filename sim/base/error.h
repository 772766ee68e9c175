/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Errors of the two kinds that style keeps apart.
 * Somebody else's fault (a scenario, a file, a full disk): a status that travels upward with one
 * filled struct error. Our fault (a bug): EP_REQUIRE aborts with its place.
 */
#ifndef EPSIM_BASE_ERROR_H
#define EPSIM_BASE_ERROR_H

#include "base/units.h"

#include <stdarg.h>

enum status {
    STATUS_OK = 0,
    STATUS_INVALID,     /* bad input or usage: exit 2 */
    STATUS_IO,          /* the outside world failed: exit 1 */
    STATUS_INTERRUPTED, /* the user stopped the run: exit 130 */
    STATUS_FINGERPRINT, /* --expect-fingerprint did not match: exit 4 */
    STATUS_THRESHOLD,   /* a threshold or an expectation failed: exit 99 */
};

struct error {
    enum status status;
    char text[2048]; /* one or several lines, no newline at the end */
};

/* Fills `err` (may be NULL) and returns `status`, so that it can stand in a return statement. */
enum status error_set(struct error *err, enum status status, const char *format, ...)
    EP_PRINTF(3, 4);

/* Prints "file:line: claim does not hold" to standard error and aborts: a bug in epsim. */
_Noreturn void error_bug(const char *file, int line, const char *claim);

/* Text printed by error_bug beside the claim (scenario, seed, replication); NULL clears it. Per
 * thread. */
void error_set_context(const char *text);

/* Cheap check of our own promises, on in every build. */
#define EP_REQUIRE(claim) ((claim) ? (void)0 : error_bug(__FILE__, __LINE__, #claim))

/* Costly check: on in debug, sanitizer and fuzz builds (EPSIM_CHECKS=1), always compiled. */
#ifndef EPSIM_CHECKS
#define EPSIM_CHECKS 0
#endif
#define EP_INVARIANT(claim) \
    ((!EPSIM_CHECKS || (claim)) ? (void)0 : error_bug(__FILE__, __LINE__, #claim))

#endif
