// SPDX-License-Identifier: GPL-2.0-only
/*
 * The loaded image: build a new one beside it, swap, free the old one.
 *
 * A load may take long, so one lock keeps a second load out. Another protects the
 * loaded image: it is held briefly, or while the image is checked, but never while one
 * is built. Readers of the status take neither: they get a snapshot that is published
 * with each change.
 */
#include "kleap.h"

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/sysfs.h>

#include "machine/machine.h"

static DEFINE_MUTEX(building);		/* taken before image_lock */
static DEFINE_MUTEX(image_lock);
static struct kleap_image *loaded;	/* by image_lock, as the next */
static u64 replacements;
static bool disabled;

static DEFINE_SPINLOCK(status_lock);
static struct kleap_status published;	/* by status_lock */

static void image_free(struct kleap_image *image)
{
	if (!image)
		return;
	kimg_free(&image->kimg);
	kvfree(image->control.memory);
	kvfree(image->control.table);
	kvfree(image->table_block);
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

/* What the status says now. */
static void publish(void)
{
	struct kleap_status status = { .disabled = disabled };
	const struct kimg_image *kimg;
	u32 i;

	lockdep_assert_held(&image_lock);
	if (loaded) {
		kimg = &loaded->kimg;
		status.state = kleap_leap_armed() ? KLEAP_STATE_ARMED :
						    KLEAP_STATE_LOADED;
		status.segment_count = loaded->segment_count;
		status.image_bytes = (u64)kimg->pages << PAGE_SHIFT;
		status.list_frames = kimg->list_pages;
		status.control_frames = kimg->control_pages + loaded->table_frames;
		status.frames_taken = kimg->pages + status.list_frames +
				      status.control_frames;
		status.contig_calls = loaded->memory.frames.contig_calls;
		status.pages_in_place = kimg->stats.in_place;
		status.pages_to_copy = kimg->pages - kimg->stats.in_place;
		status.rehearsed = loaded->rehearsed;
		status.rehearsal_error = loaded->rehearsal.error;
		if (kimg->list_pages)
			status.lowest_list_frame = U64_MAX;
		for (i = 0; i < kimg->list_pages; i++) {
			status.lowest_list_frame = min(status.lowest_list_frame,
						       kimg->directory[i]);
			status.highest_list_frame = max(status.highest_list_frame,
							kimg->directory[i]);
		}
	}
	spin_lock(&status_lock);
	published = status;
	spin_unlock(&status_lock);
}

/* Put `image`, or NULL, in place of the loaded one, which the caller frees. */
static struct kleap_image *replace(struct kleap_image *image)
{
	struct kleap_image *old = loaded;

	lockdep_assert_held(&image_lock);
	kleap_leap_arm(NULL);
	loaded = image;
	replacements++;
	publish();
	return old;
}

/* What the entry state refers to must lie in the image. */
static enum kimg_error check_entry(const struct kleap_load *request,
				   const struct kleap_segment *segment,
				   struct kimg_why *why)
{
	const struct kleap_entry *entry = &request->entry;
	enum kimg_error error = machine_check_uart(request, why);
	bool uart_is_mapped = request->uart && MACHINE_UART_IS_MAPPED;
	struct machine_range range[MACHINE_ENTRY_RANGES];
	u32 i, count;

	if (!error && uart_is_mapped && in_segment(request, segment, request->uart))
		error = kimg_fail(why, KIMG_E_ABI_UART, .a = request->uart,
				  .b = request->uart_type);
	if (!error)
		error = machine_check_entry(entry, why);
	if (error)
		return error;
	if (!in_segment(request, segment, entry->address))
		return kimg_fail(why, KIMG_E_ABI_REGISTERS, .a = KLEAP_REGISTERS,
				 .b = entry->address);
	count = machine_entry_ranges(entry, range);
	for (i = 0; i < count; i++)
		if (!in_segment(request, segment, range[i].first) ||
		    !in_segment(request, segment, range[i].last))
			return kimg_fail(why, KIMG_E_ABI_REGISTERS, .a = range[i].reg,
					 .b = range[i].first);
	return KIMG_OK;
}

/* Draw control pages for each table, and put the frames in `table`. */
static enum kimg_error draw_tables(struct kleap_image *image, u64 *table, u32 tables,
				   struct kimg_why *why)
{
	enum kimg_error error;
	u32 i;

	for (i = 0; i < tables; i++) {
		unsigned int order = machine_table_order(&image->control, i);

		error = kimg_draw_control(&image->kimg, &image->table_block[i], order, why);
		if (error)
			return error;
		table[i] = image->table_block[i].first;
		image->table_frames += 1u << order;
	}
	return KIMG_OK;
}

/* Write the control pages of a sealed image. What they are written from stays with it. */
static enum kimg_error write_control(struct kleap_image *image,
				     const struct kleap_load *request,
				     struct kimg_why *why)
{
	struct arch_control *control = &image->control;
	struct kimg_range *memory = NULL;
	enum kimg_error error = KIMG_OK;
	u64 *table;
	u32 tables;

	control->host = &image->memory.host;
	control->frame = image->kimg.control[0];
	image->leap = (struct arch_leap){
		.entry = request->entry,
		.head = image->kimg.head,
		.check = request->flags & KLEAP_LOAD_CHECK,
		.moved = image->moved,
	};
	machine_tell(&image->leap, request);
	control->uart = request->uart;
	if (MACHINE_COPIES_WITH_PAGING)
		error = kleap_memory_ranges(&image->kimg, &memory, &control->memories, why);
	control->memory = memory;
	if (error)
		return error;
	tables = machine_tables(control);
	if (!tables) {
		error = kimg_draw_control(&image->kimg, &image->page, 0, why);
		if (error)
			return error;
		control->frame = image->page.first;
		image->table_frames++;
		tables = machine_tables(control);
	}
	table = kvmalloc_array(tables, sizeof(*table), GFP_KERNEL);
	control->table = table;
	image->table_block = kvcalloc(tables, sizeof(*image->table_block), GFP_KERNEL);
	if (!table || !image->table_block)
		return kimg_fail(why, KIMG_E_NO_SCRATCH,
				 .a = tables * (sizeof(*table) + sizeof(*image->table_block)));
	error = draw_tables(image, table, tables, why);
	if (!error)
		image->top_table = machine_write(control, &image->leap);
	return error;
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
	kleap_memory_init(&image->memory, request->limit, segment);
	kleap_digest_start(image);
	error = kimg_init(&image->kimg, &image->memory.host, why);
	if (!error)
		error = kimg_plan(&image->kimg, plan, request->segment_count,
				  1, NULL, why);
	if (!error)
		error = check_entry(request, segment, why);
	if (!error)
		error = kleap_check_kept(segment, request->segment_count, why);
	if (error)
		return error;
	/* Refuse this without trying, instead of taking all memory first. */
	if (image->kimg.pages > totalram_pages())
		return kimg_fail(why, KIMG_E_LARGER_THAN_MEMORY,
				 .a = image->kimg.pages, .b = totalram_pages());

	size = kimg_scratch_size(&image->kimg);
	image->scratch = kvmalloc(size, GFP_KERNEL | __GFP_NOWARN |
				  __GFP_RETRY_MAYFAIL);
	if (!image->scratch)
		return kimg_fail(why, KIMG_E_NO_SCRATCH, .a = size);
	error = kimg_place(&image->kimg, image->scratch, size, why);
	if (error)
		return error;
	error = kimg_fill(&image->kimg, why);
	if (!error)
		error = kimg_seal(&image->kimg, why);
	if (error)
		return error;
	image->segment_count = request->segment_count;
	return write_control(image, request, why);
}

enum kimg_error kleap_image_load(const struct kleap_load *request,
				 const struct kleap_segment *segment,
				 struct kimg_why *why)
{
	struct kleap_image *image;
	enum kimg_error error;

	if (!mutex_trylock(&building))
		return kimg_fail(why, KIMG_E_BUSY);
	image = kzalloc(sizeof(*image), GFP_KERNEL);
	if (image)
		error = build(image, request, segment, why);
	else
		error = kimg_fail(why, KIMG_E_NO_SCRATCH, .a = sizeof(*image));
	if (!error) {
		/* The caller's memory cannot be accessed once the call returns. */
		image->memory.segment = NULL;
		mutex_lock(&image_lock);
		if (disabled)
			error = kimg_fail(why, KIMG_E_DISABLED);
		else
			image = replace(image);
		mutex_unlock(&image_lock);
	}
	/* The old image, or the new one if the load failed. */
	image_free(image);
	mutex_unlock(&building);
	return error;
}

enum kimg_error kleap_image_unload(struct kimg_why *why)
{
	struct kleap_image *old;

	mutex_lock(&image_lock);
	old = replace(NULL);
	mutex_unlock(&image_lock);
	if (!old)
		return kimg_fail(why, KIMG_E_NOT_LOADED);
	image_free(old);
	return KIMG_OK;
}

enum kimg_error kleap_image_arm(struct kimg_why *why)
{
	enum kimg_error error;

	mutex_lock(&image_lock);
	if (!loaded) {
		error = kimg_fail(why, KIMG_E_NOT_LOADED);
	} else if (loaded->rehearsal.error) {
		*why = loaded->rehearsal;
		error = why->error;
	} else {
		error = machine_check(why);
	}
	if (!error)
		error = kleap_image_check(loaded, false, why);
	if (!error) {
		kleap_leap_arm(loaded);
		publish();
	}
	mutex_unlock(&image_lock);
	return error;
}

/*
 * While the lock is held, the image is neither armed nor freed. Others get it between two
 * times.
 */
enum kimg_error kleap_image_rehearse(struct kleap_rehearse *request, struct kimg_why *why)
{
	enum kimg_error error;

	mutex_lock(&image_lock);
	if (!loaded)
		error = kimg_fail(why, KIMG_E_NOT_LOADED);
	else if (kleap_leap_armed())
		error = kimg_fail(why, KIMG_E_REHEARSAL_ARMED);
	else
		error = kleap_rehearse(loaded, request, why);
	publish();
	mutex_unlock(&image_lock);
	return error;
}

enum kimg_error kleap_image_between(struct kimg_why *why)
{
	u64 before = replacements;

	mutex_unlock(&image_lock);
	cond_resched();
	mutex_lock(&image_lock);
	if (replacements != before)
		return kimg_fail(why, KIMG_E_REHEARSAL_CUT);
	if (kleap_leap_armed())
		return kimg_fail(why, KIMG_E_REHEARSAL_ARMED);
	return KIMG_OK;
}

void kleap_image_cancel(void)
{
	mutex_lock(&image_lock);
	kleap_leap_arm(NULL);
	publish();
	mutex_unlock(&image_lock);
}

enum kimg_error kleap_image_check(struct kleap_image *image, bool atomic,
				  struct kimg_why *why)
{
	enum kimg_error error = kimg_check(&image->kimg, why);

	return error ? error : kleap_digest_check(image, atomic, why);
}

bool kleap_image_disable(void)
{
	struct kleap_image *old;

	mutex_lock(&image_lock);
	/* If the module could be removed, inserting it again would enable it again. */
	if (!disabled && !try_module_get(THIS_MODULE)) {
		mutex_unlock(&image_lock);
		return false;
	}
	WRITE_ONCE(disabled, true);
	old = replace(NULL);
	mutex_unlock(&image_lock);
	image_free(old);
	return true;
}

bool kleap_image_disabled(void)
{
	return READ_ONCE(disabled);
}

void kleap_image_status(struct kleap_status *status)
{
	spin_lock(&status_lock);
	*status = published;
	spin_unlock(&status_lock);
	status->size = sizeof(*status);
	status->abi = KLEAP_ABI;
	status->page_size = PAGE_SIZE;
	status->low_memory_end = kimg_low_memory_end();
}

ssize_t kleap_image_list(char *page)
{
	ssize_t length = 0;
	u32 i;

	mutex_lock(&image_lock);
	for (i = 0; loaded && i < loaded->kimg.list_pages; i++) {
		if (length > PAGE_SIZE - 32) {
			length += sysfs_emit_at(page, length, " ...");
			break;
		}
		length += sysfs_emit_at(page, length, i ? " %llx" : "%llx",
					loaded->kimg.directory[i]);
	}
	mutex_unlock(&image_lock);
	return length + sysfs_emit_at(page, length, "\n");
}
