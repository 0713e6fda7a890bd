// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What is loaded: as text, as JSON, and as kexec(8)'s exit code.
 */
#include "ways/ways.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

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

/* All that is loaded, and how a kernel would be loaded now. */
struct state {
	bool is_module;			/* `module` is known */
	struct kleap_status module;
	struct kernel_images kernel;
	bool kernel_hides;		/* whether it has an image */
	const struct way *way;		/* NULL: there is none */
	char reason[REASON_MAX];
	struct watchdog watchdog[WATCHDOGS_MAX];
	uint32_t watchdogs;
};

static bool is_loaded(const struct state *state)
{
	return (state->is_module && state->module.state != KLEAP_STATE_NONE) ||
	       state->kernel.loaded;
}

static void add_number(struct json_object *to, const char *key, uint64_t value)
{
	json_object_object_add(to, key, json_object_new_uint64(value));
}

static void add_flag(struct json_object *to, const char *key, bool value)
{
	json_object_object_add(to, key, json_object_new_boolean(value));
}

static void add_module(struct json_object *root, const struct kleap_status *status)
{
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
	add_number(root, "rehearsed", status->rehearsed);
	json_object_object_add(root, "rehearsal_error", status->rehearsal_error ?
			       json_text(kimg_error_id(status->rehearsal_error)) : NULL);
}

static struct json_object *optional(long long value)
{
	return value < 0 ? NULL : json_object_new_int64(value);
}

static struct json_object *watchdogs_object(const struct state *state)
{
	struct json_object *object = json_object_new_array();
	uint32_t i;

	for (i = 0; i < state->watchdogs; i++) {
		const struct watchdog *at = &state->watchdog[i];
		struct json_object *one = json_object_new_object();

		add_number(one, "number", at->number);
		json_object_object_add(one, "identity", json_text(at->identity));
		json_object_object_add(one, "timeout", optional(at->timeout));
		json_object_object_add(one, "timeleft", optional(at->left));
		json_object_object_add(one, "nowayout", at->nowayout < 0 ? NULL :
				       json_object_new_boolean(at->nowayout != 0));
		json_object_array_add(object, one);
	}
	return object;
}

static void print_watchdog(const struct watchdog *watchdog)
{
	printf("watchdog%u (%s) is active", watchdog->number, shown(watchdog->identity));
	if (watchdog->timeout >= 0)
		printf(", timeout %lld s", watchdog->timeout);
	if (watchdog->left >= 0)
		printf(", %lld s left", watchdog->left);
	puts(watchdog->nowayout > 0 ? ", cannot be switched off" : "");
}

static void print_status_json(const struct state *state)
{
	bool in_module = state->is_module && state->module.state != KLEAP_STATE_NONE;
	struct json_object *root;

	need_json(1 + state->watchdogs);
	root = json_object_new_object();
	add_number(root, "version", 1);
	json_object_object_add(root, "state", json_object_new_string(
			       in_module ? state_text(state->module.state) :
			       state->kernel.loaded ? "loaded" : "none"));
	add_flag(root, "disabled", state->is_module && state->module.disabled);
	json_object_object_add(root, "via", state->way ? json_text(state->way->name) : NULL);
	json_object_object_add(root, "via_reason", json_text(state->reason));
	add_flag(root, "module", state->is_module);
	add_flag(root, "module_image", in_module);
	json_object_object_add(root, "kernel_image", state->kernel_hides ? NULL :
			       json_object_new_boolean(state->kernel.loaded));
	add_flag(root, "crash_image", state->kernel.crash_loaded);
	add_number(root, "crash_size", state->kernel.crash_size);
	json_object_object_add(root, "watchdogs", watchdogs_object(state));
	if (state->is_module)
		add_module(root, &state->module);
	print_json(root);
}

static void print_module(const struct kleap_status *status)
{
	uint64_t page = status->page_size;

	if (status->state != KLEAP_STATE_NONE) {
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
		printf("  list in frames 0x%" PRIx64 " to 0x%" PRIx64,
		       (uint64_t)status->lowest_list_frame,
		       (uint64_t)status->highest_list_frame);
		if (!running_processor()->wide)
			printf("; high memory starts at 0x%" PRIx64,
			       (uint64_t)status->low_memory_end);
		puts("");
		if (status->rehearsed)
			printf("  rehearsed      %" PRIu32 " times\n", status->rehearsed);
		if (status->rehearsal_error)
			printf("  cannot be armed: a rehearsal went wrong (kleap explain %s)\n",
			       kimg_error_id(status->rehearsal_error));
	}
	if (status->disabled)
		puts("leaps are disabled until the next boot");
}

