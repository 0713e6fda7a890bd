/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A machine, a kernel for it, and what goes with the kernel: where is it all placed? */
#ifndef TEST_ARM_SCENE_H
#define TEST_ARM_SCENE_H

#include "arm.h"

#define START 0x40000000ull

struct scene {
	/* What the kernel is baked from: one of these. */
	struct image_recipe image;
	struct zimage_recipe zimage;
	unsigned char *file;
	struct boot_map map, usable;
	struct boot_request request;
	struct boot_layout layout;
	unsigned char initrd[70000], tree[5000];
	struct boot_piece piece[2];
	struct kimg_why why;
};

/* 1 GiB from START, with a tree and an initrd. The kernel follows. Closed by shut(). */
static inline struct scene *new_scene(void)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	assert_non_null(scene);
	add_memory(&scene->map, START, START + GIB, BOOT_MEM_RAM);
	scene->request.map = &scene->map;
	scene->piece[0] = (struct boot_piece){ scene->initrd, sizeof(scene->initrd) };
	scene->request.initrd = scene->piece;
	scene->request.initrd_pieces = 1;
	scene->request.tree = scene->tree;
	scene->request.tree_size = sizeof(scene->tree);
	return scene;
}

/* The scene owns `file` from now on. */
static inline void set_kernel(struct scene *scene, unsigned char *file)
{
	free(scene->file);
	scene->file = file;
	scene->request.kernel = file;
}

static inline void shut(struct scene *scene)
{
	free(scene->file);
	free(scene);
}

static inline void refused(struct scene *scene, enum kimg_error error)
{
	memset(&scene->why, 0, sizeof(scene->why));
	assert_int_equal(boot_kernel(&scene->request, &scene->layout, &scene->why), error);
	assert_int_equal(scene->why.error, error);
}

static inline uint64_t at(const struct scene *scene, uint32_t segment)
{
	return scene->layout.segment[segment].at.mem;
}

#endif
