/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table's part for manifests, innermost maps first. A map's `ignored` names are Kubernetes' own that epsim does
 * not model; those that cannot matter to it (bookkeeping, status) are rows with FIELD_SILENT.
 */
#include "scenario/field_rows.h"

#include <string.h>

#define SECONDS_MAX 3153600000.0 /* a hundred years */
#define INT32_LIMIT 2147483647.0

static const struct field owner_items[] = {
    {.name = "kind", .type = FIELD_STRING, .doc = "Deployment, ReplicaSet, ReplicationController."},
    {.name = "name", .type = FIELD_STRING, .doc = "Its name, in the same namespace."},
    {.name = "controller", .type = FIELD_BOOL, .doc = "Whether it is the one that manages this."},
    QUIET("apiVersion"),
    QUIET("uid"),
    QUIET("blockOwnerDeletion"),
};
static const struct field_set owner = FIELD_SET(owner_items, NULL);

static const struct field metadata_items[] = {
    {.name = "name", .type = FIELD_STRING, .doc = "Unique within kind and namespace."},
    {.name = "namespace", .type = FIELD_STRING, .doc = "Default: default."},
    {.name = "labels", .type = FIELD_TEXT_MAP, .doc = "What selectors look at."},
    {.name = "annotations", .type = FIELD_TEXT_MAP, .doc = "Notes."},
    {.name = "creationTimestamp",
     .type = FIELD_STRING,
     .expected = "a time such as 2026-01-01T00:00:00Z",
     .doc = "Default: one hour before the start."},
    {.name = "uid", .type = FIELD_STRING, .doc = "Shown as it is; default: made up of the name."},
    {.name = "ownerReferences",
     .type = FIELD_LIST,
     .children = &owner,
     .doc = "Of pods and ReplicaSets: whose they are from the start on."},
    {.name = "deletionTimestamp",
     .type = FIELD_STRING,
     .expected = "a time such as 2026-01-01T00:00:00Z",
     .doc = "Of pods: it is terminating at the start."},
    {.name = "deletionGracePeriodSeconds",
     .type = FIELD_SECONDS,
     .max = SECONDS_MAX,
     .doc = "Of pods: how long it has for that."},
    QUIET("resourceVersion"),
    QUIET("generation"),
    QUIET("managedFields"),
    QUIET("selfLink"),
    QUIET("generateName"),
};
const struct field_set fields_metadata = FIELD_SET(metadata_items, "finalizers");

/* --- pods --- */

static const struct field http_get_items[] = {
    {.name = "port",
     .type = FIELD_OTHER,
     .is_required = true,
     .expected = PORT_EXPECTED,
     .doc = "Port of the container."},
    {.name = "path",
     .type = FIELD_STRING,
     .default_text = "/",
     .doc = "Shown; the model does not tell paths apart."},
    {.name = "scheme",
     .type = FIELD_STRING,
     .default_text = "HTTP",
     .expected = "HTTP or HTTPS",
     .doc = "Shown."},
    QUIET("httpHeaders"),
};
static const struct field_set http_get = FIELD_SET(http_get_items, "host");

static const struct field tcp_socket_items[] = {
    {.name = "port",
     .type = FIELD_OTHER,
     .is_required = true,
     .expected = PORT_EXPECTED,
     .doc = "Port of the container."},
};
static const struct field_set tcp_socket = FIELD_SET(tcp_socket_items, "host");

static const struct field grpc_items[] = {
    {.name = "port",
     .type = FIELD_INT,
     .is_required = true,
     .min = 1,
     .max = 65535,
     .doc = "Port of the container."},
    QUIET("service"),
};
static const struct field_set grpc = FIELD_SET(grpc_items, NULL);

static const struct field exec_items[] = {
    {.name = "command", .type = FIELD_TEXT_LIST, .doc = "Program and arguments."},
};
static const struct field_set exec = FIELD_SET(exec_items, NULL);

