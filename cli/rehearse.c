// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The rehearsal of the loaded image: what it does and may do, before; what it took and what
 * that tells of the leap, after.
 */
#include "ways/ways.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NMI_WATCHDOG "/proc/sys/kernel/nmi_watchdog"

/* Times in nanoseconds. */
struct figures {
	double page, page_check;	/* one page: to copy, to check */
	double copy, check;		/* all pages that the leap copies */
};

static void print_risk(const struct options *options)
{
	char text[8];

	fprintf(stderr, "kleap: rehearsing, %" PRIu32 " time%s: all CPUs stop, and one leaves this kernel\n"
		"  and comes back. If that goes wrong, the machine resets or hangs.\n", options->times,
		options->times > 1 ? "s" : "");
	if (read_system_file(NMI_WATCHDOG, text, sizeof(text)) > 0 && text[0] == '1')
		fputs("  The NMI watchdog is on: an NMI in the wrong moment resets the machine.\n"
		      "  sysctl kernel.nmi_watchdog=0 switches it off.\n", stderr);
	fflush(stderr);
}

static struct figures figures_of(const struct kleap_rehearse *rehearsal,
				 const struct kleap_status *status)
{
	double pages = (double)rehearsal->times * (rehearsal->pages - rehearsal->pages_in_place);
	struct figures figures = { .page = (double)rehearsal->copy_ns / pages };

	/* The clock may be coarse. */
	if (rehearsal->check_ns > rehearsal->copy_ns)
		figures.page_check = (double)(rehearsal->check_ns - rehearsal->copy_ns) / pages;
	figures.copy = figures.page * (double)status->pages_to_copy;
	figures.check = figures.page_check * (double)status->pages_to_copy;
	return figures;
}

/* A time with a unit, in one of four static buffers that are used in turn. */
static const char *time_text(double ns)
{
	static char buffers[4][32];
	static unsigned int next;
	char *to = buffers[next++ % 4];
	const char *unit = "us";

	ns /= 1000;
	if (ns >= 1000) {
		ns /= 1000;
		unit = "ms";
	}
	if (ns >= 1000) {
		ns /= 1000;
		unit = "s";
	}
	snprintf(to, sizeof(buffers[0]), "%.*f %s", ns < 10 ? 2 : 1, ns, unit);
	return to;
}

/* What was covered, in words. Static. */
static const char *covered(const struct kleap_rehearse *rehearsal)
{
	static char text[256];

	snprintf(text, sizeof(text), "page tables of %" PRIu32 " levels, %s, the copy of pages between 0x%"
		 PRIx64 " and 0x%" PRIx64, rehearsal->levels,
		 last_mode(rehearsal->machine),
		 (uint64_t)rehearsal->lowest, (uint64_t)rehearsal->highest);
	return text;
}

static const char not_covered[] = "devices, the stop of the other CPUs, and the new kernel's start";

static void print_rehearsal(const struct kleap_rehearse *rehearsal,
			    const struct kleap_status *status)
{
	struct figures figures = figures_of(rehearsal, status);

	printf("rehearsed, %" PRIu32 " time%s: %" PRIu32 " pages, %" PRIu32 " of them in place; all of them right\n",
	       rehearsal->times, rehearsal->times > 1 ? "s" : "", rehearsal->pages,
	       rehearsal->pages_in_place);
	printf("  a page         %s to copy", time_text(figures.page));
	if (rehearsal->check_ns)
		printf(", %s to check", time_text(figures.page_check));
	printf("\n  all CPUs stop  for %s at most\n", time_text((double)rehearsal->longest_ns));
	printf("  this leap      %" PRIu64 " pages to copy: %s", (uint64_t)status->pages_to_copy,
	       time_text(figures.copy));
	if (rehearsal->check_ns)
		printf(", and %s to check them", time_text(figures.check));
	printf("\n  before it      %s to check the image\n", time_text((double)rehearsal->before_ns));
	print_wrapped("  covered        ", covered(rehearsal));
	print_wrapped("  not covered    ", not_covered);
}

static void add_number(struct json_object *to, const char *key, uint64_t value)
{
	json_object_object_add(to, key, json_object_new_uint64(value));
}

static void print_rehearsal_json(const struct kleap_rehearse *rehearsal,
				 const struct kleap_status *status)
{
	struct figures figures = figures_of(rehearsal, status);
	struct json_object *root;

	need_json(1);
	root = json_object_new_object();
	add_number(root, "version", 1);
	add_number(root, "times", rehearsal->times);
	add_number(root, "pages", rehearsal->pages);
	add_number(root, "pages_in_place", rehearsal->pages_in_place);
	add_number(root, "copy_ns", rehearsal->copy_ns);
	add_number(root, "check_ns", rehearsal->check_ns);
	add_number(root, "longest_ns", rehearsal->longest_ns);
	add_number(root, "pages_to_copy", status->pages_to_copy);
	add_number(root, "leap_copy_ns", (uint64_t)figures.copy);
	add_number(root, "leap_check_ns", (uint64_t)figures.check);
	add_number(root, "before_ns", rehearsal->before_ns);
	json_object_object_add(root, "covered", json_text(covered(rehearsal)));
	json_object_object_add(root, "not_covered", json_text(not_covered));
	print_json(root);
}

int cmd_rehearse(const struct options *options)
{
	struct kimg_why why = { .error = KIMG_E_REHEARSAL_WAY };
	const struct way *also, *way = holding_way(options, &also);
	struct kleap_rehearse rehearsal;
	struct kleap_status status;
	int code;

	if (!way->rehearse)
		return say_why(&why);
	code = way->open(options);
	if (code)
		return code;
	print_risk(options);
	/* So that little is lost if it goes wrong. */
	if (!options->no_sync)
		sync();
	code = way->rehearse(options, &rehearsal, &status);
	if (code)
		return code;
	if (options->json)
		print_rehearsal_json(&rehearsal, &status);
	else
		print_rehearsal(&rehearsal, &status);
	return EXIT_OK;
}