static void print_crash(const struct kernel_images *kernel)
{
	printf("%s crash kernel is loaded", kernel->crash_loaded ? "a" : "no");
	if (kernel->crash_size)
		printf("; %s are reserved for it", size_text(kernel->crash_size));
	puts("");
}

static void print_status(const struct state *state)
{
	const struct kernel_images *kernel = &state->kernel;
	char shown_way[REASON_MAX + 32];
	uint32_t i;

	if (!is_loaded(state))
		puts(state->kernel_hides ? "nothing is loaded that can be seen: /sys/kernel/kexec_loaded is missing" :
					   "nothing is loaded");
	if (state->is_module)
		print_module(&state->module);
	if (kernel->loaded)
		puts("loaded in the kernel, by kexec_load or kexec_file_load");
	if (kernel->loaded && state->is_module && state->module.state != KLEAP_STATE_NONE)
		puts("exec leaps into the module's image; with --via kexec_load into the kernel's");
	if (kernel->crash_loaded)
		print_crash(kernel);
	for (i = 0; i < state->watchdogs; i++)
		print_watchdog(&state->watchdog[i]);
	if (!state->way) {
		print_wrapped("no way to load: ", state->reason);
		return;
	}
	snprintf(shown_way, sizeof(shown_way), "%s: %s", state->way->name, state->reason);
	print_wrapped("loads go by ", shown_way);
}

static void print_crash_json(const struct kernel_images *kernel)
{
	struct json_object *root;

	need_json(1);
	root = json_object_new_object();
	add_number(root, "version", 1);
	add_flag(root, "crash_image", kernel->crash_loaded);
	add_number(root, "crash_size", kernel->crash_size);
	print_json(root);
}

/*
 * kexec(8) -S -p: is a crash kernel loaded, by stock kexec? A kernel without kexec has no
 * such file, and no crash kernel. Exit codes: REFUSED if one is loaded, PERMISSION,
 * SYSTEM.
 */
static int crash_status(const struct options *options)
{
	struct kernel_images kernel;
	char text[8];

	if (read_system_file(CRASH_LOADED, text, sizeof(text)) < 0 && errno != ENOENT)
		return say_errno(errno, NULL, "cannot read %s", CRASH_LOADED);
	read_kernel_images(&kernel);
	if (options->json)
		print_crash_json(&kernel);
	else if (!options->as_kexec)
		print_crash(&kernel);
	return kernel.crash_loaded ? EXIT_REFUSED : EXIT_OK;
}

/*
 * What --via asks for, or everything. A missing module is an error only if it was asked
 * for.
 */
static int read_state(const struct options *options, struct state *state)
{
	bool of_kernel = options->via && strcmp(options->via, way_module.name) != 0;
	struct kimg_why why;

	if (!options->via || of_kernel)
		read_kernel_images(&state->kernel);
	state->is_module = !of_kernel && (options->via || has_device(options) ||
					  lacks_its_device(options));
	if (state->is_module)
		return module_status(options, &state->module);
	state->kernel_hides = !state->kernel.known && has_kexec(options, &why);
	return EXIT_OK;
}

/* The way by which a load would go. */
static void read_way(const struct options *options, struct state *state)
{
	char why[REASON_MAX] = "leaps are disabled until the next boot";
	bool is_disabled;

	state->way = choose_way(options, state->reason);
	is_disabled = state->module.disabled && state->way == &way_module;
	if (!is_disabled && (!options->via || state->way->usable(options, why)))
		return;
	snprintf(state->reason, REASON_MAX, "%s: %.400s", state->way->name, why);
	state->way = NULL;
}

int cmd_status(const struct options *options)
{
	struct state state = { 0 };
	const struct way *also;
	int code = options->panic ? check_crash_way(options, holding_way(options, &also)) :
				    EXIT_OK;

	/* kexec(8) asks for the crash kernel unless it is given -l. */
	if (!code && (options->panic || (options->as_kexec && !(options->actions & VERB_LOAD))))
		return crash_status(options);
	if (!code)
		code = read_state(options, &state);
	if (code)
		return code;
	read_way(options, &state);
	state.watchdogs = read_watchdogs(state.watchdog);
	if (options->json)
		print_status_json(&state);
	else if (!options->as_kexec)
		print_status(&state);
	return options->actions & VERB_STATUS && is_loaded(&state) ? EXIT_REFUSED : EXIT_OK;
}
