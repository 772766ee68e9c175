/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table's part for the Scenario document, innermost maps first.
 */
#include "scenario/fields.h"

#define POSITIVE_S 1e-9 /* a nanosecond, in seconds */
#define UPSTREAM_PROXY                                                                                                 \
    "bindAddress bindAddressHardFail clientConnection clusterCIDR configSyncPeriod conntrack detectLocal "             \
    "detectLocalMode enableProfiling healthzBindAddress hostnameOverride ipvs logging metricsBindAddress "             \
    "nftables nodePortAddresses oomScoreAdj portRange showHiddenMetricsForVersion udpIdleTimeout windowsRunAsService " \
    "winkernel"
#define UPSTREAM_CONTROLLER_MANAGER                                                                                    \
    "allocate-node-cidrs authentication-kubeconfig authorization-kubeconfig bind-address cloud-provider cluster-cidr " \
    "cluster-name cluster-signing-cert-file cluster-signing-key-file "                                                 \
    "concurrent-namespace-syncs concurrent-rc-syncs concurrent-statefulset-syncs concurrent-daemonset-syncs "          \
    "concurrent-job-syncs concurrent-gc-syncs concurrent-service-syncs configure-cloud-routes "                        \
    "horizontal-pod-autoscaler-sync-period kube-api-content-type "                                                     \
    "kubeconfig "                                                                                                      \
    "min-resync-period node-cidr-mask-size node-eviction-rate node-monitor-grace-period "                              \
    "node-monitor-period node-startup-grace-period pod-eviction-timeout profiling requestheader-client-ca-file "       \
    "root-ca-file secondary-node-eviction-rate service-account-private-key-file "                                      \
    "terminated-pod-gc-threshold unhealthy-zone-threshold use-service-account-credentials v vmodule"

/* --- cluster --- */

static const struct field node_item_items[] = {
    {.name = "name",
     .type = FIELD_STRING,
     .doc = "The node's name; without it, node-1, node-2, ..."},
    {.name = "zone", .type = FIELD_STRING, .doc = "Its topology.kubernetes.io/zone."},
    {.name = "count",
     .type = FIELD_INT,
     .min = 1,
     .max = 15000,
     .doc = "As many nodes like this; not with a name."},
    {.name = "labels", .type = FIELD_TEXT_MAP, .doc = "Its labels."},
    {.name = "cpu",
     .type = FIELD_NUMBER,
     .min = 0.001,
     .max = 1e6,
     .doc = "Processors for pods, which topology hints go by; default: 4."},
};
const struct field_set fields_node_item = FIELD_SET(node_item_items, NULL);

static const struct field external_host_items[] = {
    {.name = "host",
     .type = FIELD_STRING,
     .is_required = true,
     .expected = "a host's name such as api.example.com",
     .doc = "Its name."},
    {.name = "addresses",
     .type = FIELD_TEXT_LIST,
     .is_required = true,
     .expected = "a list of IP addresses such as [203.0.113.7]",
     .doc = "Where it answers."},
    {.name = "ttl",
     .type = FIELD_DURATION,
     .default_text = "30s",
     .doc = "How long an answer of DNS may be kept."},
    {.name = "latency",
     .type = FIELD_DURATION,
     .default_text = "10ms",
     .doc = "Until it answers, besides the round trip."},
};
const struct field_set fields_external_host = FIELD_SET(external_host_items, NULL);

static const struct field iptables_items[] = {
    {.name = "minSyncPeriod",
     .type = FIELD_DURATION,
     .default_text = "1s",
     .doc = "At least this long between two syncs; 0 means the default."},
    {.name = "syncPeriod",
     .type = FIELD_DURATION,
     .default_text = "30s",
     .doc = "A full sync at least this often, and after a failed one."},
};
static const struct field_set iptables =
    FIELD_SET(iptables_items, "localhostNodePorts masqueradeAll masqueradeBit");

