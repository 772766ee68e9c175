/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Interrupts: the first SIGINT or SIGTERM asks a run to stop and to write what is complete, the
 * second one kills.
 */
#ifndef EPSIM_CLI_INTERRUPT_H
#define EPSIM_CLI_INTERRUPT_H

/* From here on signals are caught. Returns the flag that becomes 1. */
const volatile int *interrupt_watch(void);

#endif
