// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The leap: arm the loaded image, and restart. The kernel's own restart does the
 * rest: reboot(2) shuts devices and CPUs down, and ends in the new kernel.
 */
#include "ways/ways.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <unistd.h>

/* Interfaces, as if_nameindex() lists them, that were taken down. */
struct network {
	struct if_nameindex *interface;
	int socket;
};

/* Read an interface's flags. False, with errno set, if that failed. */
static bool get_flags(int socket, const char *name, struct ifreq *request)
{
	memset(request, 0, sizeof(*request));
	strncpy(request->ifr_name, name, sizeof(request->ifr_name) - 1);
	return ioctl(socket, SIOCGIFFLAGS, request) >= 0;
}

/* Set or clear IFF_UP. False, with errno set, if that failed. */
static bool set_up(int socket, const char *name, bool up)
{
	struct ifreq request;

	if (!get_flags(socket, name, &request))
		return false;
	request.ifr_flags = (short)(up ? request.ifr_flags | IFF_UP :
					 request.ifr_flags & ~IFF_UP);
	return ioctl(socket, SIOCSIFFLAGS, &request) >= 0;
}

static bool is_up(int socket, const char *name)
{
	struct ifreq request;

	return get_flags(socket, name, &request) && request.ifr_flags & IFF_UP &&
	       !(request.ifr_flags & IFF_LOOPBACK);
}

/*
 * Take down all interfaces except loopback, so that no packet is written to memory
 * of the new kernel. Failures are reported but do not stop the leap: the module
 * also stops devices from writing.
 */
static void take_down(struct network *network)
{
	struct if_nameindex *at;

	network->interface = NULL;
	network->socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (network->socket < 0)
		network->socket = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (network->socket >= 0)
		network->interface = if_nameindex();
	if (!network->interface) {
		/* A kernel without networking has none to take down. */
		if (errno != EAFNOSUPPORT)
			say_errno(errno, NULL, "cannot list the network interfaces");
		return;
	}
	for (at = network->interface; at->if_name; at++) {
		if (!is_up(network->socket, at->if_name)) {
			at->if_index = 0;
		} else if (!set_up(network->socket, at->if_name, false)) {
			say_errno(errno, NULL, "cannot take %s down", at->if_name);
			at->if_index = 0;
		}
	}
}

/* False: no interface had been taken down. */
static bool bring_up(struct network *network)
{
	struct if_nameindex *at;
	bool were_down = false;

	for (at = network->interface; at && at->if_name; at++) {
		were_down |= at->if_index != 0;
		if (at->if_index && !set_up(network->socket, at->if_name, true))
			say_errno(errno, NULL, "cannot bring %s up again", at->if_name);
	}
	if (network->interface)
		if_freenameindex(network->interface);
	if (network->socket >= 0)
		close(network->socket);
	return were_down;
}

/*
 * In a PID namespace of its own, a container, reboot(2) ends the container and not
 * the machine, which would be left armed. The initial namespace has a fixed number
 * (PROC_PID_INIT_INO in include/linux/proc_ns.h).
 */
static int check_namespace(void)
{
	struct kimg_why why = { .error = KIMG_E_CONTAINER };
	char text[64];
	ssize_t length = readlink("/proc/self/ns/pid", text, sizeof(text) - 1);

	if (length < 0)		/* no /proc, or a kernel without namespaces */
		return EXIT_OK;
	text[length] = '\0';
	return strcmp(text, "pid:[4026531836]") ? say_why(&why) : EXIT_OK;
}

/* Restart; returns only if that failed, with an image, if there is one, not armed. */
static int restart(const struct way *way, const struct options *options)
{
	struct network network = { NULL, -1 };
	struct kimg_why why = { 0 };
	char left[128];
	int error;

	if (!options->no_ifdown) {
		/* This program may lie on the network. */
		mlockall(MCL_CURRENT | MCL_FUTURE);
		take_down(&network);
	}
	reboot(way->restart);
	error = errno;
	/* First of all: what failed may hang next. */
	why.error = way->restart_failed(options, error);
	snprintf(left, sizeof(left), "%s%s",
		 why.error == KIMG_E_NOT_LOADED ? "this kernel goes on" : "the image stays loaded",
		 bring_up(&network) ? "; network interfaces were down: routes may be lost" : "");
	return why.error ? say_why_of(&why, "cannot restart; %s", left) :
			   say_errno(error, left, "cannot restart");
}

/* Arm, and restart. */
static int leap_now(const struct way *way, const struct options *options)
{
	sigset_t all;
	int code;

	code = check_namespace();
	if (code)
		return code;
	if (!options->no_sync)
		sync();
	warn_of_watchdogs();
	/* A hangup when the network goes down must not leave the machine armed. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	code = way->arm(options, ARM_NOW);
	return code ? code : restart(way, options);
}

int cmd_exec(const struct options *options)
{
	const struct way *also, *way = holding_way(options, &also);
	int code;

	if (also && !options->cancel)
		fprintf(stderr, "kleap: note: this leaps into the module's image; the kernel holds another: --via %s\n",
			also->name);
	if (options->cancel) {
		code = way->arm(options, ARM_CANCEL);
		if (!code && !options->as_kexec)
			puts("the next reboot is an ordinary one");
	} else if (options->at_reboot) {
		code = way->arm(options, ARM_AT_REBOOT);
		if (!code && !options->as_kexec)
			puts("armed: the next reboot leaps");
	} else {
		code = leap_now(way, options);
	}
	return code;
}

int cmd_force(const struct options *options)
{
	int code = cmd_load(options);

	return code ? code : cmd_exec(options);
}

/*
 * Shut down, so that the image that was just loaded is leapt into. Returns only if that
 * failed.
 */
static int shut_down(bool armed)
{
	static const char *const programs[] = { "/sbin/shutdown", "/etc/shutdown", "/bin/shutdown" };
	char *const shutdown_now[] = { "shutdown", "-r", "now", NULL };
	char *const systemctl[] = { "systemctl", "kexec", NULL };
	size_t i;
	int fd;

	/* Where systemd runs; other inits have scripts that call kexec -e. */
	fd = armed ? -1 : open("/run/systemd/system", O_PATH | O_CLOEXEC);
	if (fd >= 0) {
		close(fd);
		execv("/bin/systemctl", systemctl);
	}
	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		execv(programs[i], shutdown_now);
	return say_errno(errno, "the image stays loaded; leap with kexec -e", "cannot run shutdown");
}

int cmd_restart(const struct options *options)
{
	const struct way *also, *way;
	bool arms;
	int code = cmd_load(options);

	if (code)
		return code;
	/* Armed, it leaps even if no shutdown script calls kexec -e. */
	way = holding_way(options, &also);
	arms = way->restart == RB_AUTOBOOT;
	code = arms ? way->arm(options, ARM_AT_REBOOT) : EXIT_OK;
	if (code)
		return code;
	code = shut_down(arms);
	if (arms)
		way->arm(options, ARM_CANCEL);
	return code;
}
