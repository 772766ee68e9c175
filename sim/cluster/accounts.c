/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/accounts.h"

#include <string.h>

#include "base/error.h"
#include "cluster/port_maps.h"
#include "cluster/service_views.h"

static struct news_entry *entry_at(const struct cluster *cluster, uint32_t news)
{
    return SLAB_AT(&cluster->news, news, struct news_entry);
}

static struct news *news_at(const struct cluster *cluster, uint32_t news)
{
    return &entry_at(cluster, news)->news;
}

static struct pod_membership *membership_at(const struct cluster *cluster, uint32_t membership)
{
    return SLAB_AT(&cluster->memberships, membership, struct pod_membership);
}

void accounts_init(struct cluster *cluster)
{
    slab_init(&cluster->news, cluster->arena, sizeof(struct news_entry));
    slab_init(&cluster->memberships, cluster->arena, sizeof(struct pod_membership));
}

static struct pod_membership *find_membership(const struct cluster *cluster, uint32_t pod,
                                              uint32_t service)
{
    for (uint32_t m = cluster->pods[pod]->first_membership; m != ID_NONE;
         m = membership_at(cluster, m)->next) {
        if (membership_at(cluster, m)->service == service)
            return membership_at(cluster, m);
    }
    return NULL;
}

static struct pod_membership *obtain_membership(struct cluster *cluster, uint32_t pod,
                                                uint32_t service)
{
    struct pod_membership *found = find_membership(cluster, pod, service);
    uint32_t index;

    if (found != NULL)
        return found;
    index = slab_alloc(&cluster->memberships);
    found = membership_at(cluster, index);
    *found = (struct pod_membership){
        .service = service,
        .first_news = ID_NONE,
        .last_news = ID_NONE,
        .next = cluster->pods[pod]->first_membership,
    };
    cluster->pods[pod]->first_membership = index;
    return found;
}

/* Whether the news, once stored, would change who may get new connections. */
static bool expect_effective(const struct cluster *cluster, uint32_t pod, enum change_kind kind)
{
    const struct pod *p = cluster->pods[pod];

    switch (kind) {
    case CHANGE_ADD:
        return (!p->has_readiness && !p->has_startup) || p->stored.is_ready;
    case CHANGE_READY:
        return !p->stored.is_deleting;
    case CHANGE_UNREADY:
        return !p->stored.is_deleting && p->stored.is_ready;
    case CHANGE_REMOVE:
        return p->stored.is_ready &&
               (!p->stored.is_deleting || !cluster->rules.has_terminating_endpoints);
    default:
        return p->stored.is_ready;
    }
}

static struct news *open_one(struct cluster *cluster, uint32_t pod, uint32_t service,
                             enum change_kind kind)
{
    struct pod_membership *membership = obtain_membership(cluster, pod, service);
    struct service *s = &cluster->services[service];
    uint32_t id = slab_alloc(&cluster->news);
    struct news *news = news_at(cluster, id);

    *news = (struct news){
        .id = id,
        .service = service,
        .pod = pod,
        .next = ID_NONE,
        .state = NEWS_OPEN,
        .kind = (uint8_t)kind,
        .is_effective = expect_effective(cluster, pod, kind),
        .node_count = service_views_is_proxied(s->spec) ? cluster->node_count : 0,
        .t_cause_ns = cluster->kernel->now_ns,
        .t_detect_ns = NS_NEVER,
        .t_status_ns = NS_NEVER,
        .t_enqueue_ns = NS_NEVER,
        .t_sync_ns = NS_NEVER,
        .t_write_ns = NS_NEVER,
        .t_stored_ns = NS_NEVER,
        .t_endpoints_ns = NS_NEVER,
    };
    if (membership->last_news != ID_NONE)
        news_at(cluster, membership->last_news)->next = id;
    membership->last_news = id;
    if (membership->first_news == ID_NONE)
        membership->first_news = id;
    model_append(cluster->arena, &s->open_news, &s->open_count, &s->open_capacity, id);
    model_append(cluster->arena, &s->undated, &s->undated_count, &s->undated_capacity, id);
    return news;
}