#define LISTENED "Passes while the port is listened on."

static const struct field probe_items[] = {
    {.name = "httpGet",
     .type = FIELD_MAP,
     .is_approximate = true,
     .children = &http_get,
     .doc = LISTENED},
    {.name = "tcpSocket", .type = FIELD_MAP, .children = &tcp_socket, .doc = LISTENED},
    {.name = "grpc", .type = FIELD_MAP, .is_approximate = true, .children = &grpc, .doc = LISTENED},
    {.name = "exec",
     .type = FIELD_MAP,
     .is_approximate = true,
     .children = &exec,
     .doc = "Passes while the container runs."},
    {.name = "initialDelaySeconds",
     .type = FIELD_SECONDS,
     .default_text = "0",
     .max = SECONDS_MAX,
     .doc = "First probe not before."},
    {.name = "periodSeconds",
     .type = FIELD_SECONDS,
     .default_text = "10",
     .max = SECONDS_MAX,
     .doc = "Between probes; 0 means the default."},
    {.name = "timeoutSeconds",
     .type = FIELD_SECONDS,
     .default_text = "1",
     .max = SECONDS_MAX,
     .doc = "Of one probe; 0 means the default."},
    {.name = "successThreshold",
     .type = FIELD_INT,
     .default_text = "1",
     .max = INT32_LIMIT,
     .doc = "Successes in a row to become ready."},
    {.name = "failureThreshold",
     .type = FIELD_INT,
     .default_text = "3",
     .max = INT32_LIMIT,
     .doc = "Failures in a row to become unready."},
};
static const struct field_set probe = FIELD_SET(probe_items, "terminationGracePeriodSeconds");

static const struct field sleep_items[] = {
    {.name = "seconds",
     .type = FIELD_SECONDS,
     .is_required = true,
     .max = SECONDS_MAX,
     .doc = "How long."},
};
static const struct field_set sleep = FIELD_SET(sleep_items, NULL);

static const struct field pre_stop_items[] = {
    {.name = "sleep", .type = FIELD_MAP, .children = &sleep, .doc = "Wait before SIGTERM."},
    {.name = "exec",
     .type = FIELD_MAP,
     .is_approximate = true,
     .children = &exec,
     .doc = "`sleep N` waits; other commands take no time."},
};
static const struct field_set pre_stop = FIELD_SET(pre_stop_items, "httpGet tcpSocket");

static const struct field lifecycle_items[] = {
    {.name = "preStop", .type = FIELD_MAP, .children = &pre_stop, .doc = "Before SIGTERM."},
};
static const struct field_set lifecycle = FIELD_SET(lifecycle_items, "postStart stopSignal");

static const struct field port_items[] = {
    {.name = "name", .type = FIELD_STRING, .doc = "For targetPort and probes."},
    {.name = "containerPort",
     .type = FIELD_INT,
     .is_required = true,
     .min = 1,
     .max = 65535,
     .doc = "Listened on."},
    {.name = "protocol",
     .type = FIELD_ENUM,
     .default_text = "TCP",
     .values = "TCP UDP SCTP",
     .doc = "Default: TCP."},
};
static const struct field_set port = FIELD_SET(port_items, "hostPort hostIP");

static const struct field container_items[] = {
    {.name = "name", .type = FIELD_STRING, .is_required = true, .doc = "Unique in the pod."},
    {.name = "image", .type = FIELD_STRING, .doc = "What apps are matched by."},
    {.name = "ports", .type = FIELD_LIST, .children = &port, .doc = "Declared ports."},
    {.name = "readinessProbe",
     .type = FIELD_MAP,
     .children = &probe,
     .doc = "Decides whether the pod is ready."},
    {.name = "livenessProbe",
     .type = FIELD_MAP,
     .status = FIELD_NOTED,
     .children = &probe,
     .doc = "Read, not modelled yet."},
    {.name = "startupProbe",
     .type = FIELD_MAP,
     .status = FIELD_NOTED,
     .children = &probe,
     .doc = "Read, not modelled yet."},
    {.name = "lifecycle", .type = FIELD_MAP, .children = &lifecycle, .doc = "Hooks."},
    QUIET("imagePullPolicy"),
    QUIET("terminationMessagePath"),
    QUIET("terminationMessagePolicy"),
};
static const struct field_set container =
    FIELD_SET(container_items,
              "args command env envFrom resizePolicy resources restartPolicy securityContext stdin "
              "stdinOnce tty volumeDevices volumeMounts workingDir");

