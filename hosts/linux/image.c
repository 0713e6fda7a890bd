// SPDX-License-Identifier: GPL-2.0-only
/* The loaded image: build a new one beside it, swap, free the old one. */
#include "kleap.h"

#include <linux/mm.h>
#include <linux/slab.h>

DEFINE_MUTEX(kleap_lock);
bool kleap_disabled;

static struct kleap_image *loaded;

struct kleap_image *kleap_image_loaded(void)
{
	return loaded;
}

static void image_free(struct kleap_image *image)
{
	if (!image)
		return;
	if (image->kimg.host)
		kimg_free(&image->kimg);
	kvfree(image->scratch);
	kfree(image);
}

/* Whether `address` lies in a segment. */
static bool in_segment(const struct kleap_load *request,
		       const struct kleap_segment *segment, u64 address)
{
	u32 i;

	for (i = 0; i < request->segment_count; i++)
		if (address >= segment[i].mem &&
		    address - segment[i].mem < segment[i].memsz)
			return true;
	return false;
}

static enum kimg_error refuse(struct kimg_why *why, enum kimg_error error,
			      u64 a, u64 b)
{
	*why = (struct kimg_why) { .error = error, .a = a, .b = b };
	return error;
}

/* The entry state must lie in the image; the index names the register. */
static enum kimg_error check_registers(const struct kleap_load *request,
				       const struct kleap_segment *segment,
				       struct kimg_why *why)
{
	const struct kleap_registers *registers = &request->registers;

	if (!in_segment(request, segment, registers->eip))
		return refuse(why, KIMG_E_ABI_REGISTERS, 0, registers->eip);
	if (registers->gdt_limit > 0xffff)
		return refuse(why, KIMG_E_ABI_REGISTERS, 10,
			      registers->gdt_limit);
	if (registers->gdt_limit &&
	    (!in_segment(request, segment, registers->gdt_base) ||
	     !in_segment(request, segment, (u64)registers->gdt_base +
			 registers->gdt_limit)))
		return refuse(why, KIMG_E_ABI_REGISTERS, 9,
			      registers->gdt_base);
	return KIMG_OK;
}

static enum kimg_error build(struct kleap_image *image,
			     const struct kleap_load *request,
			     const struct kleap_segment *segment,
			     struct kimg_why *why)
{
	struct kimg_segment plan[KIMG_SEGMENT_MAX];
	enum kimg_error error;
	size_t size;
	u32 i;

	for (i = 0; i < request->segment_count; i++) {
		plan[i].mem = segment[i].mem;
		plan[i].memsz = segment[i].memsz;
		plan[i].bufsz = segment[i].bufsz;
	}
	kleap_memory_init(&image->memory, segment);
	error = kimg_init(&image->kimg, &image->memory.host, why);
	if (!error)
		error = kimg_plan(&image->kimg, plan, request->segment_count,
				  kleap_leap_control_pages(), NULL, why);
	if (!error)
		error = check_registers(request, segment, why);
	if (error)
		return error;
	/* Known without trying, and without taking all memory first. */
	if (image->kimg.pages > totalram_pages())
		return refuse(why, KIMG_E_LARGER_THAN_MEMORY, image->kimg.pages,
			      totalram_pages());

	size = kimg_scratch_size(&image->kimg);
	image->scratch = kvmalloc(size, GFP_KERNEL | __GFP_NOWARN |
				  __GFP_RETRY_MAYFAIL);
	if (!image->scratch)
		return refuse(why, KIMG_E_NO_SCRATCH, size, 0);
	error = kimg_place(&image->kimg, image->scratch, size, why);
	if (error)
		return error;
	error = kimg_fill(&image->kimg, why);
	if (!error)
		error = kimg_seal(&image->kimg, why);
	if (!error)
		error = kleap_digest_take(image, why);
	if (error == KIMG_E_DATA && why->c == EINTR)
		error = refuse(why, KIMG_E_INTERRUPTED, EINTR, 0);
	if (error)
		return error;
	image->segment_count = request->segment_count;
	kleap_leap_prepare(image, request);
	return KIMG_OK;
}

enum kimg_error kleap_image_load(const struct kleap_load *request,
				 const struct kleap_segment *segment,
				 struct kimg_why *why)
{
	struct kleap_image *image = kzalloc(sizeof(*image), GFP_KERNEL);
	enum kimg_error error;

	if (!image)
		return refuse(why, KIMG_E_NO_SCRATCH, sizeof(*image), 0);
	error = build(image, request, segment, why);
	if (error) {
		image_free(image);
		return error;
	}
	/* The caller's memory is out of reach once the call returns. */
	image->memory.segment = NULL;
	kleap_image_unload();
	loaded = image;
	return KIMG_OK;
}

void kleap_image_unload(void)
{
	kleap_leap_arm(NULL);
	image_free(loaded);
	loaded = NULL;
}

enum kimg_error kleap_image_check(struct kleap_image *image, bool atomic,
				  struct kimg_why *why)
{
	enum kimg_error error = kimg_check(&image->kimg, why);

	return error ? error : kleap_digest_check(image, atomic, why);
}

void kleap_image_disable(void)
{
	/* A module that could be removed could be inserted again, enabled. */
	if (!kleap_disabled)
		__module_get(THIS_MODULE);
	kleap_disabled = true;
	kleap_image_unload();
}

void kleap_image_status(struct kleap_status *status)
{
	const struct kimg_image *kimg;
	u32 i;

	*status = (struct kleap_status) {
		.size = sizeof(*status),
		.abi = KLEAP_ABI,
		.disabled = kleap_disabled,
		.page_size = PAGE_SIZE,
		.low_memory_end = kimg_low_memory_end(),
	};
	if (!loaded)
		return;
	kimg = &loaded->kimg;
	status->state = kleap_leap_armed() ? KLEAP_STATE_ARMED :
					     KLEAP_STATE_LOADED;
	status->segment_count = loaded->segment_count;
	status->image_bytes = (u64)kimg->pages << PAGE_SHIFT;
	status->frames_taken = (u64)kimg->pages + kimg->list_pages +
			       kimg->control_pages;
	status->list_frames = kimg->list_pages;
	status->control_frames = kimg->control_pages;
	status->pages_in_place = kimg->stats.in_place;
	status->pages_to_copy = kimg->pages - kimg->stats.in_place;
	if (kimg->list_pages)
		status->lowest_list_frame = U64_MAX;
	for (i = 0; i < kimg->list_pages; i++) {
		status->lowest_list_frame = min(status->lowest_list_frame,
						kimg->directory[i]);
		status->highest_list_frame = max(status->highest_list_frame,
						 kimg->directory[i]);
	}
}
