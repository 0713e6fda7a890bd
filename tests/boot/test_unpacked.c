// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The unpacked size of initrds of all kinds.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE		/* popen() */
#endif
#include "support.h"

#include "boot.h"

/* An initrd that grows; its bytes are copied to a block of their size before each look. */
struct initrd {
	unsigned char bytes[300000];
	size_t size;
};

static void add(struct initrd *initrd, const void *bytes, size_t size)
{
	assert_true(size <= sizeof(initrd->bytes) - initrd->size);
	memcpy(initrd->bytes + initrd->size, bytes, size);
	initrd->size += size;
}

static void add_zeros(struct initrd *initrd, size_t size)
{
	assert_true(size <= sizeof(initrd->bytes) - initrd->size);
	memset(initrd->bytes + initrd->size, 0, size);
	initrd->size += size;
}

static void add_file(struct initrd *initrd, const char *name, size_t size)
{
	char header[111];

	snprintf(header, sizeof(header), "070701%08x%08x%08x%08x%08x%08x%08X%08x%08x%08x%08x%08X%08x",
		 1u, 0100644u, 0u, 0u, 1u, 0u, (unsigned int)size, 0u, 0u, 0u, 0u,
		 (unsigned int)strlen(name) + 1, 0u);
	add(initrd, header, 110);
	add(initrd, name, strlen(name) + 1);
	add_zeros(initrd, -initrd->size & 3);
	add_zeros(initrd, size);
	add_zeros(initrd, -initrd->size & 3);
}

static uint64_t unpacked(const struct initrd *initrd)
{
	unsigned char *copy = malloc(initrd->size ? initrd->size : 1);
	uint64_t size;

	assert_non_null(copy);
	memcpy(copy, initrd->bytes, initrd->size);
	size = boot_unpacked_size(copy, initrd->size);
	free(copy);
	return size;
}

/* A whole file of a packer. */
static void add_packed(struct initrd *initrd, const char *command)
{
	FILE *pipe = popen(command, "r");
	unsigned char bytes[4096];
	size_t got;

	assert_non_null(pipe);
	while ((got = fread(bytes, 1, sizeof(bytes), pipe)) > 0)
		add(initrd, bytes, got);
	assert_int_equal(pclose(pipe), 0);
}

static void archives(void **state)
{
	static struct initrd initrd;

	(void)state;
	initrd.size = 0;
	assert_int_equal(unpacked(&initrd), 0);
	add_file(&initrd, "early", 1001);
	add_file(&initrd, "microcode", 70000);
	assert_int_equal(unpacked(&initrd), 71001);
	add_file(&initrd, "TRAILER!!!", 0);
	add_zeros(&initrd, 500);
	assert_int_equal(unpacked(&initrd), 71001);
	/* A second archive; then unknown data, which count in full. */
	add_file(&initrd, "init", 0xabcd);
	add_file(&initrd, "TRAILER!!!", 0);
	add_zeros(&initrd, 65536);
	assert_int_equal(unpacked(&initrd), 71001 + 0xabcd);
	add(&initrd, "unknown", 7);
	assert_int_equal(unpacked(&initrd), 71001 + 0xabcd + 7);
	/* One that ends too early counts in full. */
	initrd.size = 0;
	add_file(&initrd, "early", 1001);
	initrd.size -= 500;
	assert_int_equal(unpacked(&initrd), 1001);
	initrd.size = 109;
	assert_int_equal(unpacked(&initrd), 109);
	/* So many zeros are no padding. */
	initrd.size = 0;
	add_zeros(&initrd, 200000);
	assert_int_equal(unpacked(&initrd), 200000 - 65536);
}

static void compressed(void **state)
{
	static const struct {
		const char *command;
		uint64_t size;
	} cases[] = {
		{ "head -c 3000000 /dev/zero | gzip -1", 3000000 },
		{ "head -c 3000001 /dev/zero | xz -0", 3000001 },
		{ "head -c 3000002 /dev/zero | xz -0 --check=crc32 --block-size=1000000", 3000002 },
		{ "f=$(mktemp) && head -c 100 /dev/zero >$f && zstd -q -c $f; rm $f", 100 },
		{ "f=$(mktemp) && head -c 300 /dev/zero >$f && zstd -q -c $f; rm $f", 300 },
		{ "f=$(mktemp) && head -c 70000 /dev/zero >$f && zstd -q -c $f; rm $f", 70000 },
		{ "f=$(mktemp) && head -c 3000000 /dev/zero >$f && zstd -q --long=27 -c $f; rm $f", 3000000 },
	};
	static struct initrd initrd;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		initrd.size = 0;
		add_packed(&initrd, cases[i].command);
		if (unpacked(&initrd) != cases[i].size)
			fail_msg("%s: %llu", cases[i].command,
				 (unsigned long long)unpacked(&initrd));
		/* Behind an archive with microcode. */
		initrd.size = 0;
		add_file(&initrd, "microcode", 1000);
		add_file(&initrd, "TRAILER!!!", 0);
		add_packed(&initrd, cases[i].command);
		assert_int_equal(unpacked(&initrd), 1000 + cases[i].size);
	}
	/* Padding behind it. */
	initrd.size = 0;
	add_packed(&initrd, cases[1].command);
	add_zeros(&initrd, 8);
	assert_int_equal(unpacked(&initrd), 3000001);

	/* An absurd size is ignored: the file counts in full. */
	initrd.size = 18;
	memset(initrd.bytes, 0xff, 18);
	memcpy(initrd.bytes, "\x28\xb5\x2f\xfd\xe0", 5);
	assert_int_equal(unpacked(&initrd), 18);

	/* No size in it, and random bytes that do not compress: as large as it is. */
	initrd.size = 0;
	add_packed(&initrd, "head -c 3000000 /dev/zero | zstd -q");
	assert_int_equal(unpacked(&initrd), initrd.size);
	initrd.size = 0;
	add_packed(&initrd, "head -c 1000 /dev/urandom | gzip");
	assert_int_equal(unpacked(&initrd), initrd.size);
}

/* Any byte changed, any length: no byte beyond is read. */
static void damaged(void **state)
{
	uint64_t random = env_number("KLEAP_SEED", 1);
	static struct initrd initrd, copy;

	(void)state;
	for (int n = 0; n < 3; n++) {
		initrd.size = 0;
		if (n)
			add_file(&initrd, "microcode", 100);
		add_packed(&initrd, n == 2 ? "head -c 999999 /dev/zero | xz -0 --block-size=100000" :
			   "f=$(mktemp) && head -c 300 /dev/zero >$f && zstd -q -c $f; rm $f");
		for (size_t i = 0; i < 3000; i++) {
			memcpy(&copy, &initrd, sizeof(copy));
			copy.size -= sim_random(&random) % 3 ? 0 : sim_random(&random) % copy.size;
			for (uint64_t k = sim_random(&random) % 3; k > 0; k--)
				copy.bytes[sim_random(&random) % (copy.size + 1)] = (unsigned char)sim_random(&random);
			unpacked(&copy);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(archives),
		cmocka_unit_test(compressed),
		cmocka_unit_test(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
