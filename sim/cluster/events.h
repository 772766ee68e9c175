/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The cluster's kinds of events: name, handler, what it is. `a` and `b` are the event's data.
 */
#ifndef EPSIM_CLUSTER_EVENTS_H
#define EPSIM_CLUSTER_EVENTS_H

#define CLUSTER_EVENTS(X)                                                                         \
    X(CLUSTER_WATCH, api_server_deliver, "a watch delivers a version; a: reader, b: generation")  \
    X(CLUSTER_STORE, api_server_store, "a write reaches the log; a: write")                       \
    X(CLUSTER_QUEUE_ADD, controller_queue_due, "a delayed key is due; a: controller, b: key")     \
    X(CLUSTER_SYNC_STEP, controller_step,                                                         \
      "a worker goes on with its sync; a: controller, b: worker")                                 \
    X(CLUSTER_KUBELET_NEWS, kubelet_pod_delivered,                                                \
      "a kubelet's watch delivers its pod; a: pod, b: version")                                   \
    X(CLUSTER_KUBELET_SYNC, kubelet_pod_sync, "a pod worker syncs; a: pod")                       \
    X(CLUSTER_CONTAINERS_STARTED, kubelet_containers_started, "a pod's containers run; a: pod")   \
    X(CLUSTER_LISTEN, kubelet_process_listens, "a program opens its socket; a: pod, b: start")    \
    X(CLUSTER_RELIST, kubelet_relisted, "the relist has seen the start; a: pod, b: start")        \
    X(CLUSTER_STATUS, kubelet_produce_status, "a sync makes the pod's status; a: pod, b: start")  \
    X(CLUSTER_DEATH, restarts_death_seen, "the relist has seen the end; a: pod, b: start")        \
    X(CLUSTER_RESTART_SYNC, restarts_sync,                                                        \
      "a pod worker finds a container that has ended; a: pod, b: start")                          \
    X(CLUSTER_RESTARTED, restarts_started, "a container runs again; a: pod, b: start before")     \
    X(CLUSTER_PROBE_KILL, restarts_kill, "a pod worker acts on a failed probe; a: pod, b: start") \
    X(CLUSTER_PROBE_KILLED, restarts_killed, "the runtime reports that end; a: pod, b: start")    \
    X(CLUSTER_SIGTERM, kubelet_sigterm, "preStop is over; a: pod, b: start")                      \
    X(CLUSTER_SIGKILL, kubelet_sigkill, "the grace is over; a: pod, b: start")                    \
    X(CLUSTER_STOPPED, kubelet_containers_stopped, "the runtime reports the end; a: pod")         \
    X(CLUSTER_TORN_DOWN, kubelet_sandbox_gone, "the sandbox is torn down; a: pod")                \
    X(CLUSTER_PROBE, prober_tick, "a probe worker's tick; a: prober, b: generation")              \
    X(CLUSTER_PROBE_TIMEOUT, prober_timed_out,                                                    \
      "an attempt has not been answered; a: prober, b: generation")                               \
    X(CLUSTER_NODE_PASS, node_controller_pass,                                                    \
      "a pass of the node controller; a: node, b: generation")                                    \
    X(CLUSTER_NODE_STEP, node_controller_step, "its write about a node or a pod is stored; a, b") \
    X(CLUSTER_NODE_TAINT, node_controller_taint, "unreachable:NoSchedule is stored; a, b")        \
    X(CLUSTER_NODE_TAINT_SEEN, node_controller_taint_seen, "the scheduler sees the taints; a, b") \
    X(CLUSTER_NODE_NO_EXECUTE, node_controller_no_execute, "unreachable:NoExecute is due; a, b")  \
    X(CLUSTER_NODE_EVICT, node_controller_evict, "a pod's toleration ends; a, b")                 \
    X(CLUSTER_NODE_READY, node_controller_ready, "a node's kubelet has written its status; a, b") \
    X(CLUSTER_NODE_UNTAINT, node_controller_untaint, "a pass finds the node Ready; a, b")         \
    X(CLUSTER_NODE_RECONCILE, node_power_reconcile,                                               \
      "statuses in the API are not the kubelet's; a, b")                                          \
    X(CLUSTER_APPLY_STATUS, commands_status_due, "a status by hand follows its pod; a: pod")      \
    X(CLUSTER_COLLECT, garbage_collector_collect, "an ownerless slice's turn; a: slice")          \
    X(CLUSTER_COLLECT_STEP, garbage_collector_step,                                               \
      "a step of an ownerless object; a: it; b: step")                                            \
    X(CLUSTER_PROXY_WAKE, kube_proxy_wake, "a proxy may sync; a: node, b: generation")            \
    X(CLUSTER_PROXY_DONE, kube_proxy_done, "a proxy's rules are in effect; a: node")              \
    X(CLUSTER_LEADER_EXIT, control_plane_leader_exits,                                            \
      "a leader could not renew its lease in time; a: lease, b: generation")                      \
    X(CLUSTER_LEASE_TAKEN, control_plane_lease_taken,                                             \
      "a candidate takes a lease; a: lease, b: generation")                                       \
    X(CLUSTER_LEADER_LISTED, control_plane_leader_listed,                                         \
      "a new leader's caches are filled; a: lease, b: generation")                                \
    X(CLUSTER_WATCH_RESUMED, control_plane_watch_resumed,                                         \
      "a controller's watch is back; a: reader, b: generation")                                   \
    X(CLUSTER_STATUS_RETRY, status_manager_retry,                                                 \
      "a kubelet tries again to write statuses; a: node")                                         \
    X(CLUSTER_SCHEDULE_RETRY, scheduler_try_again, "a pod that could not be bound; a: pod")       \
    X(CLUSTER_BALANCER_BEGIN, load_balancer_begin,                                                \
      "a load balancer has its address; a: service, b: generation")                               \
    X(CLUSTER_BALANCER_CHECK, load_balancer_check,                                                \
      "it asks a node how it is; a: balancer, b: generation and node")                            \
    X(CLUSTER_BALANCER_TIMED_OUT, load_balancer_timed_out,                                        \
      "a node has not answered it; a: balancer, b: generation and node")

#define CLUSTER_EVENT_ENUM(name, handler, doc) name,
enum cluster_event {
    CLUSTER_EVENTS(CLUSTER_EVENT_ENUM) CLUSTER_EVENT_COUNT
};
#undef CLUSTER_EVENT_ENUM

#endif
