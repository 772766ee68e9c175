/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/kube_text.h"

#include <string.h>

#define SHOWN_MAX 3U /* endpoints in one cell */
#define TERMINAL_PHASE_MINOR 27U

const char *kube_text_age(struct arena *arena, sim_ns span_ns)
{
    const long seconds = (long)(span_ns / NS_PER_S);
    const long minutes = seconds / 60;
    const long hours = minutes / 60;
    const long days = hours / 24;

    if (seconds < -1)
        return "<invalid>";
    if (seconds < 0)
        return "0s";
    if (seconds < 120)
        return arena_printf(arena, "%lds", seconds);
    if (minutes < 10)
        return seconds % 60 == 0 ? arena_printf(arena, "%ldm", minutes)
                                 : arena_printf(arena, "%ldm%lds", minutes, seconds % 60);
    if (minutes < 180)
        return arena_printf(arena, "%ldm", minutes);
    if (hours < 8)
        return minutes % 60 == 0 ? arena_printf(arena, "%ldh", hours)
                                 : arena_printf(arena, "%ldh%ldm", hours, minutes % 60);
    if (hours < 48)
        return arena_printf(arena, "%ldh", hours);
    if (hours < 192)
        return hours % 24 == 0 ? arena_printf(arena, "%ldd", days)
                               : arena_printf(arena, "%ldd%ldh", days, hours % 24);
    if (days < 730)
        return arena_printf(arena, "%ldd", days);
    if (days < 2920 && days % 365 != 0)
        return arena_printf(arena, "%ldy%ldd", days / 365, days % 365);
    return arena_printf(arena, "%ldy", days / 365);
}

/* --- times --- */

struct civil {
    int64_t year;
    unsigned month;   /* 1..12 */
    unsigned day;     /* 1..31 */
    unsigned weekday; /* 0: Sunday */
    unsigned second_of_day;
};

/* Days are counted from 1 March 0000, so that the leap day ends a year (Hinnant, days_from_civil). */
static struct civil civil_of(int64_t epoch_s, sim_ns at_ns)
{
    const int64_t down = at_ns < 0 && at_ns % NS_PER_S != 0 ? 1 : 0;
    const int64_t unix_s = epoch_s + at_ns / NS_PER_S - down;
    const int64_t days = (unix_s >= 0 ? unix_s : unix_s - 86399) / 86400;
    const int64_t shifted = days + 719468;
    const int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    const unsigned day_of_era = (unsigned)(shifted - era * 146097);
    const unsigned year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const unsigned day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const unsigned shifted_month = (5 * day_of_year + 2) / 153;
    struct civil civil = {
        .day = day_of_year - (153 * shifted_month + 2) / 5 + 1,
        .month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9,
        .weekday = (unsigned)(((days + 4) % 7 + 7) % 7), /* 1970-01-01 was a Thursday */
        .second_of_day = (unsigned)(unix_s - days * 86400),
    };

    civil.year = era * 400 + year_of_era + (civil.month <= 2 ? 1 : 0);
    return civil;
}

const char *kube_text_rfc3339(struct arena *arena, int64_t epoch_s, sim_ns at_ns)
{
    const struct civil c = civil_of(epoch_s, at_ns);

    return arena_printf(arena, "%04lld-%02u-%02uT%02u:%02u:%02uZ", (long long)c.year, c.month,
                        c.day, c.second_of_day / 3600, c.second_of_day / 60 % 60,
                        c.second_of_day % 60);
}

const char *kube_text_micro_time(struct arena *arena, int64_t epoch_s, sim_ns at_ns)
{
    const char *whole = kube_text_rfc3339(arena, epoch_s, at_ns);
    const sim_ns part_ns = (at_ns % NS_PER_S + NS_PER_S) % NS_PER_S;

    return arena_printf(arena, "%.*s.%06lldZ", (int)strlen(whole) - 1, whole,
                        (long long)(part_ns / NS_PER_US));
}

