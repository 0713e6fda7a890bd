/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The KUnit suite that ships with the engine for Linux trees, run here: the same
 * file, with kunit/ in the place of the kernel's headers.
 */
#include "kimg_kunit.c"

static void run_case(void **state)
{
	const struct kunit_case *one = *state;
	struct kunit test = { .count = 0 };

	assert_int_equal(kunit_suite->init(&test), 0);
	one->run_case(&test);
	while (test.count)
		free(test.memory[--test.count]);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(kimg_cases) - 1] = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		tests[i].name = kimg_cases[i].name;
		tests[i].test_func = run_case;
		tests[i].initial_state = &kimg_cases[i];
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