static const struct field proxy_items[] = {
    {.name = "apiVersion",
     .type = FIELD_STRING,
     .doc = "kubeproxy.config.k8s.io/v1alpha1, if pasted."},
    {.name = "kind",
     .type = FIELD_ENUM,
     .values = "KubeProxyConfiguration",
     .doc = "KubeProxyConfiguration, if pasted."},
    {.name = "mode",
     .type = FIELD_ENUM,
     .default_text = "iptables",
     .values = "iptables",
     .later_values = "nftables ipvs ebpf eds userspace kernelspace",
     .doc = "How a node turns endpoints into rules."},
    {.name = "iptables",
     .type = FIELD_MAP,
     .default_text = "{}",
     .children = &iptables,
     .doc = "The iptables mode's timing."},
    {.name = "featureGates",
     .type = FIELD_OTHER,
     .forms = "object",
     .expected = "a map of gates, such as {EndpointSliceProxying: false}",
     .doc =
         "EndpointSliceProxying: false makes the proxies of 1.20 and 1.21 read Endpoints; others "
         "are without effect."},
};
static const struct field_set proxy = FIELD_SET(proxy_items, UPSTREAM_PROXY);

static const struct field extra_args_items[] = {
    {.name = "endpointslice-updates-batch-period",
     .type = FIELD_DURATION,
     .default_text = "0s",
     .doc = "Pod changes wait this long, to be written together."},
    {.name = "endpoint-updates-batch-period",
     .type = FIELD_DURATION,
     .default_text = "0s",
     .doc = "The same for Endpoints."},
    {.name = "concurrent-endpoint-syncs",
     .type = FIELD_INT,
     .default_text = "5",
     .min = 1,
     .max = 1000,
     .doc = "Workers of the Endpoints controller."},
    {.name = "concurrent-service-endpoint-syncs",
     .type = FIELD_INT,
     .default_text = "5",
     .min = 1,
     .max = 1000,
     .doc = "Workers of the EndpointSlice controller."},
    {.name = "concurrent-deployment-syncs",
     .type = FIELD_INT,
     .default_text = "5",
     .min = 1,
     .max = 1000,
     .doc = "Workers of the Deployment controller."},
    {.name = "concurrent-replicaset-syncs",
     .type = FIELD_INT,
     .default_text = "5",
     .min = 1,
     .max = 1000,
     .doc = "Workers of the ReplicaSet controller."},
    {.name = "max-endpoints-per-slice",
     .type = FIELD_INT,
     .default_text = "100",
     .min = 1,
     .max = 1000,
     .doc = "Endpoints in one EndpointSlice."},
    {.name = "kube-api-qps",
     .type = FIELD_NUMBER,
     .default_text = "20",
     .min = 1e-3,
     .max = 1e6,
     .doc = "Writes a second that each controller's client may do, in the long run."},
    {.name = "kube-api-burst",
     .type = FIELD_INT,
     .default_text = "30",
     .min = 1,
     .max = 1e6,
     .doc = "Writes that each controller's client may do at once."},
    {.name = "leader-elect",
     .type = FIELD_BOOL,
     .default_text = "true",
     .doc = "Whether a process leads by a lease, and a new one has to wait for it."},
    {.name = "leader-elect-lease-duration",
     .type = FIELD_DURATION,
     .default_text = "15s",
     .min = 1,
     .doc = "How long a candidate must have seen the lease unchanged before it takes it."},
    {.name = "leader-elect-renew-deadline",
     .type = FIELD_DURATION,
     .default_text = "10s",
     .min = 1,
     .doc = "How long a leader tries to renew its lease before it exits."},
    {.name = "leader-elect-retry-period",
     .type = FIELD_DURATION,
     .default_text = "2s",
     .min = 0.1,
     .doc = "Between two renewals, or two tries of a candidate."},
    {.name = "mirroring-endpointslice-updates-batch-period",
     .type = FIELD_DURATION,
     .default_text = "0s",
     .doc = "Repairs of mirrored slices wait this long, to be written together."},
    {.name = "mirroring-concurrent-service-endpoint-syncs",
     .type = FIELD_INT,
     .default_text = "5",
     .min = 1,
     .max = 1000,
     .doc = "Workers of the EndpointSliceMirroring controller."},
    {.name = "mirroring-max-endpoints-per-subset",
     .type = FIELD_INT,
     .default_text = "1000",
     .min = 1,
     .max = 1000,
     .doc = "Addresses of one subset of Endpoints that are mirrored."},
    {.name = "feature-gates",
     .type = FIELD_STRING,
     .doc = "Gate=true,Gate=false: EndpointSliceTerminatingCondition, EndpointSliceProxying, "
            "IPv6DualStack, TopologyAwareHints, ServiceTrafficDistribution, "
            "PreferSameTrafficDistribution; others change nothing."},
    {.name = "controllers",
     .type = FIELD_STRING,
     .doc = "Which run: *,-garbagecollector for all but that one."},
    {.name = "service-cluster-ip-range",
     .type = FIELD_STRING,
     .doc = "ClusterIPs; two ranges, one of each family, make the cluster dual-stack."},
};
static const struct field_set extra_args = {.items = extra_args_items,
                                            .count = EP_COUNT_OF(extra_args_items),
                                            .ignored = UPSTREAM_CONTROLLER_MANAGER,
                                            .are_flags = true};

