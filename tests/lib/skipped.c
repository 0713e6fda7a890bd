/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Replaces a test that is for another machine; see tests.mk. */
#include "support.h"

static void test_not_for_this_machine(void **state)
{
	(void)state;
	skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_not_for_this_machine) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
