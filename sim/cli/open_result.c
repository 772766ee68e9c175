/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/open_result.h"

enum status open_result(const struct console *console, const char *folder, struct result *result,
                        struct error *err)
{
    const enum status status = result_open(result, folder, err);

    if (status != STATUS_OK || !result->is_partial)
        return status;
    if (result->replication_count > 1)
        console_warning(
            console,
            "%s: the run was interrupted after %llu replications: of these the results are whole",
            result->folder, (unsigned long long)result->replication_count);
    else
        console_warning(
            console,
            "%s: the run was interrupted after %.9g s of simulated time: what follows covers the time until then, and news still on its way has no end",
            result->folder, result->until_s);
    return STATUS_OK;
}
