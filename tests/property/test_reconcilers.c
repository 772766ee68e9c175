/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Random mutations of one service and its pods, by hand and by the hundred, in several versions of Kubernetes: whenever
 * things have settled, the slices keep their invariants, and they and the Endpoints say what a computation from scratch
 * gives. That computation is this file's own: it shares no code with the controllers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "property/reconciler_scene.h"

/* --- what it should come to, from the stored pods and the wish alone --- */

struct expected {
    const char *ip;
    uint64_t uid;
    uint32_t pod;
    uint16_t ports[2]; /* 0: it has not that one */
    bool is_ready;     /* in Endpoints */
    bool is_listed;    /* there */
    bool in_slices;
    bool is_terminating;
    bool is_seen; /* found in a slice */
};

struct computed {
    struct expected *items;
    uint32_t count;
};

static bool has_label(const struct pod_view *view, const char *key, const char *value)
{
    for (uint32_t i = 0; i < view->labels->count; i++) {
        if (strcmp(view->labels->items[i].key, key) == 0)
            return strcmp(view->labels->items[i].value, value) == 0;
    }
    return false;
}

static void resolve(const struct scene *scene, const struct pod *p, uint16_t ports[2])
{
    ports[0] = scene->wish.ports == 1 ? 8081 : 8080;
    ports[1] = 0;
    if (scene->wish.ports == 2)
        ports[1] = p->spec->containers == &scene->f.containers[0] ? 9000 : 9001;
    else if (scene->wish.ports == 3)
        ports[1] = 8082;
}

static int compare_addresses(const void *a, const void *b)
{
    const struct expected *x = a;
    const struct expected *y = b;
    const int order = strcmp(x->ip, y->ip);

    return order != 0 ? order : (x->uid > y->uid) - (x->uid < y->uid);
}

static struct computed compute(struct scene *scene)
{
    const struct cluster *cluster = scene->f.cluster;
    const bool tells_end = scene->f.spec.cluster.version_minor >= 22;
    struct computed o = {ARENA_NEW_ARRAY(&scene->f.heard, cluster->pod_count + 1, struct expected),
                         0};

    for (uint32_t i = 0; i < cluster->pod_count && scene->wish.is_there; i++) {
        const struct pod_view *view = &cluster->pods[i]->stored;
        struct expected *e = &o.items[o.count];
        if (!view->exists || !view->has_ip || !has_label(view, "app", "web") ||
            (scene->wish.has_tier && !has_label(view, "tier", "front")))
            continue;
        *e = (struct expected){
            .ip = view->addresses->ips[0], .uid = cluster->pods[i]->uid, .pod = i};
        resolve(scene, cluster->pods[i], e->ports);
        e->is_ready = view->is_ready || scene->wish.publishes;
        e->is_listed = !view->is_deleting || scene->wish.publishes;
        e->is_terminating = view->is_deleting;
        e->in_slices = tells_end || e->is_listed;
        o.count++;
    }
    qsort(o.items, o.count, sizeof(o.items[0]), compare_addresses);
    return o;
}

static struct expected *find(const struct computed *o, uint32_t pod)
{
    for (uint32_t i = 0; i < o->count; i++) {
        if (o->items[i].pod == pod)
            return &o->items[i];
    }
    return NULL;
}

static bool has_ports(const struct port_map *map, const uint16_t ports[2])
{
    if (map->count != 1u + (ports[1] != 0))
        return false;
    for (uint32_t i = 0; i < map->count; i++) {
        const bool is_web = strcmp(map->ports[i].name, "web") == 0;
        if (map->ports[i].number != ports[is_web ? 0 : 1])
            return false;
    }
    return true;
}

static void check_endpoint(const struct scene *scene, struct computed *o,
                           const struct slice_content *content, uint32_t at)
{
    const struct slice_endpoint *e = &content->endpoints[at];
    const bool is_serving = scene->f.cluster->pods[e->pod]->stored.is_ready;
    struct expected *want = find(o, e->pod);

    assert_non_null(want);
    assert_true(want->in_slices);
    assert_false(want->is_seen); /* no endpoint twice */
    want->is_seen = true;
    assert_string_equal(e->target->ip, want->ip);
    assert_true(has_ports(content->ports, want->ports));
    assert_int_equal(e->is_ready, scene->wish.publishes || (is_serving && !want->is_terminating));
    if (scene->f.spec.cluster.version_minor < 22)
        return;
    assert_int_equal(e->is_serving, is_serving);
    assert_int_equal(e->is_terminating, want->is_terminating);
}

/* How many endpoints there should be. Before 1.27 pods of one address and the same ports are one: any of them. */
static uint32_t count_wanted(const struct scene *scene, const struct computed *o)
{
    const bool tells_pods = scene->f.spec.cluster.version_minor >= 27;
    uint32_t count = 0;

    for (uint32_t i = 0; i < o->count; i++) {
        bool is_first = true;
        for (uint32_t k = i; k-- > 0 && strcmp(o->items[k].ip, o->items[i].ip) == 0;)
            is_first &= !o->items[k].in_slices || memcmp(o->items[k].ports, o->items[i].ports,
                                                         sizeof(o->items[k].ports)) != 0;
        count += o->items[i].in_slices && (is_first || tells_pods);
    }
    return count;
}

