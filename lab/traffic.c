// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// traffic DIR BYTES COMMAND...: run a QEMU command, and send broadcast frames to the machine for as long as it runs.
//
// What QEMU finds open:  3  the network's other end, for -netdev dgram
//                        4  BYTES of memory for the machine, for memory-backend-file
//                        5  the other end of a serial line, for -chardev socket
//
// Each frame has a number. One that was sent after the old kernel's last line (DIR/serial.log has it) and is found in the
// machine's memory was written there by the old kernel's receive ring. Memory is searched when the machine asks for it with a
// line "lab: traffic: look", which is answered on the serial line, or else when QEMU has ended. DIR/traffic.log then has:
//
//   lab: traffic.sent_after: N     frames that were sent after that last line
//   lab: traffic.found_after: N    how many of them are in memory
//   lab: traffic.found_planted: 1  so is the head of a frame that nobody sent, number 999999: what is there is found
//
// Exit status: that of the command.

#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PERIOD_MS 50
#define FRAMES_MAX 1000000u
#define PLANTED (FRAMES_MAX - 1)
#define LAST_LINE "kleap: leaping: "
#define LOOK_LINE "lab: traffic: look"

struct frame {
	unsigned char to[6], from[6], type[2];
	char magic[14];
	unsigned int number;
	char filling[400];
} __attribute__((packed));

static const struct frame pattern = {
	.to = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	.from = { 0x02, 0, 0, 0, 0, 1 },
	.type = { 0x88, 0xb5 },		/* for local experiments */
	.magic = "kleap:traffic",
};

static unsigned int sent, first_after = FRAMES_MAX;
static char seen[FRAMES_MAX];

// Is there such a line in the log yet?
static int logged(const char *path, const char *line)
{
	char text[1024];
	FILE *log = fopen(path, "r");
	int found = 0;

	while (log && !found && fgets(text, sizeof(text), log))
		found = strstr(text, line) != NULL;
	if (log)
		fclose(log);
	return found;
}

static void search(int memory, size_t bytes, const char *report)
{
	unsigned int after = 0, i;
	off_t from = 0, to;
	char *all;
	FILE *out;

	all = mmap(NULL, bytes, PROT_READ, MAP_SHARED, memory, 0);
	if (all == MAP_FAILED) {
		perror("traffic: mmap");
		exit(2);
	}
	// What was never written is a hole in the file.
	while ((from = lseek(memory, from, SEEK_DATA)) >= 0) {
		char *at = all + from, *end;

		to = lseek(memory, from, SEEK_HOLE);
		end = all + to;
		while ((at = memmem(at, (size_t)(end - at), pattern.magic, sizeof(pattern.magic)))) {
			unsigned int number;

			at += sizeof(pattern.magic);
			if (end - at < (long)sizeof(number))
				break;
			memcpy(&number, at, sizeof(number));
			if (number < FRAMES_MAX)
				seen[number] = 1;
		}
		from = to;
	}
	munmap(all, bytes);
	for (i = first_after; i < sent; i++)
		after += (unsigned int)seen[i];
	out = fopen(report, "w");
	if (!out) {
		perror(report);
		exit(2);
	}
	fprintf(out, "lab: traffic.sent_after: %u\n", sent > first_after ? sent - first_after : 0);
	fprintf(out, "lab: traffic.found_after: %u\nlab: traffic.found_planted: %d\n", after, seen[PLANTED]);
	fclose(out);
}

// In the child: give QEMU's ends the numbers that its options name, and become it. It ends when this program does.
static void become(char **command, int net, int memory, int line)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	// First out of the way of the numbers wanted.
	net = fcntl(net, F_DUPFD, 10);
	memory = fcntl(memory, F_DUPFD, 10);
	line = fcntl(line, F_DUPFD, 10);
	if (dup2(net, 3) == 3 && dup2(memory, 4) == 4 && dup2(line, 5) == 5)
		execvp(command[0], command);
	perror(command[0]);
	_exit(127);
}

int main(int argc, char **argv)
{
	char log[4096], report[4096];
	struct frame frame = pattern;
	int net[2], line[2], memory, status, looked = 0;
	size_t bytes;
	pid_t child;

	if (argc < 4) {
		fprintf(stderr, "usage: traffic DIR BYTES COMMAND...\n");
		return 2;
	}
	snprintf(log, sizeof(log), "%s/serial.log", argv[1]);
	snprintf(report, sizeof(report), "%s/traffic.log", argv[1]);
	bytes = (size_t)strtoull(argv[2], NULL, 0);
	memory = memfd_create("machine", MFD_CLOEXEC);
	if (memory < 0 || ftruncate(memory, (off_t)bytes) ||
	    socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, net) ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line)) {
		perror("traffic");
		return 2;
	}
	child = fork();
	if (child == 0)
		become(argv + 3, net[1], memory, line[1]);
	close(net[1]);
	close(line[1]);

	while (waitpid(child, &status, WNOHANG) == 0) {
		char sink[2048];

		while (recv(net[0], sink, sizeof(sink), 0) > 0)
			;
		// A machine that takes no more frames leaves them in the socket.
		frame.number = sent;
		if (sent < PLANTED && send(net[0], &frame, sizeof(frame), MSG_NOSIGNAL) == sizeof(frame))
			sent++;
		if (first_after == FRAMES_MAX && logged(log, LAST_LINE))
			first_after = sent;
		if (!looked && logged(log, LOOK_LINE)) {
			search(memory, bytes, report);
			looked = 1;
			if (write(line[0], "go\n", 3) != 3)
				perror("traffic: the serial line");
		}
		poll(NULL, 0, PERIOD_MS);
	}
	if (!looked)
		search(memory, bytes, report);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
