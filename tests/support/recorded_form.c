/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/recorded_form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRIGGER_TIME "endpoints.kubernetes.io/last-change-trigger-time"
#define MANAGED_BY "endpointslice.kubernetes.io/managed-by"
#define SERVICE_NAME "kubernetes.io/service-name"
#define CONTROLLER "-controller.k8s.io"
#define LINE_MAX 512

const char *recorded_form_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "";
}

static bool is_empty(const json_t *value)
{
    return value == NULL || json_is_null(value) ||
           (json_is_array(value) && json_array_size(value) == 0) ||
           (json_is_object(value) && json_object_size(value) == 0);
}

static void set_unless_empty(json_t *to, const char *key, json_t *value)
{
    if (is_empty(value))
        json_decref(value);
    else
        json_object_set_new(to, key, value);
}

static int compare_text(const void *left, const void *right)
{
    json_t *const *a = left;
    json_t *const *b = right;
    char *x = json_dumps(*a, JSON_ENCODE_ANY | JSON_SORT_KEYS);
    char *y = json_dumps(*b, JSON_ENCODE_ANY | JSON_SORT_KEYS);
    const int order = strcmp(x, y);

    free(x);
    free(y);
    return order;
}

/* Lines without quotes, so that an IP comes before the longer one that begins with it. */
static int compare_lines(const void *left, const void *right)
{
    json_t *const *a = left;
    json_t *const *b = right;

    return strcmp(json_string_value(*a), json_string_value(*b));
}

static json_t *sorted_by(const json_t *list, int (*compare)(const void *, const void *))
{
    const size_t count = json_array_size(list);
    json_t **items = malloc((count + 1) * sizeof(*items));
    json_t *result = json_array();

    for (size_t i = 0; items != NULL && i < count; i++)
        items[i] = json_array_get(list, i);
    if (items != NULL && count > 1)
        qsort(items, count, sizeof(*items), compare);
    for (size_t i = 0; items != NULL && i < count; i++)
        json_array_append(result, items[i]);
    free(items);
    return result;
}

json_t *recorded_form_sorted(const json_t *list)
{
    const bool has_lines = json_is_string(json_array_get(list, 0));

    return sorted_by(list, has_lines ? compare_lines : compare_text);
}

/* --- one line --- */

struct line {
    char text[LINE_MAX];
    json_t *rest; /* what has not been said yet */
};

static void add_text(struct line *line, const char *before, const char *text)
{
    const size_t length = strlen(line->text);

    snprintf(line->text + length, sizeof line->text - length, "%s%s%s", length > 0 ? " " : "",
             before, text);
}

static void add_word(struct line *line, const char *key, const char *before)
{
    const json_t *value = json_object_get(line->rest, key);

    if (json_is_string(value))
        add_text(line, before, json_string_value(value));
    json_object_del(line->rest, key);
}

static void add_condition(struct line *line, const char *key, const char *yes, const char *no)
{
    json_t *conditions = json_object_get(line->rest, "conditions");
    const json_t *value = json_object_get(conditions, key);

    if (json_is_boolean(value))
        add_text(line, "", json_is_true(value) ? yes : no);
    json_object_del(conditions, key);
}

static void add_reference(struct line *line, const char *ns)
{
    const json_t *reference = json_object_get(line->rest, "targetRef");
    const char *kind = recorded_form_text(reference, "kind");
    char text[LINE_MAX];

    if (reference == NULL)
        return;
    snprintf(text, sizeof text, "%s/%s", strcmp(kind, "Pod") == 0 ? "pod" : kind,
             recorded_form_text(reference, "name"));
    add_text(line, "", text);
    if (strcmp(recorded_form_text(reference, "namespace"), ns) != 0)
        add_text(line, "of ", recorded_form_text(reference, "namespace"));
    json_object_del(line->rest, "targetRef");
}

/* Where the two APIs of slices put an endpoint. */
static void add_place(struct line *line)
{
    json_t *topology = json_object_get(line->rest, "topology");

    add_word(line, "nodeName", "on ");
    add_word(line, "zone", "zone ");
    if (topology == NULL)
        return;
    add_text(line, "", "at");
    json_incref(topology);
    json_object_set_new(line->rest, "node",
                        json_incref(json_object_get(topology, "kubernetes.io/hostname")));
    json_object_set_new(line->rest, "zone",
                        json_incref(json_object_get(topology, "topology.kubernetes.io/zone")));
    json_object_set_new(line->rest, "region",
                        json_incref(json_object_get(topology, "topology.kubernetes.io/region")));
    add_word(line, "node", "on ");
    add_word(line, "zone", "zone ");
    add_word(line, "region", "region ");
    json_object_del(topology, "kubernetes.io/hostname");
    json_object_del(topology, "topology.kubernetes.io/zone");
    json_object_del(topology, "topology.kubernetes.io/region");
    json_decref(topology);
}

