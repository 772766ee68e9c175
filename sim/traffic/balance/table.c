/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/balance/policy.h"

#include <string.h>

const struct policy *const policy_table[] = {
    &policy_kube_proxy_iptables,
};

const uint32_t policy_table_count = EP_COUNT_OF(policy_table);

const struct policy *policy_find(const char *name)
{
    for (uint32_t i = 0; i < policy_table_count; i++)
        if (strcmp(policy_table[i]->name, name) == 0)
            return policy_table[i];
    return NULL;
}
