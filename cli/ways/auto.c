// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The choice of a way: --via, or the first that is there.
 */
#include "ways.h"

#include <stdio.h>
#include <string.h>

/* In this order, with the reason for each. */
static const struct {
	const struct way *way;
	const char *reason;
} ways[] = {
	{ &way_module, "it takes only what the image needs, and checks it before the leap" },
	{ &way_kexec_load, "kleap places the image, and checks it after the copy" },
	{ &way_kexec_file, "the kernel takes files only" },
};

#define WAYS (sizeof(ways) / sizeof(ways[0]))

static const struct way *way_named(const char *name)
{
	size_t i;

	for (i = 0; i < WAYS; i++)
		if (!strcmp(ways[i].way->name, name))
			return ways[i].way;
	return NULL;
}

bool is_way(const char *name)
{
	return !strcmp(name, "auto") || way_named(name);
}

bool lacks_its_device(const struct options *options)
{
	return strcmp(options->device, KLEAP_DEVICE) && !has_device(options);
}

static const struct processor *processor_of(const struct options *options)
{
	return options->machine ? processor_named(options->machine) : running_processor();
}

/* Does this way load kernels for a crash there? kleap lays out none that gets a device tree. */
static bool is_for_crash(const struct options *options, const struct way *way)
{
	return way->for_crash && (way->kernel_places || !processor_of(options)->has_tree);
}

const struct way *choose_way(const struct options *options, char reason[REASON_MAX])
{
	char why[REASON_MAX], others[REASON_MAX] = "";
	size_t i, length = 0;

	if (options->via) {
		const struct way *way = way_named(options->via);

		/* Of another machine this is not known. */
		if (!is_this_machine(options) || options->machine || way->usable(options, why))
			snprintf(reason, REASON_MAX, "--via asks for it");
		else
			snprintf(reason, REASON_MAX, "--via asks for it; a load would fail: %.400s", why);
		return way;
	}
	if (!options->panic && lacks_its_device(options)) {
		snprintf(reason, REASON_MAX, "--device asks for it");
		return &way_module;
	}
	for (i = 0; i < WAYS; i++) {
		if (options->panic && !is_for_crash(options, ways[i].way))
			snprintf(why, sizeof(why), "it loads no kernels for a crash");
		else if (ways[i].way->usable(options, why)) {
			snprintf(reason, REASON_MAX, "%s%s%s", ways[i].reason,
				 others[0] ? "; not " : "", others);
			return ways[i].way;
		}
		length += (size_t)snprintf(others + length, sizeof(others) - length, "%s%s: %s",
					   length ? "; " : "", ways[i].way->name, why);
	}
	snprintf(reason, REASON_MAX, "%s", others);
	return NULL;
}

int check_crash_way(const struct options *options, const struct way *way)
{
	char text[80];

	if (!options->panic || !way || way->for_crash)
		return EXIT_OK;
	snprintf(text, sizeof(text), "--via %s loads no kernels for a crash", way->name);
	return say_refused(KIMG_E_CRASH_WAY, text,
			   "leave --via out, or give --via kexec_load or --via kexec_file_load");
}

int check_crash_load(const struct options *options, const struct way *way)
{
	int code = check_crash_way(options, way);

	if (code || !options->panic || !way || is_for_crash(options, way))
		return code;
	return say_no_crash_layout(processor_of(options));
}

int say_no_way(const struct options *options, const char *reason)
{
	struct kimg_why why = { .error = KIMG_E_NO_CRASH_MEMORY };
	char text[REASON_MAX + 64];
	struct kernel_images kernel;

	read_kernel_images(&kernel);
	if (options->panic && !kernel.crash_size)
		return say_why(&why);
	snprintf(text, sizeof(text), "no way to load a kernel is open; %s", reason);
	return say_refused(KIMG_E_NO_WAY, text, options->panic ? crash_hint(running_processor()) :
			   "is kleap.ko loaded? as root: modprobe kleap");
}

const struct way *holding_way(const struct options *options, const struct way **also)
{
	struct kernel_images kernel;

	*also = NULL;
	if (options->via)
		return way_named(options->via);
	if (options->panic)
		return &way_kexec_load;
	if (lacks_its_device(options))
		return &way_module;
	read_kernel_images(&kernel);
	if (module_holds(options)) {
		if (kernel.loaded)
			*also = &way_kexec_load;
		return &way_module;
	}
	if (kernel.loaded || (kernel.known && !has_device(options)))
		return &way_kexec_load;
	return &way_module;
}
