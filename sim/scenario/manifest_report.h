/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What epsim makes of every field of every manifest: modelled, approximated or ignored, and why.
 */
#ifndef EPSIM_SCENARIO_MANIFEST_REPORT_H
#define EPSIM_SCENARIO_MANIFEST_REPORT_H

struct load;

/*
 * A paragraph an object (one for all objects of a kind that say the same), then the kinds that are not modelled; at most
 * 80 columns where names allow. A map of which everything is modelled stands for its fields. In the scenario's arena;
 * "" without manifests.
 */
const char *manifest_report_text(struct load *load);

#endif
