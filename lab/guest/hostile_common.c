// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// hostile, what all cases share: how they are told, what the module shows, and a request that is good.

#define _GNU_SOURCE
#include "hostile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

// ---- Cases, and how they are told

static char name[100];
unsigned int cases, failures;
static bool failed;

void begin(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(name, sizeof(name), format, arguments);
	va_end(arguments);
	cases++;
	failed = false;
}

bool fail(const char *format, ...)
{
	va_list arguments;

	if (failed)
		return false;
	failed = true;
	failures++;
	printf("%s: ", name);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	return false;
}

// ---- What the module shows

void look(struct picture *picture)
{
	DIR *folder = opendir(FOLDER);
	struct dirent *entry;
	size_t length = 0;
	char path[300];

	memset(picture, 0, sizeof(*picture));
	while (folder && (entry = readdir(folder))) {
		ssize_t got;
		int file;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), FOLDER "/%s", entry->d_name);
		length += snprintf(picture->text + length, sizeof(picture->text) - length, "%s=", entry->d_name);
		file = open(path, O_RDONLY);
		got = read(file, picture->text + length, sizeof(picture->text) - length - 100);
		if (got > 0)
			length += got;
		close(file);
	}
	if (folder)
		closedir(folder);
}

bool same(struct picture *before)
{
	struct picture now, then = *before;
	const char *was = then.text, *is = now.text;
	size_t line;

	look(&now);
	if (!memcmp(before, &now, sizeof(now)))
		return true;
	*before = now;
	while ((line = strcspn(was, "\n")) == strcspn(is, "\n") && !strncmp(was, is, line)) {
		was += line + 1;
		is += line + 1;
	}
	return fail("/sys/kernel/kleap changed from %.*s to %.*s", (int)strcspn(was, "\n"), was, (int)strcspn(is, "\n"), is);
}

unsigned long long value(const char *file)
{
	unsigned long long number = 0;
	char path[100];
	FILE *stream;

	snprintf(path, sizeof(path), FOLDER "/%s", file);
	stream = fopen(path, "r");
	if (!stream || fscanf(stream, "%llu", &number) != 1)
		fail("%s cannot be read", path);
	if (stream)
		fclose(stream);
	return number;
}

bool state_is(const char *wanted)
{
	struct picture now;
	char line[30];

	look(&now);
	snprintf(line, sizeof(line), "state=%s\n", wanted);
	return strstr(now.text, line) || fail("the state is not %s", wanted);
}

// ---- Good requests

int send(unsigned int command, void *argument)
{
	return ioctl(device, command, argument) < 0 ? errno : 0;
}

void good_request(struct request *request)
{
	memset(request, 0, sizeof(*request));
	request->load.size = sizeof(request->load);
	request->load.segments = (uintptr_t)request->segment;
	request->load.segment_count = 2;
	request->load.entry = processor->good;
	memset(&request->load.why, UNWRITTEN, sizeof(request->load.why));
	request->segment[0] = (struct kleap_segment) {
		.buf = (uintptr_t)data, .bufsz = 0x2345, .mem = 0x1000000, .memsz = 0x3000,
	};
	request->segment[1] = (struct kleap_segment) {
		.buf = (uintptr_t)data + 0x3001, .bufsz = 0xa000, .mem = 0x2000000, .memsz = 0xa000,
	};
}

void load_good(struct picture *picture)
{
	struct request request;
	int code;

	good_request(&request);
	code = send(KLEAP_IOC_LOAD, &request.load);
	look(picture);
	if (!code && value("image_bytes") == 13 * PAGE && state_is("loaded"))
		return;
	fail("the good image cannot be loaded: %s, error %u", strerror(code), request.load.why.error);
	exit(1);
}

const char *code_name(int code)
{
	return !code ? "accepted" : strerrorname_np(code) ?: "no errno";
}

void check_code(int code, int wanted)
{
	if (code != wanted)
		fail("%s, not %s", code_name(code), code_name(wanted));
}