const char *kube_text_rfc1123(struct arena *arena, int64_t epoch_s, sim_ns at_ns)
{
    static const char weekdays[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const struct civil c = civil_of(epoch_s, at_ns);

    return arena_printf(arena, "%s, %02u %s %04lld %02u:%02u:%02u +0000", weekdays[c.weekday],
                        c.day, months[c.month - 1], (long long)c.year, c.second_of_day / 3600,
                        c.second_of_day / 60 % 60, c.second_of_day % 60);
}

/* --- lists of words --- */

const char *kube_text_join(struct arena *arena, const char *list, const char *separator,
                           const char *item)
{
    return list == NULL ? item : arena_printf(arena, "%s%s%s", list, separator, item);
}

const char *kube_text_labels(struct arena *arena, const struct label_set *labels)
{
    const char *text = NULL;

    for (uint32_t i = 0; i < labels->count; i++)
        text = kube_text_join(
            arena, text, ",",
            arena_printf(arena, "%s=%s", labels->items[i].key, labels->items[i].value));
    return text == NULL ? "<none>" : text;
}

/* The values in alphabetical order, "a,b". */
static const char *value_list(struct arena *arena, const struct selector_requirement *item)
{
    const char **values = ARENA_NEW_ARRAY(arena, item->value_count, const char *);
    const char *text = NULL;

    for (uint32_t i = 0; i < item->value_count; i++) {
        uint32_t place = i;

        for (; place > 0 && strcmp(values[place - 1], item->values[i]) > 0; place--)
            values[place] = values[place - 1];
        values[place] = item->values[i];
    }
    for (uint32_t i = 0; i < item->value_count; i++)
        text = kube_text_join(arena, text, ",", values[i]);
    return text == NULL ? "" : text;
}

static const char *requirement_text(struct arena *arena, const struct selector_requirement *item)
{
    switch (item->operator_) {
    case SELECTOR_EXISTS:
        return item->key;
    case SELECTOR_ABSENT:
        return arena_printf(arena, "!%s", item->key);
    case SELECTOR_IN:
    case SELECTOR_NOT_IN:
        break;
    }
    if (item->operator_ == SELECTOR_IN && item->value_count == 1)
        return arena_printf(arena, "%s=%s", item->key, item->values[0]);
    return arena_printf(arena, "%s %s (%s)", item->key,
                        item->operator_ == SELECTOR_IN ? "in" : "notin", value_list(arena, item));
}

const char *kube_text_selector(struct arena *arena, const struct selector *selector)
{
    const char *text = NULL;
    const char *last = "";

    if (selector->is_null)
        return "<none>";
    for (uint32_t done = 0; done < selector->count; done++) { /* in the order of keys */
        const struct selector_requirement *next = NULL;

        for (uint32_t i = 0; i < selector->count; i++) {
            const struct selector_requirement *item = &selector->items[i];

            if (strcmp(item->key, last) > 0 && (next == NULL || strcmp(item->key, next->key) < 0))
                next = item;
        }
        if (next == NULL)
            break;
        last = next->key;
        for (uint32_t i = 0; i < selector->count; i++) {
            if (strcmp(selector->items[i].key, last) == 0)
                text =
                    kube_text_join(arena, text, ",", requirement_text(arena, &selector->items[i]));
        }
    }
    return text == NULL ? "<none>" : text;
}

/* --- ports, services, probes --- */

const char *kube_text_protocol(enum protocol protocol)
{
    static const char *const names[] = {
        [PROTOCOL_TCP] = "TCP", [PROTOCOL_UDP] = "UDP", [PROTOCOL_SCTP] = "SCTP"};

    return names[protocol];
}

const char *kube_text_port_ref(struct arena *arena, const struct port_ref *port)
{
    return port->name != NULL ? port->name : arena_printf(arena, "%u", port->number);
}

const char *kube_text_amount(struct arena *arena, const struct int_or_percent *amount)
{
    return arena_printf(arena, "%d%s", (int)amount->value, amount->is_percent ? "%" : "");
}

const char *kube_text_service_type(enum service_type type)
{
    static const char *const names[] = {[SERVICE_CLUSTER_IP] = "ClusterIP",
                                        [SERVICE_NODE_PORT] = "NodePort",
                                        [SERVICE_LOAD_BALANCER] = "LoadBalancer",
                                        [SERVICE_EXTERNAL_NAME] = "ExternalName"};

    return names[type];
}

static const char *seconds_text(struct arena *arena, const char *name, sim_ns span_ns)
{
    return arena_printf(arena, "%s=%llds", name, (long long)(span_ns / NS_PER_S));
}

const char *kube_text_probe(struct arena *arena, const struct probe_spec *probe)
{
    const char *port = kube_text_port_ref(arena, &probe->port);
    const char *path = probe->path == NULL ? "/" : probe->path;
    const char *what = "unknown";

    switch (probe->kind) {
    case PROBE_HTTP:
        what = arena_printf(arena, "http-get %s://:%s%s%s", probe->is_https ? "https" : "http",
                            port, path[0] == '/' ? "" : "/", path);
        break;
    case PROBE_TCP:
        what = arena_printf(arena, "tcp-socket :%s", port);
        break;
    case PROBE_GRPC:
        what = arena_printf(arena, "grpc <pod>:%s ", port);
        break;
    case PROBE_EXEC:
        what = "exec []";
        break;
    case PROBE_NONE:
        break;
    }
    return arena_printf(arena, "%s %s %s %s #success=%u #failure=%u", what,
                        seconds_text(arena, "delay", probe->initial_delay_ns),
                        seconds_text(arena, "timeout", probe->timeout_ns),
                        seconds_text(arena, "period", probe->period_ns), probe->success_threshold,
                        probe->failure_threshold);
}

/* --- endpoints --- */

/* The first few of a list, and how many more there are. */
struct few {
    struct arena *arena;
    const char *text;
    uint32_t count;
};

static void add(struct few *few, const char *ip, const struct snapshot_port *port)
{
    if (few->count++ >= SHOWN_MAX)
        return;
    if (port != NULL)
        ip = arena_printf(few->arena, strchr(ip, ':') != NULL ? "[%s]:%u" : "%s:%u", ip,
                          port->number);
    few->text = kube_text_join(few->arena, few->text, ",", ip);
}

static const char *finish(const struct few *few)
{
    if (few->count > SHOWN_MAX)
        return arena_printf(few->arena, "%s + %u more...", few->text, few->count - SHOWN_MAX);
    return few->text == NULL ? "" : few->text;
}

const char *kube_text_endpoints(struct arena *arena, const struct snapshot_endpoints *endpoints)
{
    struct few few = {.arena = arena};

    if (endpoints->subset_count == 0)
        return "<none>";
    for (uint32_t s = 0; s < endpoints->subset_count; s++) {
        const struct snapshot_subset *subset = &endpoints->subsets[s];

        for (uint32_t i = 0; subset->port_count == 0 && i < subset->ready_count; i++)
            add(&few, subset->addresses[i].ip, NULL);
        for (uint32_t p = 0; p < subset->port_count; p++) {
            for (uint32_t i = 0; i < subset->ready_count; i++)
                add(&few, subset->addresses[i].ip, &subset->ports[p]);
        }
    }
    return finish(&few);
}

/* The ready addresses of a slice; port: NULL for bare ones. */
static void add_ready(struct few *few, const struct snapshot_slice *slice,
                      const struct snapshot_port *port)
{
    for (uint32_t i = 0; i < slice->address_count; i++) {
        if (slice->addresses[i].is_ready)
            add(few, slice->addresses[i].ip, port);
    }
}

const char *kube_text_slice_endpoints(struct arena *arena, const struct snapshot_slice *slices,
                                      uint32_t count, const char *port_name)
{
    struct few few = {.arena = arena};

    if (count == 0)
        return "<none>";
    for (uint32_t s = 0; s < count; s++) {
        const struct snapshot_slice *slice = &slices[s];

        if (slice->port_count == 0)
            add_ready(&few, slice, NULL);
        for (uint32_t p = 0; p < slice->port_count; p++) {
            if (strcmp(slice->ports[p].name, port_name) == 0)
                add_ready(&few, slice, &slice->ports[p]);
        }
    }
    return finish(&few);
}

/* --- pods --- */

static bool is_probed(const struct snapshot_pod *pod, uint32_t container)
{
    return pod->spec->containers[container].readiness.kind != PROBE_NONE;
}

bool kube_text_is_container_ready(const struct snapshot_pod *pod, uint32_t container)
{
    bool has_probe = false;

    if (pod->container > SNAPSHOT_CONTAINER_RUNNING ||
        (pod->container == SNAPSHOT_CONTAINER_RUNNING && !pod->is_started))
        return false;
    if (pod->phase != SNAPSHOT_RUNNING || pod->is_ready)
        return pod->phase == SNAPSHOT_RUNNING;
    for (uint32_t i = 0; i < pod->spec->container_count; i++)
        has_probe |= is_probed(pod, i);
    return has_probe && !is_probed(pod, container);
}

uint32_t kube_text_ready_count(const struct snapshot_pod *pod)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < pod->spec->container_count; i++)
        count += kube_text_is_container_ready(pod, i);
    return count;
}

