// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Hardware watchdogs: one that is active resets the machine if nobody pets it in time. While
 * this kernel runs, a daemon does. A restart stops those whose drivers say so; the others go
 * on, and the new kernel has to have the driver in time. Nothing in /sys tells which.
 */
#include "../cli.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Read an attribute, without its newline. False: there is none. */
static bool read_attribute(unsigned int number, const char *name, char *to, size_t size)
{
	char file[64];

	snprintf(file, sizeof(file), "/sys/class/watchdog/watchdog%u/%s", number, name);
	if (read_machine_text(file, to, size) < 0)
		return false;
	to[strcspn(to, "\n")] = '\0';
	return true;
}

/* The number in an attribute; -1: there is none. */
static long long read_number(unsigned int number, const char *name)
{
	char text[32];
	unsigned int value;

	return read_attribute(number, name, text, sizeof(text)) &&
	       sscanf(text, "%u", &value) == 1 ? (long long)value : -1;
}

uint32_t read_watchdogs(struct watchdog watchdog[WATCHDOGS_MAX])
{
	uint32_t count = 0;
	unsigned int i;
	char state[16];

	for (i = 0; i < WATCHDOGS_MAX; i++) {
		struct watchdog *at = &watchdog[count];

		if (!read_attribute(i, "state", state, sizeof(state)) || strcmp(state, "active") != 0)
			continue;
		at->number = i;
		if (!read_attribute(i, "identity", at->identity, sizeof(at->identity)))
			strcpy(at->identity, "unknown");
		at->timeout = read_number(i, "timeout");
		at->left = read_number(i, "timeleft");
		at->nowayout = read_number(i, "nowayout");
		count++;
	}
	return count;
}

void note_watchdogs(struct notes *notes)
{
	struct watchdog watchdog[WATCHDOGS_MAX];
	uint32_t i, count = read_watchdogs(watchdog);
	char when[64];

	for (i = 0; i < count; i++) {
		strcpy(when, "in a while");
		if (watchdog[i].timeout > 0)
			snprintf(when, sizeof(when), "%lld s after it was last petted",
				 watchdog[i].timeout);
		add_note(notes, "watchdog%u (%s) is active. If its driver does not stop it at a restart, it resets the machine %s: the new kernel needs the driver by then",
			 watchdog[i].number, shown(watchdog[i].identity), when);
	}
}

/*
 * Pet a watchdog, if nobody holds it. It is left open: what is active must stay so if the
 * machine does not leap after all, and some are stopped by closing them.
 */
static void pet(unsigned int number)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/dev/watchdog%u", number);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	/* Any byte but 'V', which would allow that. */
	if (fd >= 0 && write(fd, "", 1) < 0)
		close(fd);
}

void warn_of_watchdogs(void)
{
	struct watchdog watchdog[WATCHDOGS_MAX];
	uint32_t i, count = read_watchdogs(watchdog);
	char when[64];

	for (i = 0; i < count; i++)
		pet(watchdog[i].number);
	count = read_watchdogs(watchdog);
	for (i = 0; i < count; i++) {
		strcpy(when, "in a while");
		if (watchdog[i].left >= 0)
			snprintf(when, sizeof(when), "in %lld s", watchdog[i].left);
		else if (watchdog[i].timeout > 0)
			snprintf(when, sizeof(when), "within %lld s", watchdog[i].timeout);
		fprintf(stderr, "kleap: note: watchdog%u (%s) resets the machine %s, unless its driver stops it now, or the new kernel pets it\n",
			watchdog[i].number, shown(watchdog[i].identity), when);
	}
}