static void tell_opened(const struct cluster *cluster, const struct news *news)
{
    for (uint32_t i = 0; i < cluster->observer_count; i++) {
        if (cluster->observers[i].news_opened != NULL)
            cluster->observers[i].news_opened(cluster->observers[i].self, news);
    }
}

void accounts_open(struct cluster *cluster, uint32_t pod, enum change_kind kind, enum cause cause)
{
    const struct pod *p = cluster->pods[pod];
    struct service_set set;

    if (!cluster->is_started || !p->stored.exists)
        return; /* nobody lists a pod that is not in the API */
    set = selector_index_find_again(&cluster->stored_selectors,
                                    &cluster->pods[pod]->stored_services, p->ns, p->stored.labels);
    for (uint32_t i = 0; i < set.count; i++) {
        const uint32_t s = set.services[i];
        struct news *news;
        if (!selector_index_selects(&cluster->stored_selectors, &p->stored_services, s,
                                    p->stored.labels))
            continue;
        news = open_one(cluster, pod, s, kind);
        news->cause = (uint8_t)cause;
        tell_opened(cluster, news);
    }
    selector_index_release(&cluster->stored_selectors, &set);
}

/* Moves the membership's first_news past what is settled on every node. */
static void advance(struct cluster *cluster, struct pod_membership *membership)
{
    while (membership->first_news != ID_NONE) {
        const struct news *news = news_at(cluster, membership->first_news);
        bool is_settled = news->state == NEWS_DROPPED ||
                          (news->state == NEWS_STORED && news->reached_count == news->node_count);
        if (!is_settled)
            return;
        membership->first_news = news->next;
    }
}

static void drop(struct cluster *cluster, struct news *news, bool is_undone)
{
    news->state = NEWS_DROPPED;
    news->is_undone = is_undone;
    for (uint32_t i = 0; i < cluster->observer_count; i++) {
        if (cluster->observers[i].news_dropped != NULL)
            cluster->observers[i].news_dropped(cluster->observers[i].self, news);
    }
    advance(cluster, find_membership(cluster, news->pod, news->service));
}

/* A removal tells all that the service might have learned of the pod before: a probe that was never to fail, a pod that
 * went before it was listed. */
static void drop_older(struct cluster *cluster, const struct news *removal)
{
    uint32_t next;

    for (uint32_t id = find_membership(cluster, removal->pod, removal->service)->first_news;
         id != ID_NONE && id != removal->id; id = next) {
        next = news_at(cluster, id)->next;
        if (news_at(cluster, id)->state == NEWS_OPEN)
            drop(cluster, news_at(cluster, id), false);
    }
}

/* The oldest open news of that kind of the pod from `*membership` on; steps through all memberships. */
static struct news *next_open(const struct cluster *cluster, uint32_t *membership, uint32_t *news,
                              enum change_kind kind)
{
    while (*membership != ID_NONE) {
        if (*news == ID_NONE)
            *news = membership_at(cluster, *membership)->first_news;
        else
            *news = news_at(cluster, *news)->next;
        if (*news == ID_NONE) {
            *membership = membership_at(cluster, *membership)->next;
            continue;
        }
        if (news_at(cluster, *news)->state == NEWS_OPEN && news_at(cluster, *news)->kind == kind)
            return news_at(cluster, *news);
    }
    return NULL;
}

void accounts_detected(struct cluster *cluster, uint32_t pod, enum change_kind kind, sim_ns at_ns)
{
    uint32_t membership = cluster->pods[pod]->first_membership;
    uint32_t id = ID_NONE;
    struct news *news;

    while ((news = next_open(cluster, &membership, &id, kind)) != NULL) {
        if (news->t_detect_ns == NS_NEVER)
            news->t_detect_ns = at_ns;
    }
}