static const struct field controller_manager_items[] = {
    {.name = "extraArgs",
     .type = FIELD_MAP,
     .default_text = "{}",
     .children = &extra_args,
     .doc = "Flags of kube-controller-manager, as in kubeadm."},
    {.name = "replicas",
     .type = FIELD_INT,
     .default_text = "1",
     .min = 1,
     .max = 9,
     .doc =
         "Processes of kube-controller-manager. One leads; with 2 or more another takes over when "
         "its lease runs out."},
};
static const struct field_set controller_manager =
    FIELD_SET(controller_manager_items, "extraVolumes extraEnvs");

static const struct field network_items[] = {
    {.name = "goneAddress",
     .type = FIELD_ENUM,
     .default_text = "drop",
     .values = "drop unreachable",
     .doc = "What a packet to an address that is gone gets: nothing, or an ICMP answer."},
};
static const struct field_set network = FIELD_SET(network_items, NULL);

static const struct field cluster_items[] = {
    {.name = "version",
     .type = FIELD_OTHER,
     .forms = "string",
     .default_text = "\"1.34\"",
     .expected = "a version in quotes from \"1.20\" to \"1.34\"",
     .doc = "Picks version-dependent behaviour and defaults."},
    {.name = "nodes",
     .type = FIELD_OTHER,
     .forms = "integer array",
     .children = &fields_node_item,
     .default_text = "3",
     .expected =
         "a number from 1 to 15000, or a list such as [{name: a1, zone: a}, {zone: b, count: 20}]",
     .doc = "How many, or which. Node manifests win."},
    {.name = "proxy",
     .type = FIELD_MAP,
     .default_text = "{}",
     .children = &proxy,
     .doc = "A KubeProxyConfiguration."},
    {.name = "controllerManager",
     .type = FIELD_MAP,
     .default_text = "{}",
     .children = &controller_manager,
     .doc = "kube-controller-manager."},
    {.name = "network",
     .type = FIELD_MAP,
     .default_text = "{}",
     .children = &network,
     .doc = "The pod network."},
    {.name = "latency",
     .type = FIELD_HOPS,
     .default_text = "{}",
     .doc = "How long each hop takes."},
    {.name = "dns",
     .type = FIELD_MAP,
     .default_text = "{}",
     .children = &fields_cluster_dns,
     .doc = "Cluster DNS."},
    {.name = "loadBalancer",
     .type = FIELD_MAP,
     .children = &fields_load_balancer,
     .doc =
         "A cloud that gives Services of type LoadBalancer an address ({}: with its defaults); default: none, it stays pending."},
    {.name = "kubelet",
     .type = FIELD_ENUM,
     .values = "none",
     .doc = "none: no kubelet and no scheduler; pods' states are the timeline's."},
    {.name = "externalHosts",
     .type = FIELD_LIST,
     .default_text = "[]",
     .children = &fields_external_host,
     .doc = "Hosts outside the cluster."},
};
static const struct field_set cluster = FIELD_SET(cluster_items, NULL);

/* --- the document --- */

#define THRESHOLD_EXPECTED "a list of k6 thresholds such as [\"rate<0.001\"]"

static const struct field threshold_items[] = {
    {.name = "http_req_failed",
     .type = FIELD_OTHER,
     .forms = "array",
     .expected = THRESHOLD_EXPECTED,
     .doc = "rate: share of failed requests."},
    {.name = "http_req_duration",
     .type = FIELD_OTHER,
     .forms = "array",
     .expected = "a list of k6 thresholds such as [\"p(95)<200ms\"]",
     .doc = "avg, min, med, max, p(N) of ok requests; durations, or milliseconds as in k6."},
    {.name = "http_reqs",
     .type = FIELD_OTHER,
     .forms = "array",
     .expected = "a list of k6 thresholds such as [\"count>1000\"]",
     .doc = "count, and rate a second."},
    {.name = "propagation",
     .type = FIELD_OTHER,
     .forms = "array",
     .expected = "a list of thresholds such as [\"p(99)<5s\"]",
     .doc = "avg, min, med, max, p(N) over all effective changes and nodes; durations."},
};
static const struct field_set thresholds = FIELD_SET(threshold_items, NULL);