/* What the line's words do not say is kept as it is. */
static json_t *finish(struct line *line)
{
    static const char *const groups[] = {"conditions", "topology"};

    for (size_t i = 0; i < 2; i++) {
        if (is_empty(json_object_get(line->rest, groups[i])))
            json_object_del(line->rest, groups[i]);
    }
    if (json_object_size(line->rest) > 0) {
        char *rest = json_dumps(line->rest, JSON_COMPACT | JSON_SORT_KEYS);

        add_text(line, "and ", rest);
        free(rest);
    }
    json_decref(line->rest);
    return json_string(line->text);
}

static json_t *line_of_address(const json_t *address, const char *ns)
{
    struct line line = {.rest = json_deep_copy(address)};

    add_word(&line, "ip", "");
    add_reference(&line, ns);
    add_word(&line, "nodeName", "on ");
    add_word(&line, "hostname", "as ");
    return finish(&line);
}

static json_t *line_of_endpoint(const json_t *endpoint, const char *ns)
{
    struct line line = {.rest = json_deep_copy(endpoint)};
    size_t index;
    json_t *address;

    json_array_foreach(json_object_get(endpoint, "addresses"), index, address)
        add_text(&line, "", json_string_value(address));
    json_object_del(line.rest, "addresses");
    add_condition(&line, "ready", "ready", "unready");
    add_condition(&line, "serving", "serving", "idle");
    add_condition(&line, "terminating", "terminating", "live");
    add_reference(&line, ns);
    add_place(&line);
    add_word(&line, "hostname", "as ");
    return finish(&line);
}

/* --- lists --- */

static json_t *lines_of(const json_t *list, const char *ns,
                        json_t *(*make)(const json_t *, const char *))
{
    json_t *lines = json_array();
    size_t index;
    json_t *item;

    json_array_foreach(list, index, item) json_array_append_new(lines, make(item, ns));
    return lines;
}

static json_t *ports_of(const json_t *list)
{
    json_t *ports = json_array();
    size_t index;
    json_t *port;

    json_array_foreach(list, index, port)
    {
        char text[LINE_MAX];
        const char *protocol = recorded_form_text(port, "protocol");
        const char *application = recorded_form_text(port, "appProtocol");

        snprintf(
            text, sizeof text, "%s:%" JSON_INTEGER_FORMAT "/%s%s%s",
            recorded_form_text(port, "name"), json_integer_value(json_object_get(port, "port")),
            protocol[0] != '\0' ? protocol : "TCP", application[0] != '\0' ? " " : "", application);
        json_array_append_new(ports, json_string(text));
    }
    return ports;
}

/* Length of the address at the line's beginning. */
static size_t address_length(const char *line)
{
    return strcspn(line, " ");
}

static bool is_in_order(const json_t *lines)
{
    for (size_t i = 1; i < json_array_size(lines); i++) {
        const char *before = json_string_value(json_array_get(lines, i - 1));
        const char *line = json_string_value(json_array_get(lines, i));
        const size_t length = address_length(before);
        const size_t other = address_length(line);
        const int order = strncmp(before, line, length < other ? length : other);

        if (order > 0 || (order == 0 && length > other))
            return false;
    }
    return true;
}

static json_t *annotations_of(const json_t *meta)
{
    json_t *annotations = json_deep_copy(json_object_get(meta, "annotations"));

    if (json_object_get(annotations, TRIGGER_TIME) != NULL)
        json_object_set_new(annotations, TRIGGER_TIME, json_string("<set>"));
    return annotations;
}

json_t *recorded_form_endpoints(const json_t *object, const char *ns)
{
    static const char *const lists[2][2] = {{"addresses", "ready"},
                                            {"notReadyAddresses", "notReady"}};
    const json_t *meta = json_object_get(object, "metadata");
    json_t *form = json_object();
    json_t *subsets = json_array();
    size_t index;
    json_t *subset;

    json_object_set(form, "name", json_object_get(meta, "name"));
    set_unless_empty(form, "labels", json_deep_copy(json_object_get(meta, "labels")));
    set_unless_empty(form, "annotations", annotations_of(meta));
    json_array_foreach(json_object_get(object, "subsets"), index, subset)
    {
        json_t *copy = json_object();

        for (size_t i = 0; i < 2; i++) {
            json_t *lines = lines_of(json_object_get(subset, lists[i][0]), ns, line_of_address);
            set_unless_empty(copy, lists[i][1],
                             is_in_order(lines) ? recorded_form_sorted(lines) : json_incref(lines));
            json_decref(lines);
        }
        set_unless_empty(copy, "ports", ports_of(json_object_get(subset, "ports")));
        json_array_append_new(subsets, copy);
    }
    set_unless_empty(form, "subsets", subsets);
    return form;
}

