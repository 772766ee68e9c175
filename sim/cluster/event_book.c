/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/event_book.h"

#include "cluster/control_plane.h"

#define EVENT_ROW(id, reason, component, about, is_warning) {reason, component, about, is_warning},
static const struct event_row rows[EVENT_REASON_COUNT] = {EVENT_REASONS(EVENT_ROW)};
#undef EVENT_ROW

const struct event_row *event_book_row(enum event_reason reason)
{
    return &rows[reason];
}

/* The version of the object, as its component knows it or nearly so. */
static uint64_t version_of(const struct cluster *cluster, enum event_about about, uint32_t object)
{
    switch (about) {
    case EVENT_ABOUT_POD:
        return cluster->pods[object]->stored.resource_version;
    case EVENT_ABOUT_REPLICA_SET:
        return cluster->replica_sets[object]->seen.resource_version;
    case EVENT_ABOUT_DEPLOYMENT:
        return cluster->deployments[object].seen.resource_version;
    case EVENT_ABOUT_SERVICE:
        return cluster->services[object].resource_version;
    case EVENT_ABOUT_ENDPOINTS:
        return cluster->endpoints[object]->stored == NULL
                   ? 0
                   : cluster->endpoints[object]->stored->resource_version;
    case EVENT_ABOUT_NODE:
        break;
    }
    return 0;
}

static struct event_post *add(struct cluster *cluster, enum event_reason reason, uint32_t object,
                              sim_ns at_ns)
{
    struct event_book *book = cluster->event_book;
    struct event_post *post;

    ARENA_GROW(cluster->arena, book->posts, &book->capacity, book->count + 1);
    post = &book->posts[book->count++];
    *post = (struct event_post){
        .at_ns = at_ns,
        .version = version_of(cluster, rows[reason].about, object),
        .log_version = cluster->resource_version,
        .object = object,
        .reason = (uint8_t)reason,
    };
    return post;
}

void event_book_post_at(struct cluster *cluster, enum event_reason reason, uint32_t object,
                        struct event_detail detail, sim_ns at_ns)
{
    if (event_book_is_kept(cluster))
        add(cluster, reason, object, at_ns)->detail = detail;
}

void event_book_post(struct cluster *cluster, enum event_reason reason, uint32_t object,
                     struct event_detail detail)
{
    event_book_post_at(cluster, reason, object, detail, cluster->kernel->now_ns);
}

void event_book_post_container(struct cluster *cluster, uint32_t pod, uint32_t container,
                               sim_ns from_ns, sim_ns until_ns)
{
    const struct event_detail detail = {.other = container};

    event_book_post_at(cluster, EVENT_PRESENT, pod, detail, from_ns);
    event_book_post_at(cluster, EVENT_CREATED, pod, detail, until_ns);
    event_book_post_at(cluster, EVENT_STARTED, pod, detail, until_ns);
}

void event_book_post_containers(struct cluster *cluster, enum event_reason reason, uint32_t pod)
{
    for (uint32_t i = 0;
         event_book_is_kept(cluster) && i < cluster->pods[pod]->spec->container_count; i++)
        event_book_post(cluster, reason, pod, (struct event_detail){.other = i});
}

void event_book_take_back(struct cluster *cluster, enum event_about about, uint32_t object)
{
    struct event_book *book = cluster->event_book;

    for (uint32_t i = 0; event_book_is_kept(cluster) && i < book->count; i++) {
        struct event_post *post = &book->posts[i];
        if (post->object == object && rows[post->reason].about == about && post->period_ns == 0 &&
            post->at_ns > cluster->kernel->now_ns)
            post->at_ns = NS_NEVER;
    }
}

uint32_t event_book_begin_failing(struct cluster *cluster, uint32_t pod, struct event_detail detail,
                                  sim_ns first_ns, sim_ns period_ns)
{
    struct event_post *post;

    if (!event_book_is_kept(cluster))
        return 0;
    post = add(cluster, EVENT_UNHEALTHY, pod, first_ns);
    post->detail = detail;
    post->period_ns = period_ns;
    post->until_ns = NS_NEVER;
    return cluster->event_book->count;
}