const char *kube_text_pod_status(struct arena *arena, const struct snapshot_pod *pod,
                                 uint32_t minor)
{
    const bool is_over = pod->phase == SNAPSHOT_SUCCEEDED || pod->phase == SNAPSHOT_FAILED;

    if (pod->meta.is_deleting && !(is_over && minor >= TERMINAL_PHASE_MINOR))
        return "Terminating";
    switch (pod->phase) {
    case SNAPSHOT_PENDING:
        break;
    case SNAPSHOT_RUNNING:
        if (pod->container == SNAPSHOT_CONTAINER_CRASH_LOOP)
            return "CrashLoopBackOff";
        return pod->container == SNAPSHOT_CONTAINER_ERROR ? "Error" : "Running";
    case SNAPSHOT_SUCCEEDED:
        return "Completed";
    case SNAPSHOT_FAILED:
        return "Error";
    case SNAPSHOT_UNKNOWN:
        return "Unknown";
    }
    if (pod->node == NULL)
        return "Pending";
    if (pod->spec->init_container_count > 0)
        return arena_printf(arena, "Init:0/%u", pod->spec->init_container_count);
    return "ContainerCreating";
}

/* --- deployments --- */

static uint32_t amount_of(const struct int_or_percent *amount, uint32_t replicas)
{
    return amount->is_percent ? (uint32_t)((uint64_t)amount->value * replicas / 100)
                              : (uint32_t)amount->value;
}

