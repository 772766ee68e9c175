/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cluster/selector_index.h"
#include "engine/random.h"

struct rig {
    struct arena arena;
    struct blocks blocks;
    struct selector_index index;
};

static int set_up(void **state)
{
    static struct rig rig;

    arena_init(&rig.arena);
    blocks_init(&rig.blocks, &rig.arena);
    selector_index_init(&rig.index, &rig.arena, &rig.blocks);
    *state = &rig;
    return 0;
}

static int tear_down(void **state)
{
    arena_deinit(&((struct rig *)*state)->arena);
    return 0;
}

/* "app=web,tier=front" as labels, and as a selector of them. */
static struct label_set labels(struct rig *rig, const char *app, const char *tier)
{
    struct label *items = ARENA_NEW_ARRAY(&rig->arena, 2, struct label);

    items[0] = (struct label){"app", app};
    items[1] = (struct label){"tier", tier};
    return labels_from(&rig->arena, items, tier == NULL ? 1 : 2);
}

static struct selector selector(struct rig *rig, const char *app, const char *tier)
{
    const struct label_set set = labels(rig, app, tier);

    return labels_selector(&rig->arena, &set);
}

static void test_pods_meet_the_services_that_ask_for_a_label_of_theirs(void **state)
{
    struct rig *rig = *state;
    const struct selector web = selector(rig, "web", NULL);
    const struct selector db = selector(rig, "db", NULL);
    const struct label_set pod = labels(rig, "web", "front");
    struct service_set set;

    selector_index_set(&rig->index, 3, "default", &web);
    selector_index_set(&rig->index, 1, "default", &db);
    selector_index_set(&rig->index, 2, "other", &web);
    set = selector_index_find(&rig->index, "default", &pod, NULL);
    assert_int_equal(set.count, 1);
    assert_int_equal(set.services[0], 3);
    selector_index_release(&rig->index, &set);
}

static void test_the_rarest_label_is_the_one_filed_under(void **state)
{
    struct rig *rig = *state;
    const struct label_set pod = labels(rig, "web", "t1");
    struct service_set set;

    for (uint32_t i = 0; i < 100; i++) { /* all ask for app=web too */
        const char *tier = arena_printf(&rig->arena, "t%u", (unsigned)i);
        const struct selector s = selector(rig, "web", tier);
        selector_index_set(&rig->index, i, "default", &s);
    }
    set = selector_index_find(&rig->index, "default", &pod, NULL);
    assert_true(set.count <= 2); /* the first was filed under app=web */
    selector_index_release(&rig->index, &set);
}

static void test_a_memo_holds_until_the_index_or_the_labels_change(void **state)
{
    struct rig *rig = *state;
    const struct selector web = selector(rig, "web", NULL);
    const struct selector db = selector(rig, "db", NULL);
    const struct label_set pod = labels(rig, "web", "front");
    const struct label_set moved = labels(rig, "db", "front");
    struct selector_memo memo = {0};
    struct service_set set;

    selector_index_set(&rig->index, 3, "default", &web);
    for (int i = 0; i < 2; i++) { /* the second time out of the memo */
        set = selector_index_find_again(&rig->index, &memo, "default", &pod);
        assert_int_equal(set.count, 1);
        assert_int_equal(set.services[0], 3);
        assert_true(selector_index_selects(&rig->index, &memo, 3, &pod));
        selector_index_release(&rig->index, &set);
    }
    assert_false(selector_index_selects(&rig->index, &memo, 3, &moved));
    set = selector_index_find_again(&rig->index, &memo, "default", &moved);
    assert_int_equal(set.count, 0);
    selector_index_release(&rig->index, &set);
    selector_index_set(&rig->index, 3, "default", &db);
    assert_true(selector_index_selects(&rig->index, &memo, 3, &moved));
    set = selector_index_find_again(&rig->index, &memo, "default", &moved);
    assert_int_equal(set.count, 1);
    selector_index_release(&rig->index, &set);
    selector_index_set(&rig->index, 3, "default", NULL);
    assert_false(selector_index_selects(&rig->index, &memo, 3, &moved));
    set = selector_index_find_again(&rig->index, &memo, "default", &moved);
    assert_int_equal(set.count, 0);
    selector_index_release(&rig->index, &set);
}

static void test_a_selector_without_labels_meets_every_pod_and_a_null_one_none(void **state)
{
    struct rig *rig = *state;
    const struct selector all = {NULL, 0, false};
    const struct selector none = {NULL, 0, true};
    const struct label_set pod = labels(rig, "web", NULL);
    struct service_set set;

    selector_index_set(&rig->index, 0, "default", &all);
    selector_index_set(&rig->index, 1, "default", &none);
    set = selector_index_find(&rig->index, "default", &pod, NULL);
    assert_int_equal(set.count, 1);
    assert_int_equal(set.services[0], 0);
    selector_index_release(&rig->index, &set);
}

/* Whatever is set and set again: nobody who matches is left out, each comes once, in ascending order. */
static void test_everybody_who_matches_is_found(void **state)
{
    static const char *const apps[] = {"a", "b", "c"};
    static const char *const tiers[] = {"x", "y", NULL};
    struct rig *rig = *state;
    struct random luck = random_at(1, 0);
    struct selector selectors[40] = {{NULL, 0, true}};

    for (uint32_t i = 0; i < 40; i++)
        selectors[i].is_null = true;
    for (uint32_t step = 0; step < 500; step++) {
        const uint32_t service = (uint32_t)random_below(&luck, 40);
        const struct label_set before =
            labels(rig, apps[random_below(&luck, 3)], tiers[random_below(&luck, 2)]);
        const struct label_set after =
            labels(rig, apps[random_below(&luck, 3)], tiers[random_below(&luck, 3)]);
        struct service_set set;
        selectors[service] =
            selector(rig, apps[random_below(&luck, 3)], tiers[random_below(&luck, 3)]);
        selectors[service].is_null = random_below(&luck, 4) == 0;
        selector_index_set(&rig->index, service, "default", &selectors[service]);
        set = selector_index_find(&rig->index, "default", &before, &after);
        for (uint32_t i = 1; i < set.count; i++)
            assert_true(set.services[i - 1] < set.services[i]);
        for (uint32_t i = 0; i < 40; i++) {
            bool is_found = false;
            for (uint32_t k = 0; k < set.count; k++)
                is_found |= set.services[k] == i;
            if (labels_match(&selectors[i], &before) || labels_match(&selectors[i], &after))
                assert_true(is_found);
        }
        selector_index_release(&rig->index, &set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_pods_meet_the_services_that_ask_for_a_label_of_theirs,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_rarest_label_is_the_one_filed_under, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_a_selector_without_labels_meets_every_pod_and_a_null_one_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_memo_holds_until_the_index_or_the_labels_change,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_everybody_who_matches_is_found, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