static const struct field record_items[] = {
    {.name = "requests",
     .type = FIELD_ENUM,
     .default_text = "failed",
     .values = "failed all none",
     .doc = "Rows of requests.csv."},
    {.name = "propagation",
     .type = FIELD_ENUM,
     .default_text = "auto",
     .values = "auto all none",
     .doc = "Rows of propagation.csv; auto: thinned out past a million."},
};
static const struct field_set record = FIELD_SET(record_items, NULL);

static const struct field spec_items[] = {
    {.name = "question",
     .type = FIELD_STRING,
     .doc = "What the run answers; printed on top of summary and report."},
    {.name = "seed",
     .type = FIELD_OTHER,
     .forms = "integer",
     .default_text = "1",
     .expected = "an integer from 0 to 18446744073709551615",
     .doc = "Of all random streams."},
    {.name = "until",
     .type = FIELD_DURATION,
     .default_text = "5m",
     .min = POSITIVE_S,
     .doc = "Simulated time."},
    {.name = "warmup",
     .type = FIELD_DURATION,
     .default_text = "0s",
     .doc = "What starts before it is in no file and no figure."},
    {.name = "start",
     .type = FIELD_ENUM,
     .default_text = "converged",
     .values = "converged cold",
     .doc =
         "converged: the manifests are in the cluster long before t = 0; cold: they are applied then."},
    {.name = "epoch",
     .type = FIELD_STRING,
     .default_text = "\"2026-01-01T00:00:00Z\"",
     .expected = "a time such as 2026-01-01T00:00:00Z",
     .doc = "The calendar's time at t = 0."},
    {.name = "manifests",
     .type = FIELD_TEXT_LIST,
     .doc = "Files or folders, relative to this file; - is standard input."},
    {.name = "cluster",
     .type = FIELD_MAP,
     .default_text = "{}",
     .children = &cluster,
     .doc = "The cluster."},
    {.name = "apps",
     .type = FIELD_LIST,
     .default_text = "[]",
     .children = &fields_app,
     .doc = "What a manifest cannot say."},
    {.name = "clients",
     .type = FIELD_LIST,
     .default_text = "[]",
     .children = &fields_client,
     .doc = "Load, in k6's words."},
    {.name = "timeline",
     .type = FIELD_LIST,
     .default_text = "[]",
     .children = &fields_timeline,
     .doc = "What is done, and when."},
    {.name = "thresholds",
     .type = FIELD_MAP,
     .children = &thresholds,
     .doc = "k6's; a failed one makes the run exit 99."},
    {.name = "record",
     .type = FIELD_MAP,
     .default_text = "{}",
     .children = &record,
     .doc = "What is written."},
};
static const struct field_set spec = FIELD_SET(spec_items, NULL);

static const struct field metadata_items[] = {
    {.name = "name", .type = FIELD_STRING, .doc = "The scenario's name; default: the file's."},
    {.name = "labels", .type = FIELD_TEXT_MAP, .doc = "Kept, not used."},
    {.name = "annotations", .type = FIELD_TEXT_MAP, .doc = "Kept, not used."},
};
static const struct field_set metadata = FIELD_SET(metadata_items, NULL);

static const struct field scenario_items[] = {
    {.name = "apiVersion",
     .type = FIELD_ENUM,
     .is_required = true,
     .values = "epsim/v1",
     .doc = "epsim/v1"},
    {.name = "kind",
     .type = FIELD_ENUM,
     .is_required = true,
     .values = "Scenario",
     .doc = "Scenario"},
    {.name = "metadata",
     .type = FIELD_MAP,
     .default_text = "{}",
     .children = &metadata,
     .doc = "The scenario's name."},
    {.name = "spec",
     .type = FIELD_MAP,
     .default_text = "{}",
     .children = &spec,
     .doc = "The scenario."},
};
const struct field_set fields_scenario = FIELD_SET(scenario_items, NULL);