#define POD_SPEC_IGNORED                                                                                             \
    "activeDeadlineSeconds affinity automountServiceAccountToken dnsConfig ephemeralContainers hostAliases hostIPC " \
    "hostNetwork hostPID hostUsers imagePullSecrets nodeSelector os overhead preemptionPolicy priority "             \
    "priorityClassName readinessGates resourceClaims runtimeClassName schedulingGates setHostnameAsFQDN "            \
    "shareProcessNamespace tolerations topologySpreadConstraints volumes"

static const struct field pod_spec_items[] = {
    {.name = "containers",
     .type = FIELD_LIST,
     .is_required = true,
     .children = &container,
     .doc = "At least one."},
    {.name = "initContainers",
     .type = FIELD_LIST,
     .is_approximate = true,
     .children = &container,
     .doc = "One after the other, each for its app's startup, else 100ms."},
    {.name = "terminationGracePeriodSeconds",
     .type = FIELD_SECONDS,
     .default_text = "30",
     .max = SECONDS_MAX,
     .doc = "From the delete to SIGKILL, preStop included."},
    {.name = "nodeName", .type = FIELD_STRING, .doc = "Bound already."},
    {.name = "hostname",
     .type = FIELD_STRING,
     .doc = "For DNS names of a headless service's pods."},
    {.name = "subdomain", .type = FIELD_STRING, .doc = "The headless service's name."},
    {.name = "restartPolicy",
     .type = FIELD_ENUM,
     .default_text = "Always",
     .values = "Always OnFailure Never",
     .doc = "Default: Always."},
    QUIET("dnsPolicy"),
    QUIET("schedulerName"),
    QUIET("securityContext"),
    QUIET("serviceAccount"),
    QUIET("serviceAccountName"),
    QUIET("enableServiceLinks"),
};
static const struct field_set pod_spec = FIELD_SET(pod_spec_items, POD_SPEC_IGNORED);

static const struct field pod_status_items[] = {
    {.name = "phase",
     .type = FIELD_ENUM,
     .values = "Pending Running Succeeded Failed Unknown",
     .doc = "State at the start."},
    {.name = "podIP", .type = FIELD_STRING, .doc = "Address at the start."},
    {.name = "conditions",
     .type = FIELD_OTHER,
     .expected = "a list of conditions",
     .doc = "Ready at the start."},
    {.name = "podIPs",
     .type = FIELD_OTHER,
     .expected = "a list of addresses such as {ip: 10.0.0.7}",
     .doc = "Its addresses at the start, podIP first."},
    QUIET("hostIP"),
    QUIET("hostIPs"),
    QUIET("startTime"),
    QUIET("qosClass"),
    {.name = "containerStatuses",
     .type = FIELD_OTHER,
     .expected = "a list of states of containers",
     .doc = "When the first of them has started."},
    QUIET("initContainerStatuses"),
    QUIET("ephemeralContainerStatuses"),
    QUIET("observedGeneration"),
    QUIET("message"),
    QUIET("reason"),
    QUIET("nominatedNodeName"),
    QUIET("resize"),
};
static const struct field_set pod_status = FIELD_SET(pod_status_items, NULL);