/* "endpointslice" for "endpointslice-controller.k8s.io". */
static json_t *manager_of(const char *label)
{
    const size_t length = strlen(label);
    const size_t ending = sizeof CONTROLLER - 1;

    if (length > ending && strcmp(label + length - ending, CONTROLLER) == 0)
        return json_stringn(label, length - ending);
    return json_string(label);
}

static json_t *owners_of(const json_t *meta)
{
    char text[LINE_MAX] = "";
    size_t index;
    json_t *owner;

    json_array_foreach(json_object_get(meta, "ownerReferences"), index, owner)
    {
        const size_t length = strlen(text);

        snprintf(text + length, sizeof text - length, "%s%s/%s", index > 0 ? " " : "",
                 recorded_form_text(owner, "kind"), recorded_form_text(owner, "name"));
    }
    return json_string(text);
}

json_t *recorded_form_slice(const json_t *object, const char *ns)
{
    const json_t *meta = json_object_get(object, "metadata");
    json_t *labels = json_deep_copy(json_object_get(meta, "labels"));
    json_t *lines = lines_of(json_object_get(object, "endpoints"), ns, line_of_endpoint);
    json_t *form = json_object();

    json_object_set(form, "name", json_object_get(meta, "name"));
    json_object_set_new(form, "of", json_string(recorded_form_text(labels, SERVICE_NAME)));
    json_object_set_new(form, "by", manager_of(recorded_form_text(labels, MANAGED_BY)));
    json_object_set(form, "type", json_object_get(object, "addressType"));
    if (json_object_get(meta, "ownerReferences") != NULL)
        json_object_set_new(form, "owner", owners_of(meta));
    json_object_del(labels, SERVICE_NAME);
    json_object_del(labels, MANAGED_BY);
    set_unless_empty(form, "labels", labels);
    set_unless_empty(form, "annotations", annotations_of(meta));
    set_unless_empty(form, "ports", ports_of(json_object_get(object, "ports")));
    set_unless_empty(form, "endpoints", recorded_form_sorted(lines));
    json_decref(lines);
    return form;
}

json_t *recorded_form_pooled(const json_t *slices)
{
    json_t *pools = json_object();
    json_t *list = json_array();
    size_t index;
    json_t *slice;
    const char *key;

    json_array_foreach(slices, index, slice)
    {
        json_t *head = json_copy(slice);
        json_t *lines = json_object_get(slice, "endpoints");
        json_t *pool;
        char *text;

        json_object_del(head, "name");
        json_object_del(head, "endpoints");
        text = json_dumps(head, JSON_SORT_KEYS);
        pool = json_object_get(pools, text);
        if (pool == NULL) {
            json_object_set_new(head, "sizes", json_array());
            json_object_set_new(head, "endpoints", json_array());
            json_object_set(pools, text, head);
            pool = head;
        }
        json_array_append_new(json_object_get(pool, "sizes"),
                              json_integer((json_int_t)json_array_size(lines)));
        json_array_extend(json_object_get(pool, "endpoints"), lines);
        json_decref(head);
        free(text);
    }
    json_object_foreach(pools, key, slice)
    {
        json_object_set_new(slice, "sizes", recorded_form_sorted(json_object_get(slice, "sizes")));
        json_object_set_new(slice, "endpoints",
                            recorded_form_sorted(json_object_get(slice, "endpoints")));
        json_array_append(list, slice);
    }
    json_decref(pools);
    slice = recorded_form_sorted(list);
    json_decref(list);
    return slice;
}

bool recorded_form_pod(const char *line, char name[128])
{
    const char *at = strstr(line, " pod/");

    if (at == NULL)
        return false;
    at += strlen(" pod/");
    snprintf(name, 128, "%.*s", (int)strcspn(at, " "), at);
    return true;
}

/* --- runs of pods made in bulk --- */

struct run {
    char prefix[16];
    long number;
    char text[LINE_MAX]; /* with marks */
};

/* What create_pods says of the pod, by word. */
static void bulk_words(const struct run *run, char words[4][32])
{
    const long i = run->number;

    snprintf(words[0], 32, "10.100.%ld.%ld", i / 250, i % 250 + 1);
    snprintf(words[1], 32, "pod/%s-%04ld", run->prefix, i);
    snprintf(words[2], 32, "node-%c", (int)('a' + i % 3));
    snprintf(words[3], 32, "zone-%ld", i % 3 + 1);
}

