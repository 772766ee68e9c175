/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one file that sees the version, so that a new one recompiles nothing else. */
#include "base/version.h"

#ifndef EPSIM_VERSION
#define EPSIM_VERSION "unknown" /* compiled without the Makefile */
#endif

const char *version_text(void)
{
    return EPSIM_VERSION;
}