static void check_slices(struct scene *scene, struct computed *o)
{
    const struct cluster *cluster = scene->f.cluster;
    uint32_t empty_count = 0;
    uint32_t slice_count = 0;
    uint32_t listed = 0;
    uint32_t wanted = 0;

    for (uint32_t i = 0; i < cluster->slice_count; i++) {
        const struct slice_content *content = cluster->slices[i]->stored;
        if (content == NULL)
            continue;
        slice_count++;
        empty_count += content->count == 0;
        listed += content->count;
        assert_true(content->count <= SLICE_MAX);
        assert_true(content->count > 0 || content->ports->count == 0);
        for (uint32_t k = 0; k < content->count; k++)
            check_endpoint(scene, o, content, k);
    }
    wanted = count_wanted(scene, o);
    assert_int_equal(listed, wanted); /* none lost */
    if (!scene->wish.is_there)
        assert_int_equal(slice_count, 0);
    else
        assert_int_equal(empty_count, wanted == 0 ? 1 : 0);
    if (wanted == 0 && scene->wish.is_there)
        assert_int_equal(slice_count, 1); /* the placeholder */
}

/* Of those that are listed the ones that an object may hold: ready ones first, then by IP. */
static uint32_t mark_kept(const struct scene *scene, struct computed *o, bool *is_cut)
{
    uint32_t ready = 0;
    uint32_t total = 0;
    uint32_t kept = 0;
    uint32_t room;

    for (uint32_t i = 0; i < o->count; i++) {
        total += o->items[i].is_listed;
        ready += o->items[i].is_listed && o->items[i].is_ready;
    }
    *is_cut = scene->f.spec.cluster.version_minor >= 22 && total > 1000;
    if (!*is_cut)
        return total;
    room = ready > 1000 ? 1000 : 1000 - ready;
    for (uint32_t i = 0; i < o->count; i++) {
        struct expected *e = &o->items[i];
        if (!e->is_listed || (ready <= 1000 && e->is_ready)) {
            kept += e->is_listed;
            continue;
        }
        e->is_listed = e->is_ready == (ready > 1000) && room > 0;
        room -= e->is_listed;
        kept += e->is_listed;
    }
    return kept;
}

/* One subset: exactly these, in this order. */
static void check_one_subset(const struct endpoints_content *content, const struct computed *o)
{
    uint32_t at = 0;

    for (uint32_t i = 0; i < o->count; i++) {
        const struct expected *e = &o->items[i];
        if (!e->is_listed)
            continue;
        assert_true(at < content->count);
        assert_string_equal(content->items[at]->target->ip, e->ip);
        assert_int_equal(content->items[at]->pod, e->pod);
        assert_int_equal(content->items[at]->is_ready, e->is_ready);
        assert_true(has_ports(content->items[at]->ports, e->ports));
        at++;
    }
    assert_int_equal(at, content->count);
}

/* Pods whose ports differ: "web" of all, "more" of each kind; each address with each of its ports once. */
static void check_subsets(const struct endpoints_content *content, const struct computed *o)
{
    uint32_t port_count = 0;
    uint32_t wanted = 0;

    for (uint32_t i = 0; i < content->count; i++) {
        const struct endpoints_item *item = content->items[i];
        const struct expected *e = NULL;
        for (uint32_t k = 0; k < o->count; k++) {
            if (o->items[k].pod == item->pod)
                e = &o->items[k];
        }
        assert_non_null(e);
        assert_true(e->is_listed);
        assert_int_equal(item->is_ready, e->is_ready);
        for (uint32_t k = 0; k < item->ports->count; k++)
            assert_true(item->ports->ports[k].number == e->ports[0] ||
                        item->ports->ports[k].number == e->ports[1]);
        port_count += item->ports->count;
    }
    for (uint32_t i = 0; i < o->count; i++)
        wanted += o->items[i].is_listed ? 2 : 0;
    assert_int_equal(port_count, wanted);
}

static void check_endpoints(struct scene *scene, struct computed *o)
{
    const struct cluster *cluster = scene->f.cluster;
    const uint32_t index = cluster->services[0].endpoints;
    const struct endpoints_content *content;
    uint32_t kept;
    bool is_cut;

    assert_int_not_equal(index, ID_NONE);
    content = cluster->endpoints[index]->stored;
    if (!scene->wish.is_there) {
        assert_null(content);
        return;
    }
    kept = mark_kept(scene, o, &is_cut);
    assert_non_null(content);
    assert_int_equal(content->capacity_note, is_cut ? CAPACITY_TRUNCATED : CAPACITY_FINE);
    if (scene->wish.ports != 2) {
        assert_int_equal(content->count, kept);
        check_one_subset(content, o);
    } else if (!is_cut && o->count <= 200) {
        check_subsets(content, o);
    }
}