void accounts_undone(struct cluster *cluster, uint32_t pod, enum change_kind kind)
{
    uint32_t membership = cluster->pods[pod]->first_membership;
    uint32_t id = ID_NONE;
    struct news *news;

    while ((news = next_open(cluster, &membership, &id, kind)) != NULL) {
        if (news->t_detect_ns == NS_NEVER)
            drop(cluster, news, true);
    }
}

/* Whether the version now stored tells what the news tells. */
static bool is_told(const struct cluster *cluster, const struct news *news)
{
    const struct pod_view *view = &cluster->pods[news->pod]->stored;
    bool is_terminal = view->phase == PHASE_SUCCEEDED || view->phase == PHASE_FAILED;

    switch ((enum change_kind)news->kind) {
    case CHANGE_ADD:
        return view->has_ip;
    case CHANGE_READY:
        return view->is_ready;
    case CHANGE_UNREADY:
        return !view->is_ready;
    case CHANGE_REMOVE:
        return !view->exists || is_terminal;
    default:
        return true;
    }
}

/* What opens news that starts at the API: no detect, no status. */
struct api_cause {
    uint32_t service;
    enum change_kind kind;
    enum cause cause;
    uint32_t
        status_version; /* of the pod that tells it, 0 if a Service or hand-written Endpoints do */
};

static void open_at_api(struct cluster *cluster, uint32_t pod, struct api_cause from)
{
    struct news *news = open_one(cluster, pod, from.service, from.kind);

    news->cause = (uint8_t)from.cause;
    news->t_detect_ns = news->t_cause_ns;
    news->t_status_ns = news->t_cause_ns;
    entry_at(cluster, news->id)->status_version = from.status_version;
    tell_opened(cluster, news);
}

/* A pinned pod's readiness, which no kubelet looks after, was written by a person. */
static bool is_set_by_hand(const struct pod *p, const struct pod_view *before)
{
    return p->is_pinned && before->exists && before->is_ready != p->stored.is_ready;
}

static void open_for_service(struct cluster *cluster, uint32_t pod, uint32_t service,
                             const struct pod_view *before)
{
    const struct pod *p = cluster->pods[pod];
    const struct selector *selector = &cluster->services[service].spec->selector;
    bool is_selected = selector_index_selects(&cluster->stored_selectors, &p->stored_services,
                                              service, p->stored.labels);
    bool was_selected =
        before->exists &&
        (before->labels == p->stored.labels ? is_selected : labels_match(selector, before->labels));
    bool was_listed =
        before->has_ip && (!before->is_deleting || cluster->rules.has_terminating_endpoints);

    if (was_selected && was_listed && !is_selected)
        open_at_api(cluster, pod,
                    (struct api_cause){service, CHANGE_REMOVE, CAUSE_RELABEL, p->stored.version});
    else if (before->exists && !was_selected && is_selected && p->stored.has_ip)
        open_at_api(cluster, pod,
                    (struct api_cause){service, CHANGE_ADD, CAUSE_RELABEL, p->stored.version});
    if (was_selected && was_listed && is_selected && p->stored.is_deleting &&
        !before->is_deleting) {
        bool is_removed = !cluster->rules.has_terminating_endpoints || !p->stored.exists;
        open_at_api(cluster, pod,
                    (struct api_cause){service, is_removed ? CHANGE_REMOVE : CHANGE_TERMINATING,
                                       (enum cause)p->deleted_cause, p->stored.version});
    }
    if (was_selected && was_listed && p->is_forced && before->is_deleting && !p->stored.exists)
        open_at_api(cluster, pod,
                    (struct api_cause){service, CHANGE_REMOVE, (enum cause)p->deleted_cause,
                                       p->stored.version});
    if (was_selected && is_selected && is_set_by_hand(p, before))
        open_at_api(cluster, pod,
                    (struct api_cause){service, p->stored.is_ready ? CHANGE_READY : CHANGE_UNREADY,
                                       CAUSE_PATCH, p->stored.version});
}

