/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `epsim why DIR request ID` and `change ID`: one story as a numbered timeline in simulated time.
 */
#ifndef EPSIM_REPORT_WHY_STORY_H
#define EPSIM_REPORT_WHY_STORY_H

#include "report/why_words.h"

/* Of data->asked. */
void why_story_put_request(const struct why_page *page, const struct why_data *data);

void why_story_put_change(const struct why_page *page, const struct why_data *data,
                          const struct why_change *change);

#endif
