/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>

/* The one variable outside a struct: what a bug report adds to its place. Never read by the model.
 * */
static _Thread_local const char *bug_context;

enum status error_set(struct error *err, enum status status, const char *format, ...)
{
    va_list args;

    if (err == NULL)
        return status;
    err->status = status;
    va_start(args, format);
    if (vsnprintf(err->text, sizeof err->text, format, args) < 0)
        err->text[0] = '\0';
    va_end(args);
    return status;
}

_Noreturn void error_bug(const char *file, int line, const char *claim)
{
    const char *context = bug_context != NULL ? bug_context : "";

    fprintf(stderr, "%s:%d: bug in epsim: does not hold: %s%s%s\n", file, line, claim,
            bug_context != NULL ? "; " : "", context);
    abort();
}

void error_set_context(const char *text)
{
    bug_context = text;
}