/* Ends the stage status of what the version now stored tells. */
static void date_status(struct cluster *cluster, const struct pod *p, struct news *news)
{
    if (news->state != NEWS_OPEN || news->t_status_ns != NS_NEVER ||
        news->t_detect_ns == NS_NEVER || !is_told(cluster, news))
        return;
    news->t_status_ns = cluster->kernel->now_ns;
    entry_at(cluster, news->id)->status_version = p->stored.version;
}

void accounts_pod_stored(struct cluster *cluster, uint32_t pod, const struct pod_view *before)
{
    const struct pod *p = cluster->pods[pod];
    struct service_set set;

    if (!cluster->is_started)
        return;
    for (uint32_t m = p->first_membership; m != ID_NONE; m = membership_at(cluster, m)->next) {
        for (uint32_t id = membership_at(cluster, m)->first_news; id != ID_NONE;
             id = news_at(cluster, id)->next)
            date_status(cluster, p, news_at(cluster, id));
    }
    if (before->labels == p->stored.labels && before->is_deleting == p->stored.is_deleting &&
        !(p->is_forced && !p->stored.exists) && !is_set_by_hand(p, before))
        return;
    set = before->exists && before->labels != p->stored.labels
              ? selector_index_find(&cluster->stored_selectors, p->ns, before->labels,
                                    p->stored.labels)
              : selector_index_find_again(&cluster->stored_selectors,
                                          &cluster->pods[pod]->stored_services, p->ns,
                                          p->stored.labels);
    for (uint32_t i = 0; i < set.count; i++)
        open_for_service(cluster, pod, set.services[i], before);
    selector_index_release(&cluster->stored_selectors, &set);
}

void accounts_pod_delivered(struct cluster *cluster, uint32_t pod, uint32_t version)
{
    cluster->step++;
    for (uint32_t m = cluster->pods[pod]->first_membership; m != ID_NONE;
         m = membership_at(cluster, m)->next) {
        for (uint32_t id = membership_at(cluster, m)->first_news; id != ID_NONE;
             id = news_at(cluster, id)->next) {
            struct news *news = news_at(cluster, id);
            if (news->state != NEWS_OPEN || news->t_enqueue_ns != NS_NEVER ||
                news->t_status_ns == NS_NEVER || entry_at(cluster, id)->status_version > version)
                continue;
            news->t_enqueue_ns = cluster->kernel->now_ns;
            entry_at(cluster, id)->enqueue_step = cluster->step;
        }
    }
}

void accounts_service_stored(struct cluster *cluster, uint32_t service,
                             const struct service_spec *before, enum cause cause)
{
    const struct service *s = &cluster->services[service];

    for (uint32_t pod = 0; cluster->is_started && pod < cluster->pod_count; pod++) {
        const struct pod *p = cluster->pods[pod];
        bool was_selected;
        bool is_selected;
        if (!p->stored.exists || !p->stored.has_ip || strcmp(p->ns, s->ns) != 0)
            continue;
        was_selected = before != NULL && labels_match(&before->selector, p->stored.labels);
        is_selected = s->exists && labels_match(&s->spec->selector, p->stored.labels);
        if (was_selected != is_selected)
            open_at_api(
                cluster, pod,
                (struct api_cause){service, is_selected ? CHANGE_ADD : CHANGE_REMOVE, cause, 0});
        else if (is_selected && port_maps_of_pod(cluster, before, p->spec) !=
                                    port_maps_of_pod(cluster, s->spec, p->spec))
            open_at_api(cluster, pod, (struct api_cause){service, CHANGE_EDIT, cause, 0});
    }
}

static const struct endpoints_item *find_item(const struct endpoints_content *content, uint32_t pod)
{
    for (uint32_t i = 0; content != NULL && i < content->count; i++) {
        if (content->items[i]->pod == pod)
            return content->items[i];
    }
    return NULL;
}

