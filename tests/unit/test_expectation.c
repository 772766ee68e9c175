/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/fixture.h"

#define AT_NS (10 * NS_PER_S)

struct rig {
    struct fixture f;
    struct expectation_result result[8];
    uint32_t count;
};

static int set_up(void **state)
{
    static struct rig rig;

    rig.count = 0;
    fixture_init(&rig.f);
    *state = &rig;
    return 0;
}

static int tear_down(void **state)
{
    fixture_deinit(&((struct rig *)*state)->f);
    return 0;
}

static void hear(void *self, sim_ns at_ns, uint32_t entry, const struct expectation_result *result)
{
    struct rig *rig = self;

    (void)at_ns;
    (void)entry;
    rig->result[rig->count++] = *result;
}

static void run(struct rig *rig)
{
    struct world *world = fixture_world(&rig->f);
    const struct world_observer observer = {.self = rig, .expected = hear};

    world_observe(world, NULL, NULL, &observer);
    assert_true(world_run(world, NS_PER_MIN, NULL));
}

static struct timeline_entry *expect(struct rig *rig, enum expect_field field,
                                     enum comparison comparison, int64_t value)
{
    struct timeline_entry *e = fixture_at(&rig->f, AT_NS, VERB_EXPECT);

    e->expect_field = field;
    e->expect_comparison = comparison;
    e->expect_value = value;
    return e;
}

static void test_a_deployments_fields_are_those_of_the_api(void **state)
{
    struct rig *rig = *state;

    fixture_at(&rig->f, AT_NS, VERB_SCALE)->count = 5; /* before: file order */
    expect(rig, EXPECT_REPLICAS, COMPARE_EQ, 5);
    expect(rig, EXPECT_READY, COMPARE_EQ, 3);
    expect(rig, EXPECT_AVAILABLE, COMPARE_GE, 4);
    expect(rig, EXPECT_UPDATED, COMPARE_NE, 3);
    run(rig);
    assert_int_equal(rig->count, 4);
    assert_true(rig->result[0].is_ok);
    assert_true(rig->result[1].is_ok);
    assert_false(rig->result[2].is_ok);
    assert_int_equal(rig->result[2].value, 3);
    assert_false(rig->result[3].is_ok);
}

static void test_endpoints_are_the_ready_addresses(void **state)
{
    struct rig *rig = *state;
    struct timeline_entry *e;

    e = fixture_at(&rig->f, NS_PER_S, VERB_KILL);
    e->target = (struct target_spec){
        .ns = "default", .selector = rig->f.workloads[0].selector, .mode = MODE_ONE};
    rig->f.startup_ns = NS_PER_HOUR;
    rig->f.app.startup = distribution_constant(NS_PER_HOUR);
    e = expect(rig, EXPECT_ENDPOINTS, COMPARE_EQ, 2);
    e->target.kind = "service";
    e = expect(rig, EXPECT_ENDPOINTS, COMPARE_LT, 2);
    e->target.kind = "endpoints";
    run(rig);
    assert_true(rig->result[0].is_ok);
    assert_false(rig->result[1].is_ok);
    assert_int_equal(rig->result[1].value, 2);
}

static void test_what_does_not_exist_meets_no_expectation(void **state)
{
    struct rig *rig = *state;

    expect(rig, EXPECT_READY, COMPARE_EQ, 0)->target =
        (struct target_spec){.ns = "default", .kind = "pod", .name = "none"};
    run(rig);
    assert_false(rig->result[0].is_ok);
    assert_false(rig->result[0].has_value);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_a_deployments_fields_are_those_of_the_api),
        T(test_endpoints_are_the_ready_addresses),
        T(test_what_does_not_exist_meets_no_expectation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