bool kube_text_is_available(const struct snapshot_deployment *deployment)
{
    const struct workload_spec *spec = deployment->spec;
    const uint32_t unavailable = spec->strategy == STRATEGY_RECREATE
                                     ? 0
                                     : amount_of(&spec->max_unavailable, deployment->replicas);

    return deployment->status_available + unavailable >= deployment->replicas;
}

const char *kube_text_progress_status(const struct snapshot_deployment *deployment)
{
    return deployment->is_paused ? "Unknown" : "True";
}

const char *kube_text_progress_reason(const struct snapshot_deployment *deployment)
{
    const uint32_t replicas = deployment->replicas;

    if (deployment->is_paused)
        return "DeploymentPaused";
    return deployment->status_updated == replicas && deployment->status_replicas == replicas &&
                   deployment->status_available == replicas
               ? "NewReplicaSetAvailable"
               : "ReplicaSetUpdated";
}

/* --- events --- */

/* The older API keeps whole seconds. */
static const char *event_age(struct arena *arena, sim_ns now_ns, sim_ns at_ns,
                             const struct snapshot_event *event)
{
    return kube_text_age(arena,
                         now_ns - (event->action == NULL ? at_ns / NS_PER_S * NS_PER_S : at_ns));
}

const char *kube_text_first_seen(struct arena *arena, sim_ns now_ns,
                                 const struct snapshot_event *event)
{
    return event_age(arena, now_ns, event->first_ns, event);
}

const char *kube_text_last_seen(struct arena *arena, sim_ns now_ns,
                                const struct snapshot_event *event)
{
    return event_age(arena, now_ns, event->last_ns, event);
}

const char *kube_text_event_object(struct arena *arena, const struct snapshot_event *event)
{
    char *kind = arena_strdup(arena, event->about_kind);

    for (size_t i = 0; kind[i] != '\0'; i++)
        kind[i] = kind[i] >= 'A' && kind[i] <= 'Z' ? (char)(kind[i] - 'A' + 'a') : kind[i];
    return arena_printf(arena, "%s/%s", kind, event->about_name);
}