void accounts_endpoints_edited(struct cluster *cluster, uint32_t service,
                               const struct endpoints_content *before,
                               const struct endpoints_content *after, enum cause cause)
{
    for (uint32_t i = 0; cluster->is_started && after != NULL && i < after->count; i++) {
        const struct endpoints_item *item = after->items[i];
        const struct endpoints_item *old = find_item(before, item->pod);
        if (old == NULL)
            open_at_api(cluster, item->pod, (struct api_cause){service, CHANGE_ADD, cause, 0});
        else if (old->is_ready != item->is_ready)
            open_at_api(cluster, item->pod,
                        (struct api_cause){service, item->is_ready ? CHANGE_READY : CHANGE_UNREADY,
                                           cause, 0});
        else if (old->ports != item->ports)
            open_at_api(cluster, item->pod, (struct api_cause){service, CHANGE_EDIT, cause, 0});
    }
    for (uint32_t i = 0; cluster->is_started && before != NULL && i < before->count; i++) {
        if (find_item(after, before->items[i]->pod) == NULL)
            open_at_api(cluster, before->items[i]->pod,
                        (struct api_cause){service, CHANGE_REMOVE, cause, 0});
    }
}

void accounts_service_delivered(struct cluster *cluster, uint32_t service)
{
    const struct service *s = &cluster->services[service];

    cluster->step++;
    for (uint32_t i = 0; i < s->open_count; i++) {
        struct news *news = news_at(cluster, s->open_news[i]);
        bool is_pods = entry_at(cluster, news->id)->status_version != 0;
        if (news->state != NEWS_OPEN || news->t_enqueue_ns != NS_NEVER ||
            news->t_status_ns == NS_NEVER || is_pods)
            continue;
        news->t_enqueue_ns = cluster->kernel->now_ns;
        entry_at(cluster, news->id)->enqueue_step = cluster->step;
    }
}

void accounts_endpoints_stored(struct cluster *cluster, uint32_t service, uint64_t sync_step)
{
    struct service *s = &cluster->services[service];

    for (uint32_t i = 0; cluster->is_started && i < s->undated_count;) {
        struct news *news = news_at(cluster, s->undated[i]);
        bool is_told = news->state != NEWS_DROPPED && news->t_enqueue_ns != NS_NEVER &&
                       entry_at(cluster, news->id)->enqueue_step < sync_step;
        if (is_told)
            news->t_endpoints_ns = cluster->kernel->now_ns;
        if (is_told || news->state == NEWS_DROPPED)
            s->undated[i] = s->undated[--s->undated_count];
        else
            i++;
    }
}

/* Whether an attempt that started at that step had the news before it. */
static bool has_seen(const struct cluster *cluster, const struct news *news, uint64_t sync_step)
{
    return news->state == NEWS_OPEN && news->t_enqueue_ns != NS_NEVER &&
           entry_at(cluster, news->id)->enqueue_step < sync_step;
}

/* The oldest news that the sync had seen and that explains the change; else the oldest that it had seen. */
static struct news *find_explanation(const struct cluster *cluster,
                                     const struct account_change *change)
{
    const struct pod_membership *membership =
        find_membership(cluster, change->pod, change->service);
    struct news *fallback = NULL;

    for (uint32_t id = membership == NULL ? ID_NONE : membership->first_news; id != ID_NONE;
         id = news_at(cluster, id)->next) {
        struct news *news = news_at(cluster, id);
        if (!has_seen(cluster, news, change->sync_step))
            continue;
        if (news->kind == change->kind)
            return news;
        if (fallback == NULL)
            fallback = news;
    }
    return fallback;
}

/* A write that no news explains (a repair, a pod that was there before the start) starts at the sync itself. */
static struct news *make_explanation(struct cluster *cluster, const struct account_change *change)
{
    struct news *news = open_one(cluster, change->pod, change->service, change->kind);

    news->cause = CAUSE_APPLY;
    news->t_cause_ns = change->sync_ns;
    news->t_detect_ns = change->sync_ns;
    news->t_status_ns = change->sync_ns;
    news->t_enqueue_ns = change->sync_ns;
    tell_opened(cluster, news);
    return news;
}