/*
 * An edit of Endpoints is no event for their controller; and before 1.31 a sync that comes before the last write has
 * reached the informer may find what it wants in an older version, and leave the newer one for good (kubernetes issue
 * 126578). An edit of the Service makes it look.
 */
static void check(struct scene *scene)
{
    const bool must_look = scene->is_edited || scene->f.spec.cluster.version_minor < 31;
    struct computed o;

    settle(scene);
    if (must_look && scene->wish.is_there) {
        scene->wish.label++;
        apply_service(scene);
        settle(scene);
    }
    scene->is_edited = false;
    o = compute(scene);
    check_slices(scene, &o);
    check_endpoints(scene, &o);
    assert_int_equal(scene->repeat_count, 0);
    assert_int_equal(scene->excess_count, 0);
    release_previous(scene);
}

/* A settled service, one pod turned: one slice is written, the one that lists it. */
static void check_flip(struct scene *scene)
{
    struct computed o = compute(scene);
    const uint32_t before = scene->write_count;
    const struct expected *e;
    bool is_told;

    if (o.count == 0 || (scene->is_shared && scene->f.spec.cluster.version_minor < 27))
        return; /* which of two stands for an address is chance, at every sync */
    e = &o.items[pick(scene, o.count)];
    is_told = e->in_slices; /* readiness, or serving; before 1.22 the pod's version at least */
    patch_pod(scene, e->pod, false);
    settle(scene);
    assert_int_equal(scene->write_count - before, is_told ? 1 : 0);
}

static void begin(struct scene *scene, uint32_t version, uint64_t seed)
{
    struct fixture *f = &scene->f;

    memset(scene, 0, sizeof(*scene));
    fixture_init(f);
    scene->luck = random_at(seed, version);
    for (uint32_t i = 0; i < 2; i++) {
        struct container_port *ports = ARENA_NEW_ARRAY(&f->arena, 2, struct container_port);
        ports[0] = (struct container_port){NULL, 8080, PROTOCOL_TCP};
        ports[1] = (struct container_port){"admin", (uint16_t)(9000 + i), PROTOCOL_TCP};
        f->containers[i] = (struct container_spec){
            .name = "main", .image = "web", .ports = ports, .port_count = 2};
    }
    f->spec.cluster.version_minor = version;
    f->spec.cluster.workload_count = 0;
    f->spec.cluster.service_count = 0;
    f->spec.cluster.has_kubelet = false;
    f->spec.cluster.controller_manager.endpointslice_batch_ns =
        pick(scene, 3) == 0 ? 500 * NS_PER_MS : 0;
    spec_default_latency(&f->arena, f->spec.cluster.latency);
    memset(&f->observer, 0, sizeof(f->observer));
    f->observer.self = scene;
    f->observer.version_stored = hear;
    fixture_start(f);
    apply_service(scene);
}

/* `rounds` times some mutations in quick succession, then a look. */
static void run(uint32_t version, uint64_t seed, uint32_t pod_count, uint32_t rounds)
{
    static struct scene scene;

    begin(&scene, version, seed);
    for (uint32_t i = 0; i < pod_count; i++)
        create_pod(&scene);
    check(&scene);
    for (uint32_t i = 0; i < rounds; i++) {
        for (uint32_t k = 1 + pick(&scene, 24); k > 0; k--) {
            mutate(&scene);
            if (pick(&scene, 3) > 0)
                fixture_run(&scene.f,
                            scene.f.kernel.now_ns + (sim_ns)pick(&scene, 600) * NS_PER_MS);
        }
        check(&scene);
        check_flip(&scene);
    }
    fixture_deinit(&scene.f);
}

static const uint32_t versions[] = {20, 22, 26, 32, 34};

static void test_a_few_pods_come_to_what_a_computation_from_scratch_gives(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < EP_COUNT_OF(versions); i++) {
        for (uint64_t seed = 1; seed <= 16; seed++)
            run(versions[i], seed, (uint32_t)seed, 20);
    }
}

static void test_hundreds_of_pods_do_too(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < EP_COUNT_OF(versions); i++) {
        for (uint64_t seed = 101; seed <= 104; seed++)
            run(versions[i], seed, 95, 20);
        run(versions[i], 111, 400, 20);
    }
}

static void test_so_do_more_pods_than_an_endpoints_object_may_list(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < EP_COUNT_OF(versions); i++)
        run(versions[i], 121, i % 2 == 0 ? 2500 : 1150, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_few_pods_come_to_what_a_computation_from_scratch_gives),
        cmocka_unit_test(test_hundreds_of_pods_do_too),
        cmocka_unit_test(test_so_do_more_pods_than_an_endpoints_object_may_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
