/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/pod_writes.h"

#include "base/error.h"
#include "cluster/api_server.h"
#include "cluster/controllers/garbage_collector.h"

bool pod_writes_store(struct cluster *cluster, const struct write *w)
{
    struct pod *p = cluster->pods[w->object];
    struct pod_view view = p->stored;

    if (w->op == OP_CREATE_POD) {
        p->created_ns =
            cluster->kernel->now_ns / NS_PER_S * NS_PER_S; /* the API keeps whole seconds */
        api_server_put_pod(cluster, w->object, &w->view.pod, WRITE_CREATE);
        garbage_collector_pod_stored(cluster, w->object);
        return true;
    }
    if (!view.exists)
        return true; /* 404: nothing left to do */
    switch ((enum write_op)w->op) {
    case OP_BIND_POD:
        view.node = w->view.pod.node;
        break;
    case OP_POD_STATUS:
        view.phase = w->view.pod.phase;
        view.has_ip = w->view.pod.has_ip;
        view.addresses = p->addresses;
        view.is_ready = w->view.pod.is_ready;
        view.is_started = w->view.pod.is_started;
        view.container = w->view.pod.container;
        view.restart_count = w->view.pod.restart_count;
        view.started_ns = w->view.pod.started_ns;
        view.last_started_ns = w->view.pod.last_started_ns;
        view.ended_ns = w->view.pod.ended_ns;
        if (view.is_ready != p->stored.is_ready)
            view.ready_since_ns = w->view.pod.ready_since_ns;
        break;
    case OP_RELEASE_POD:
        view.owner = ID_NONE;
        break;
    case OP_ADOPT_POD:
        if (view.owner != ID_NONE)
            return view.owner == w->view.pod.owner; /* 422: it has a controller already */
        view.owner = w->view.pod.owner;
        p->owner = view.owner;
        break;
    case OP_DELETE_POD:
        api_server_delete_pod(cluster, w->object, p->spec->grace_ns, false, (enum cause)w->cause);
        return true;
    case OP_FINISH_POD:
        p->grace_ns = 0;
        api_server_put_pod(cluster, w->object, &view,
                           WRITE_UPDATE); /* a grace of 0 is stored first */
        api_server_put_pod(cluster, w->object, &view, WRITE_DELETE);
        return true;
    default:
        EP_REQUIRE(false);
    }
    api_server_put_pod(cluster, w->object, &view, WRITE_UPDATE);
    return true;
}