/* Replaces words of `from` by those of `to`: the marks by the pod's words, or the other way round. */
static void replace_words(const char *line, char from[4][32], char to[4][32], char text[LINE_MAX])
{
    char copy[LINE_MAX];
    char *rest = copy;
    const char *word;
    size_t length = 0;

    snprintf(copy, sizeof copy, "%s", line);
    text[0] = '\0';
    while ((word = strtok_r(rest, " ", &rest)) != NULL && length < LINE_MAX) {
        const char *put = word;

        for (size_t i = 0; i < 4; i++)
            put = strcmp(word, from[i]) == 0 ? to[i] : put;
        length +=
            (size_t)snprintf(text + length, LINE_MAX - length, "%s%s", length > 0 ? " " : "", put);
    }
}

static void set_marks(char marks[4][32])
{
    static const char *const texts[4] = {"@", "pod/@", "node-@", "zone-@"};

    for (size_t i = 0; i < 4; i++)
        snprintf(marks[i], 32, "%s", texts[i]);
}

/* Whether the line is of a pod made in bulk; fills in the run of it alone. */
static bool fold_line(const char *line, struct run *run)
{
    const char *pod = strstr(line, " pod/");
    char words[4][32];
    char marks[4][32];

    if (pod == NULL || sscanf(pod, " pod/%15[a-z]-%4ld", run->prefix, &run->number) != 2)
        return false;
    bulk_words(run, words);
    set_marks(marks);
    replace_words(line, words, marks, run->text);
    return strncmp(run->text, "@ ", 2) == 0 && strstr(run->text, " pod/@") != NULL;
}

static int compare_runs(const void *left, const void *right)
{
    const struct run *a = left;
    const struct run *b = right;
    const int order = strcmp(a->prefix, b->prefix);

    return order != 0 ? order : (a->number > b->number) - (a->number < b->number);
}

static bool goes_on(const struct run *run, const struct run *next)
{
    return next->number == run->number + 1 && strcmp(run->text, next->text) == 0 &&
           strcmp(run->prefix, next->prefix) == 0;
}

static json_t *fold_lines(const json_t *lines)
{
    const size_t count = json_array_size(lines);
    struct run *runs = calloc(count + 1, sizeof(*runs));
    json_t *folded = json_array();

    for (size_t i = 0; runs != NULL && i < count; i++) {
        if (!fold_line(json_string_value(json_array_get(lines, i)), &runs[i])) {
            free(runs);
            json_decref(folded);
            return json_deep_copy(lines);
        }
    }
    if (runs != NULL)
        qsort(runs, count, sizeof(*runs), compare_runs);
    for (size_t first = 0, next; runs != NULL && first < count; first = next) {
        char text[LINE_MAX + 64];

        for (next = first + 1; next < count && goes_on(&runs[next - 1], &runs[next]);)
            next++;
        snprintf(text, sizeof text, "* %s %ld..%ld %s", runs[first].prefix, runs[first].number,
                 runs[next - 1].number, runs[first].text);
        json_array_append_new(folded, json_string(text));
    }
    free(runs);
    return folded;
}

static void unfold_line(const char *line, json_t *lines)
{
    struct run run;
    char marks[4][32];
    long last = 0;
    int length = 0;

    set_marks(marks);
    if (sscanf(line, "* %15s %ld..%ld %n", run.prefix, &run.number, &last, &length) != 3)
        return;
    for (; run.number <= last; run.number++) {
        char words[4][32];
        char text[LINE_MAX];

        bulk_words(&run, words);
        replace_words(line + length, marks, words, text);
        json_array_append_new(lines, json_string(text));
    }
}

static json_t *unfold_lines(const json_t *folded)
{
    json_t *lines = json_array();
    json_t *in_order;
    bool is_folded = false;
    size_t index;
    json_t *line;

    json_array_foreach(folded, index, line)
    {
        if (strncmp(json_string_value(line), "* ", 2) == 0) {
            unfold_line(json_string_value(line), lines);
            is_folded = true;
        } else {
            json_array_append(lines, line);
        }
    }
    if (!is_folded)
        return lines;
    in_order = recorded_form_sorted(lines);
    json_decref(lines);
    return in_order;
}

/* Applies a function to each list of lines in the value. */
static json_t *map_lines(json_t *value, json_t *(*function)(const json_t *))
{
    const char *key;
    size_t index;
    json_t *item;
    json_t *mapped;

    if (json_is_array(value) && json_is_string(json_array_get(value, 0)))
        return function(value);
    if (json_is_array(value)) {
        mapped = json_array();
        json_array_foreach(value, index, item)
            json_array_append_new(mapped, map_lines(item, function));
        return mapped;
    }
    if (!json_is_object(value))
        return json_deep_copy(value);
    mapped = json_object();
    json_object_foreach(value, key, item)
        json_object_set_new(mapped, key, map_lines(item, function));
    return mapped;
}

json_t *recorded_form_fold(json_t *value)
{
    return map_lines(value, fold_lines);
}

json_t *recorded_form_unfold(json_t *value)
{
    return map_lines(value, unfold_lines);
}