void accounts_change_stored(struct cluster *cluster, const struct account_change *change)
{
    struct news *news;

    if (!cluster->is_started)
        return;
    news = find_explanation(cluster, change);
    if (news == NULL)
        news = make_explanation(cluster, change);
    news->state = NEWS_STORED;
    news->kind = (uint8_t)change->kind;
    news->is_effective = change->is_effective;
    news->change = ++cluster->change_count;
    news->resource_version = cluster->resource_version;
    news->t_sync_ns = change->sync_ns;
    entry_at(cluster, news->id)->sync_step = change->sync_step;
    news->t_write_ns = change->write_ns;
    news->t_stored_ns = cluster->kernel->now_ns;
    entry_at(cluster, news->id)->position =
        cluster->logs[model_proxy_log(cluster, PROXY_SLICES)].next - 1;
    ARENA_GROW(cluster->arena, cluster->changes, &cluster->changes_capacity, cluster->change_count);
    cluster->changes[cluster->change_count - 1] = news->id;
    for (uint32_t i = 0; i < cluster->observer_count; i++) {
        if (cluster->observers[i].change_stored != NULL)
            cluster->observers[i].change_stored(cluster->observers[i].self, news);
    }
    if (change->kind == CHANGE_REMOVE)
        drop_older(cluster, news);
}

/* Whether a change stored by the same or a later attempt tells of the pod what this news would have told. */
static bool is_subsumed(const struct cluster *cluster, const struct news *news, uint64_t sync_step)
{
    const struct pod_membership *membership = find_membership(cluster, news->pod, news->service);

    for (uint32_t id = membership->first_news; id != ID_NONE; id = news_at(cluster, id)->next) {
        const struct news *other = news_at(cluster, id);
        if (other->state == NEWS_STORED && entry_at(cluster, id)->sync_step == sync_step)
            return true;
    }
    return false;
}

void accounts_sync_done(struct cluster *cluster, uint32_t service, uint64_t sync_step)
{
    struct service *s = &cluster->services[service];
    uint32_t kept = 0;

    for (uint32_t i = 0; i < s->open_count; i++) {
        struct news *news = news_at(cluster, s->open_news[i]);
        if (!has_seen(cluster, news, sync_step))
            continue;
        drop(cluster, news, !is_subsumed(cluster, news, sync_step));
        if (news->kind == CHANGE_REMOVE)
            drop_older(cluster, news);
    }
    for (uint32_t i = 0; i < s->open_count; i++) {
        if (news_at(cluster, s->open_news[i])->state == NEWS_OPEN)
            s->open_news[kept++] = s->open_news[i];
    }
    s->open_count = kept;
}

void accounts_applied(struct cluster *cluster, uint32_t id, const struct applied_change *applied)
{
    struct news *news = news_at(cluster, id);

    news->reached_count++;
    for (uint32_t i = 0; i < cluster->observer_count; i++) {
        if (cluster->observers[i].change_applied != NULL)
            cluster->observers[i].change_applied(cluster->observers[i].self, news, applied);
    }
    if (news->reached_count == news->node_count)
        advance(cluster, find_membership(cluster, news->pod, news->service));
}

uint32_t accounts_pick(const struct cluster *cluster, uint32_t node, uint32_t service, uint32_t pod)
{
    uint64_t applied = cluster->nodes[node].proxy.applied[PROXY_SLICES];
    uint32_t m = cluster->pods[pod]->first_membership;

    while (m != ID_NONE && membership_at(cluster, m)->service != service)
        m = membership_at(cluster, m)->next;
    if (EP_LIKELY(m == ID_NONE))
        return ID_NONE;
    for (uint32_t id = membership_at(cluster, m)->first_news; id != ID_NONE;
         id = news_at(cluster, id)->next) {
        const struct news_entry *entry = entry_at(cluster, id);
        if (entry->news.state == NEWS_DROPPED)
            continue;
        if (entry->news.state == NEWS_OPEN ||
            (entry->news.is_effective && entry->position >= applied))
            return id;
    }
    return ID_NONE;
}
