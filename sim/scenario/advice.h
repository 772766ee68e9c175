/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Beginners' mistakes: what Kubernetes accepts and is hardly ever meant. Warnings with a place, each once.
 */
#ifndef EPSIM_SCENARIO_ADVICE_H
#define EPSIM_SCENARIO_ADVICE_H

struct load;

/* Looks at a scenario that was read without an error. */
void advice_give(struct load *load);

#endif
