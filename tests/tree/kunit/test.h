/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * As much of KUnit as a suite needs to run in a program of cmocka: the same names,
 * so that the file that ships with the Linux tree is compiled here as it is.
 */
#ifndef KUNIT_TEST_H
#define KUNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

struct kunit {
	void *priv;
	void *memory[8];	/* of kunit_kzalloc(), freed when the test ends */
	unsigned int count;
};

struct kunit_case {
	void (*run_case)(struct kunit *test);
	const char *name;
};

struct kunit_suite {
	const char *name;
	int (*init)(struct kunit *test);
	const struct kunit_case *test_cases;
};

#define KUNIT_CASE(function) { .run_case = function, .name = #function }

/* The file that includes the suite runs it. */
#define kunit_test_suite(suite) \
	static const struct kunit_suite *const kunit_suite = &(suite)

static inline void *kunit_kzalloc(struct kunit *test, size_t size, int gfp)
{
	void *memory = calloc(1, size);

	(void)gfp;
	assert_in_range(test->count, 0, 7);
	test->memory[test->count++] = memory;
	return memory;
}

/* An expectation that is not met ends the test here, as an assertion does. */
#define KUNIT_EXPECT(test, left, relation, right)				\
	do {									\
		(void)(test);							\
		if (!((left) relation (right)))					\
			fail_msg("%s %s %s does not hold", #left, #relation, #right); \
	} while (0)

#define KUNIT_EXPECT_EQ(test, left, right) KUNIT_EXPECT(test, left, ==, right)
#define KUNIT_EXPECT_LT(test, left, right) KUNIT_EXPECT(test, left, <, right)
#define KUNIT_EXPECT_LE(test, left, right) KUNIT_EXPECT(test, left, <=, right)
#define KUNIT_EXPECT_GT(test, left, right) KUNIT_EXPECT(test, left, >, right)
#define KUNIT_ASSERT_EQ(test, left, right) KUNIT_EXPECT(test, left, ==, right)
#define KUNIT_ASSERT_LT(test, left, right) KUNIT_EXPECT(test, left, <, right)
#define KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pointer) KUNIT_EXPECT(test, pointer, !=, NULL)

#endif