static const struct field template_items[] = {
    {.name = "metadata",
     .type = FIELD_MAP,
     .default_text = "{}",
     .children = &fields_metadata,
     .doc = "Labels of the pods."},
    {.name = "spec",
     .type = FIELD_MAP,
     .is_required = true,
     .children = &pod_spec,
     .doc = "The pods."},
};
static const struct field_set pod_template = FIELD_SET(template_items, NULL);

static const struct field pod_items[] = {
    HEAD_ROWS,
    {.name = "spec",
     .type = FIELD_MAP,
     .is_required = true,
     .children = &pod_spec,
     .doc = "The pod."},
    {.name = "status",
     .type = FIELD_MAP,
     .children = &pod_status,
     .doc = "Its state at the start."},
};
static const struct field_set pod = FIELD_SET(pod_items, NULL);

/* --- workloads --- */

static const struct field requirement_items[] = {
    {.name = "key", .type = FIELD_STRING, .is_required = true, .doc = "A label."},
    {.name = "operator",
     .type = FIELD_ENUM,
     .is_required = true,
     .values = "In NotIn Exists DoesNotExist",
     .doc = "How."},
    {.name = "values", .type = FIELD_TEXT_LIST, .doc = "For In and NotIn."},
};
static const struct field_set requirement = FIELD_SET(requirement_items, NULL);

static const struct field label_selector_items[] = {
    {.name = "matchLabels", .type = FIELD_TEXT_MAP, .doc = "Labels that must be there."},
    {.name = "matchExpressions",
     .type = FIELD_LIST,
     .children = &requirement,
     .doc = "Other conditions."},
};
const struct field_set fields_label_selector = FIELD_SET(label_selector_items, NULL);

#define SURGE_EXPECTED "a whole number of pods, or a percentage such as \"25%\""

static const struct field rolling_items[] = {
    {.name = "maxSurge",
     .type = FIELD_OTHER,
     .default_text = "25%",
     .expected = SURGE_EXPECTED,
     .doc = "Pods above replicas; rounded up."},
    {.name = "maxUnavailable",
     .type = FIELD_OTHER,
     .default_text = "25%",
     .expected = SURGE_EXPECTED,
     .doc = "Pods that may be missing; rounded down."},
};
static const struct field_set rolling = FIELD_SET(rolling_items, NULL);

static const struct field strategy_items[] = {
    {.name = "type",
     .type = FIELD_ENUM,
     .default_text = "RollingUpdate",
     .values = "RollingUpdate Recreate",
     .doc = "How pods are replaced."},
    {.name = "rollingUpdate", .type = FIELD_MAP, .children = &rolling, .doc = "For RollingUpdate."},
};
static const struct field_set strategy = FIELD_SET(strategy_items, NULL);

#define REPLICAS_ROW                                                            \
    {                                                                           \
        .name = "replicas", .type = FIELD_INT, .default_text = "1", .max = 1e6, \
        .doc = "How many pods."                                                 \
    }
#define MIN_READY_ROW                                                                              \
    {                                                                                              \
        .name = "minReadySeconds", .type = FIELD_SECONDS, .default_text = "0", .max = SECONDS_MAX, \
        .doc = "Ready for this long is available."                                                 \
    }
#define TEMPLATE_ROW                                                                    \
    {                                                                                   \
        .name = "template", .type = FIELD_MAP, .is_required = true,                     \
        .expected = "a pod template with metadata and spec", .children = &pod_template, \
        .doc = "What the pods are."                                                     \
    }

#define COUNT(key)                                                \
    {                                                             \
        .name = key, .type = FIELD_INT, .min = 0, .max = 1000000, \
        .doc = "As its controller counted them at the start."     \
    }

static const struct field workload_status_items[] = {
    COUNT("replicas"),
    COUNT("readyReplicas"),
    COUNT("availableReplicas"),
    COUNT("updatedReplicas"),
    QUIET("unavailableReplicas"),
    QUIET("fullyLabeledReplicas"),
    QUIET("terminatingReplicas"),
    QUIET("observedGeneration"),
    QUIET("collisionCount"),
    QUIET("conditions"),
};
static const struct field_set workload_status = FIELD_SET(workload_status_items, NULL);