void event_book_end_failing(struct cluster *cluster, uint32_t number)
{
    if (number != 0)
        cluster->event_book->posts[number - 1].until_ns = cluster->kernel->now_ns;
}

static void pod_written(struct cluster *cluster, const struct write *w)
{
    const struct pod *p = cluster->pods[w->object];
    const struct event_detail detail = {.other = w->object};

    if (w->op == OP_BIND_POD && p->stored.exists && p->stored.node == w->view.pod.node)
        event_book_post(cluster, EVENT_SCHEDULED, w->object,
                        (struct event_detail){.other = w->view.pod.node});
    if (w->controller != CONTROLLER_REPLICA_SET || p->owner == ID_NONE)
        return;
    if (w->op == OP_CREATE_POD)
        event_book_post(cluster, EVENT_POD_CREATED, p->owner, detail);
    else if (w->op == OP_DELETE_POD)
        event_book_post(cluster, EVENT_POD_DELETED, p->owner, detail);
}

static void replica_set_written(struct cluster *cluster, const struct write *w)
{
    const struct replica_set *rs = cluster->replica_sets[w->object];
    const struct event_detail detail = {
        .other = w->object, .before = w->scaled_from, .after = w->view.replica_set.replicas};

    if (w->controller != CONTROLLER_DEPLOYMENT || detail.before == detail.after)
        return;
    event_book_post(cluster, w->op == OP_CREATE_REPLICA_SET ? EVENT_SCALED_NEW : EVENT_SCALED,
                    rs->deployment, detail);
}

/* What the API server did not take, and answered. */
static void write_refused(struct cluster *cluster, const struct write *w)
{
    const struct event_detail detail = {.other = w->object, .before = w->op == OP_CREATE_SLICE};

    if (!control_plane_reaches_api(cluster, LEASE_CONTROLLER_MANAGER))
        return;
    if (w->controller == CONTROLLER_ENDPOINTS && w->op == OP_CREATE_ENDPOINTS)
        event_book_post(cluster, EVENT_ENDPOINTS_NOT_CREATED, w->object, detail);
    else if (w->controller == CONTROLLER_ENDPOINTS && w->op == OP_UPDATE_ENDPOINTS)
        event_book_post(cluster, EVENT_ENDPOINTS_NOT_UPDATED, w->object, detail);
    else if (w->controller == CONTROLLER_ENDPOINT_SLICE &&
             cluster->slices[w->object]->service != ID_NONE)
        event_book_post(cluster, EVENT_SLICES_NOT_UPDATED, cluster->slices[w->object]->service,
                        detail);
}

void event_book_written(struct cluster *cluster, const struct write *w, bool is_stored)
{
    if (!event_book_is_kept(cluster))
        return;
    if (!is_stored) {
        write_refused(cluster, w);
        return;
    }
    switch ((enum write_op)w->op) {
    case OP_CREATE_POD:
    case OP_BIND_POD:
    case OP_DELETE_POD:
        pod_written(cluster, w);
        break;
    case OP_CREATE_REPLICA_SET:
    case OP_SCALE_REPLICA_SET:
        replica_set_written(cluster, w);
        break;
    default:
        break;
    }
}

/* Each node by the first of the scheduler's filters that it does not pass. */
void event_book_no_node(struct cluster *cluster, uint32_t pod)
{
    struct event_detail detail = {.other = 0};

    for (uint32_t n = 0; event_book_is_kept(cluster) && n < cluster->node_count; n++) {
        const struct node *node = &cluster->nodes[n];
        if (node->is_cordoned || node->spec->is_unschedulable)
            detail.before++;
        else if (node->health.is_avoided)
            detail.after++;
        else
            detail.third++;
    }
    event_book_post(cluster, EVENT_NO_NODE, pod, detail);
}
