/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hoare's selection (1961): a sort would take most of the time that a change on thousands of nodes costs.
 */
#include "stats/quantile.h"

#include "base/error.h"

uint32_t quantile_rank(uint32_t count, uint32_t millionths)
{
    EP_REQUIRE(count >= 1 && millionths <= 1000000u);

    const uint64_t rank = ((uint64_t)count * millionths + 999999u) / 1000000u;

    return rank == 0 ? 0 : (uint32_t)(rank - 1);
}

static void swap(sim_ns *a, sim_ns *b)
{
    const sim_ns kept = *a;

    *a = *b;
    *b = kept;
}

/* The middle of the first, middle and last value: ascending and descending input is the usual one. */
static sim_ns pivot_of(const sim_ns *values_ns, int64_t low, int64_t high)
{
    const sim_ns a = values_ns[low];
    const sim_ns b = values_ns[low + (high - low) / 2];
    const sim_ns c = values_ns[high];

    if (a < b)
        return b < c ? b : (a < c ? c : a);
    return a < c ? a : (b < c ? c : b);
}

sim_ns quantile_select_ns(sim_ns *values_ns, uint32_t count, uint32_t rank)
{
    int64_t low = 0;
    int64_t high = (int64_t)count - 1;

    EP_REQUIRE(rank < count);
    while (low < high) {
        const sim_ns pivot = pivot_of(values_ns, low, high);
        int64_t i = low;
        int64_t j = high;

        /* values equal to the pivot stop both ends, so that many equal values still split in halves */
        while (i <= j) {
            while (values_ns[i] < pivot)
                i++;
            while (values_ns[j] > pivot)
                j--;
            if (i <= j)
                swap(&values_ns[i++], &values_ns[j--]);
        }
        if ((int64_t)rank <= j)
            high = j;
        else if ((int64_t)rank >= i)
            low = i;
        else
            break;
    }
    return values_ns[rank];
}
