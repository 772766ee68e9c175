/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "record/loss_words.h"

#include <string.h>

struct phrase {
    const char *one;
    const char *many;
};

static struct phrase refused_phrase(uint32_t pod_state)
{
    switch (pod_state) {
    case POD_STATE_PENDING:
    case POD_STATE_STARTING:
        return (struct phrase){"refused by a pod that did not listen yet",
                               "refused by pods that did not listen yet"};
    case POD_STATE_UNREADY:
    case POD_STATE_TERMINATING:
    case POD_STATE_STOPPED:
        return (struct phrase){"refused by a pod that had stopped listening",
                               "refused by pods that had stopped listening"};
    case POD_STATE_GONE:
        return (struct phrase){"refused at an address that was gone",
                               "refused at addresses that were gone"};
    case POD_STATE_READY:
        return (struct phrase){"refused by a ready pod", "refused by ready pods"};
    default:
        return (struct phrase){"refused", "refused"};
    }
}

static struct phrase timeout_phrase(uint32_t pod_state)
{
    if (pod_state == POD_STATE_GONE)
        return (struct phrase){"timed out at an address that was gone",
                               "timed out at addresses that were gone"};
    return (struct phrase){"timed out without a connection", "timed out without a connection"};
}

static struct phrase reset_phrase(uint32_t pod_state)
{
    if (pod_state == POD_STATE_TERMINATING || pod_state == POD_STATE_STOPPED ||
        pod_state == POD_STATE_GONE)
        return (struct phrase){"cut off when its pod ended", "cut off when their pods ended"};
    return (struct phrase){"cut off by a reset", "cut off by resets"};
}

static struct phrase phrase_of(const struct summary_loss *loss)
{
    if (loss->outcome == OUTCOME_TIMEOUT && loss->pod_state == POD_STATE_COUNT &&
        loss->stage == STAGE_DETECT)
        return (struct phrase){"sent by a load balancer to a node that could not serve it",
                               "sent by a load balancer to nodes that could not serve them"};
    switch ((enum outcome)loss->outcome) {
    case OUTCOME_REFUSED:
        return refused_phrase(loss->pod_state);
    case OUTCOME_TIMEOUT:
        return timeout_phrase(loss->pod_state);
    case OUTCOME_RESET:
        return reset_phrase(loss->pod_state);
    case OUTCOME_NO_ENDPOINTS:
        return (struct phrase){"found no endpoint", "found no endpoint"};
    case OUTCOME_OVERLOAD:
        return (struct phrase){"turned away by a full queue", "turned away by full queues"};
    case OUTCOME_ERROR:
        return (struct phrase){"answered with a 5xx", "answered with a 5xx"};
    case OUTCOME_DNS:
        return (struct phrase){"whose name did not resolve", "whose name did not resolve"};
    case OUTCOME_DEADLINE:
        return (struct phrase){"out of time on a connection", "out of time on a connection"};
    case OUTCOME_OK:
    case OUTCOME_COUNT:
        break;
    }
    return (struct phrase){"lost", "lost"};
}

/* A loss joins the group of its words; whether the node was stale is part of them. */
static void join(struct loss_words *group, const struct summary_loss *loss)
{
    group->count += loss->count.moments.mean;
    if (loss->max_stale_ns > group->max_stale_ns)
        group->max_stale_ns = loss->max_stale_ns;
    if (group->node != NULL && (loss->node == NULL || strcmp(group->node, loss->node) != 0))
        group->node = NULL;
}

static void sort_most_first(struct loss_words *groups, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) { /* by insertion: few, and equal ones keep their order */
        const struct loss_words group = groups[i];
        uint32_t at = i;

        for (; at > 0 && groups[at - 1].count < group.count; at--)
            groups[at] = groups[at - 1];
        groups[at] = group;
    }
}

uint32_t loss_words_gather(const struct summary *summary, struct loss_words groups[LOSS_WORDS_MAX])
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < summary->loss_count; i++) {
        const struct summary_loss *loss = &summary->losses[i];
        const struct phrase phrase = phrase_of(loss);
        uint32_t at = 0;

        while (at < count && (strcmp(groups[at].many, phrase.many) != 0 ||
                              (groups[at].max_stale_ns > 0) != (loss->max_stale_ns > 0)))
            at++;
        if (at == count) {
            if (count == LOSS_WORDS_MAX)
                continue;
            groups[count++] =
                (struct loss_words){.one = phrase.one, .many = phrase.many, .node = loss->node};
        }
        join(&groups[at], loss);
    }
    sort_most_first(groups, count);
    return count;
}