#define STATUS_ROW                                                                    \
    {                                                                                 \
        .name = "status", .type = FIELD_MAP, .children = &workload_status,            \
        .doc = "Of a live cluster's dump: read where the dump has pods of this, too." \
    }

static const struct field deployment_spec_items[] = {
    REPLICAS_ROW,
    {.name = "selector",
     .type = FIELD_MAP,
     .children = &fields_label_selector,
     .doc = "Which pods are its own."},
    TEMPLATE_ROW,
    {.name = "strategy",
     .type = FIELD_MAP,
     .default_text = "{}",
     .children = &strategy,
     .doc = "How pods are replaced."},
    MIN_READY_ROW,
    {.name = "progressDeadlineSeconds",
     .type = FIELD_SECONDS,
     .default_text = "600",
     .max = SECONDS_MAX,
     .doc = "Then it counts as failed."},
    {.name = "revisionHistoryLimit",
     .type = FIELD_INT,
     .default_text = "10",
     .max = INT32_LIMIT,
     .doc = "Old ReplicaSets kept."},
    {.name = "paused",
     .type = FIELD_BOOL,
     .default_text = "false",
     .doc = "Template changes wait."},
};
static const struct field_set deployment_spec = FIELD_SET(deployment_spec_items, "rollbackTo");

static const struct field deployment_items[] = {
    HEAD_ROWS,
    {.name = "spec",
     .type = FIELD_MAP,
     .is_required = true,
     .children = &deployment_spec,
     .doc = "The Deployment."},
    STATUS_ROW,
};
static const struct field_set deployment = FIELD_SET(deployment_items, NULL);

static const struct field replica_set_spec_items[] = {
    REPLICAS_ROW,
    {.name = "selector",
     .type = FIELD_MAP,
     .children = &fields_label_selector,
     .doc = "Which pods are its own."},
    TEMPLATE_ROW,
    MIN_READY_ROW,
};
static const struct field_set replica_set_spec = FIELD_SET(replica_set_spec_items, NULL);

static const struct field replica_set_items[] = {
    HEAD_ROWS,
    {.name = "spec",
     .type = FIELD_MAP,
     .is_required = true,
     .children = &replica_set_spec,
     .doc = "The ReplicaSet."},
    STATUS_ROW,
};
static const struct field_set replica_set = FIELD_SET(replica_set_items, NULL);

static const struct field controller_spec_items[] = {
    REPLICAS_ROW,
    {.name = "selector",
     .type = FIELD_TEXT_MAP,
     .doc = "Labels of its pods; default: the template's."},
    TEMPLATE_ROW,
    MIN_READY_ROW,
};
static const struct field_set controller_spec = FIELD_SET(controller_spec_items, NULL);

static const struct field controller_items[] = {
    HEAD_ROWS,
    {.name = "spec",
     .type = FIELD_MAP,
     .is_required = true,
     .children = &controller_spec,
     .doc = "The controller."},
    STATUS_ROW,
};
static const struct field_set controller = FIELD_SET(controller_items, NULL);

/* --- all --- */

const struct field_set *fields_manifest(const char *kind)
{
    static const struct {
        const char *kind;
        const struct field_set *set;
    } kinds[] = {
        {"Deployment", &deployment},
        {"ReplicaSet", &replica_set},
        {"ReplicationController", &controller},
        {"Pod", &pod},
        {"PodTemplate", &pod_template},
        {"Service", &fields_service},
        {"Endpoints", &fields_endpoints},
        {"EndpointSlice", &fields_endpoint_slice},
        {"Node", &fields_node},
    };

    for (size_t i = 0; i < EP_COUNT_OF(kinds); i++) {
        if (strcmp(kind, kinds[i].kind) == 0)
            return kinds[i].set;
    }
    return NULL;
}
