/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cluster/commands.h"
#include "support/fixture.h"

static int set_up(void **state)
{
    static struct fixture f;

    fixture_init(&f);
    fixture_hop(&f, HOP_API_WRITE, 5 * NS_PER_MS);
    fixture_hop(&f, HOP_WATCH_CONTROLLER, NS_PER_MS);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_deinit(*state);
    return 0;
}

/* Tokens that the controller's client lacks now. */
static int64_t missing_tokens(const struct fixture *f)
{
    const struct rate_limiter *limiter = &f->cluster->controllers[CONTROLLER_ENDPOINTS].limiter;
    const sim_ns refilled_ns = limiter->credit_ns + (f->kernel.now_ns - limiter->as_of_ns);

    return refilled_ns >= limiter->capacity_ns
               ? 0
               : (limiter->capacity_ns - refilled_ns + limiter->token_ns - 1) / limiter->token_ns;
}

/* The API server deletes the Endpoints with the Service; the controller deletes them once for the Service's end and once for
 * theirs, and is told twice that there are none. Measured: 40 requests for 20 services. */
static void test_a_deleted_service_costs_two_requests(void **state)
{
    struct fixture *f = *state;

    fixture_start(f);
    fixture_run(f, NS_PER_MIN);
    assert_int_equal(missing_tokens(f), 0);
    commands_delete_service(f->cluster, "default", "kubia");
    fixture_run(f, NS_PER_MIN + 20 * NS_PER_MS); /* less than a token's time, 50 ms */
    assert_int_equal(missing_tokens(f), 2);
}

static void test_a_change_costs_one(void **state)
{
    struct fixture *f = *state;

    fixture_start(f);
    fixture_run(f, NS_PER_MIN);
    commands_scale_deployment(f->cluster, 0, 2);
    fixture_run(f, NS_PER_MIN + 45 * NS_PER_MS);
    assert_int_equal(missing_tokens(f), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_deleted_service_costs_two_requests),
        TEST(test_a_change_costs_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
