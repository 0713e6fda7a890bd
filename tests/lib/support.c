/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Building machines and images for tests. */
#include "support.h"

#include <ctype.h>
#include <inttypes.h>

void rig_empty(struct rig *rig, unsigned int page_shift, unsigned int entry_size,
	       uint64_t limit)
{
	memset(rig, 0, sizeof(*rig));
	rig->sim = sim_new(page_shift, entry_size, limit);
	assert_non_null(rig->sim);
}

void rig_add_segment(struct rig *rig, uint64_t mem, uint64_t memsz, uint64_t bufsz)
{
	assert_true(rig->segments <= KIMG_SEGMENT_MAX);
	rig->segment[rig->segments++] = (struct kimg_segment){
		.mem = mem, .memsz = memsz, .bufsz = bufsz,
	};
}

void rig_picture(struct rig *rig, const char *picture, unsigned int page_shift,
		 unsigned int entry_size)
{
	uint64_t page = (uint64_t)1 << page_shift;
	size_t frames = strlen(picture);

	rig_empty(rig, page_shift, entry_size,
		  entry_size == 4 ? UINT32_MAX : UINT64_MAX);
	for (size_t i = 0, end; i < frames; i = end) {
		bool ram = picture[i] != '_';

		for (end = i; end < frames && (picture[end] != '_') == ram; end++)
			;
		if (ram)
			assert_true(sim_add_ram(rig->sim, i * page, end * page));
	}
	for (size_t i = 0; i < frames; i++)
		if (picture[i] == '#' || isupper((unsigned char)picture[i]))
			sim_reserve(rig->sim, i * page, (i + 1) * page);
	for (int letter = 'a'; letter <= 'z'; letter++) {
		size_t i = 0, end;

		while (i < frames && tolower((unsigned char)picture[i]) != letter)
			i++;
		for (end = i; end < frames &&
		     tolower((unsigned char)picture[end]) == letter; end++)
			;
		if (end > i)
			rig_add_segment(rig, i * page, (end - i) * page,
					(end - i) * page - 3);
	}
}

enum kimg_error rig_plan(struct rig *rig)
{
	enum kimg_error error;

	sim_set_segments(rig->sim, rig->segment, rig->segments);
	rig->host = sim_host(rig->sim);
	error = kimg_init(&rig->image, &rig->host, &rig->why);
	if (error)
		return error;
	return kimg_plan(&rig->image, rig->segment, rig->segments, rig->control,
			 rig->crash ? &rig->region : NULL, &rig->why);
}

enum kimg_error rig_place(struct rig *rig)
{
	enum kimg_error error = rig_plan(rig);

	if (error)
		return error;
	free(rig->scratch);
	rig->scratch_size = kimg_scratch_size(&rig->image);
	rig->scratch = malloc(rig->scratch_size);
	assert_non_null(rig->scratch);
	/* Whatever the engine reads before it wrote it, shall be nonsense. */
	memset(rig->scratch, 0xd1, rig->scratch_size);
	return kimg_place(&rig->image, rig->scratch, rig->scratch_size, &rig->why);
}

enum kimg_error rig_load(struct rig *rig)
{
	enum kimg_error error = rig_place(rig);

	sim_restart_pulls(rig->sim);
	if (!error)
		error = kimg_fill(&rig->image, &rig->why);
	if (!error)
		error = kimg_seal(&rig->image, &rig->why);
	return error;
}

void rig_unload(struct rig *rig)
{
	if (rig->image.host)
		kimg_free(&rig->image);
	free(rig->scratch);
	rig->scratch = NULL;
}

void rig_close(struct rig *rig)
{
	rig_unload(rig);
	assert_clean(rig);
	sim_delete(rig->sim);
	rig->sim = NULL;
}

uint64_t rig_most(const struct rig *rig)
{
	return (uint64_t)rig->image.entries + rig->image.list_pages;
}

void rig_judge(struct rig *rig)
{
	char text[200] = "";

	if (!oracle_image(rig, true, true, text) || !oracle_leap(rig, text))
		fail_msg("%s", text);
}

bool is_big_endian(void)
{
	static const uint16_t one = 1;

	return !*(const unsigned char *)&one;
}

uint64_t env_number(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value && *value ? strtoull(value, NULL, 0) : otherwise;
}

void assert_error_at(const struct rig *rig, enum kimg_error error,
		     enum kimg_error wanted, const char *file, int line)
{
	char text[256] = "";

	if (error == wanted)
		return;
	if (error)
		kimg_explain(&rig->why, text, sizeof(text));
	print_error("%s:%d: error %s (%s), wanted %s\n", file, line,
		    kimg_error_id(error), text, kimg_error_id(wanted));
	_fail(file, line);
}

void assert_clean_at(const struct rig *rig, const char *file, int line)
{
	struct sim_counts counts = sim_counts(rig->sim);

	if (sim_check_clean(rig->sim))
		return;
	print_error("%s:%d: %" PRIu64 " frames held, %" PRIu64 " windows open, "
		    "violation: %s\n", file, line, counts.held,
		    counts.windows_open,
		    sim_violation(rig->sim) ? sim_violation(rig->sim) : "none");
	_fail(file, line);
}
