// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What is loaded: as text, as JSON, and as kexec(8)'s exit code.
 */
#include "cli.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <unistd.h>

#define CRASH_LOADED "/sys/kernel/kexec_crash_loaded"

/*
 * The word for a state of the module.
 */
static const char *state_text(uint32_t state)
{
	switch (state) {
	case KLEAP_STATE_NONE:
		return "none";
	case KLEAP_STATE_LOADED:
		return "loaded";
	case KLEAP_STATE_ARMED:
		return "armed";
	default:
		return "unknown";
	}
}

static void add_number(struct json_object *to, const char *key, uint64_t value)
{
	json_object_object_add(to, key, json_object_new_uint64(value));
}

void print_status_json(const struct kleap_status *status)
{
	struct json_object *root = json_object_new_object();

	add_number(root, "version", 1);
	json_object_object_add(root, "state", json_object_new_string(state_text(status->state)));
	json_object_object_add(root, "disabled", json_object_new_boolean(status->disabled != 0));
	add_number(root, "abi", status->abi);
	add_number(root, "segments", status->segment_count);
	add_number(root, "page_size", status->page_size);
	add_number(root, "image_bytes", status->image_bytes);
	add_number(root, "frames_taken", status->frames_taken);
	add_number(root, "list_frames", status->list_frames);
	add_number(root, "control_frames", status->control_frames);
	add_number(root, "pages_in_place", status->pages_in_place);
	add_number(root, "pages_to_copy", status->pages_to_copy);
	add_number(root, "lowest_list_frame", status->lowest_list_frame);
	add_number(root, "highest_list_frame", status->highest_list_frame);
	add_number(root, "low_memory_end", status->low_memory_end);
	add_number(root, "contig_calls", status->contig_calls);
	print_json(root);
}

static void print_status(const struct kleap_status *status)
{
	uint64_t page = status->page_size;

	if (status->state == KLEAP_STATE_NONE) {
		puts("nothing is loaded");
	} else {
		printf("loaded: %s in %" PRIu32 " segments%s\n",
		       size_text(status->image_bytes), status->segment_count,
		       status->state == KLEAP_STATE_ARMED ? "; the next reboot leaps" : "");
		printf("  memory taken   %s in %" PRIu64 " frames (%" PRIu64
		       " of the list, %" PRIu64 " of control)\n",
		       size_text(status->frames_taken * page),
		       (uint64_t)status->frames_taken, (uint64_t)status->list_frames,
		       (uint64_t)status->control_frames);
		printf("  at the leap    %" PRIu64 " pages are in place, %" PRIu64
		       " to copy (%s)\n", (uint64_t)status->pages_in_place,
		       (uint64_t)status->pages_to_copy,
		       size_text(status->pages_to_copy * page));
		printf("  list in frames 0x%" PRIx64 " to 0x%" PRIx64
		       "; high memory starts at 0x%" PRIx64 "\n",
		       (uint64_t)status->lowest_list_frame,
		       (uint64_t)status->highest_list_frame,
		       (uint64_t)status->low_memory_end);
	}
	if (status->disabled)
		puts("leaps are disabled until the next boot");
}

/*
 * kexec(8) -S -p: is a crash kernel loaded, by stock kexec? A kernel without kexec has no
 * such file, and no crash kernel. Exit codes: REFUSED if one is loaded, PERMISSION,
 * SYSTEM.
 */
static int crash_status(const struct options *options)
{
	char text[8];
	long size = read_system_file(CRASH_LOADED, text, sizeof(text));
	bool loaded = size > 0 && text[0] == '1';

	if (size < 0 && errno != ENOENT)
		return say_errno(errno, NULL, "cannot read %s", CRASH_LOADED);
	if (!options->as_kexec)
		puts(loaded ? "a crash kernel is loaded" : "no crash kernel is loaded");
	return loaded ? EXIT_REFUSED : EXIT_OK;
}

int cmd_status(const struct options *options)
{
	struct kleap_status status;
	int code, fd;

	/* kexec(8) asks for the crash kernel unless it is given -l. */
	if (options->panic || (options->as_kexec && !(options->actions & VERB_LOAD)))
		return crash_status(options);

	code = open_device(options, &fd);
	if (code)
		return code;
	code = device_status(fd, &status);
	close(fd);
	if (code)
		return code;
	if (options->json)
		print_status_json(&status);
	else if (!options->as_kexec)
		print_status(&status);
	if (options->actions & VERB_STATUS && status.state != KLEAP_STATE_NONE)
		return EXIT_REFUSED;
	return EXIT_OK;
}
