/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program's version: printed, written to every result, part of its digest. */
#ifndef EPSIM_BASE_VERSION_H
#define EPSIM_BASE_VERSION_H

/* "0.1.0", as the Makefile has it. */
const char *version_text(void);

#endif
