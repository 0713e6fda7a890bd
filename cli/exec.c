// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The leap: arm the loaded image, and restart. The kernel's own restart does the
 * rest: reboot(2) shuts devices and CPUs down, and ends in the module.
 */
#include "cli.h"

#include <errno.h>
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

static void bring_up(struct network *network)
{
	struct if_nameindex *at;

	for (at = network->interface; at && at->if_name; at++)
		if (at->if_index && !set_up(network->socket, at->if_name, true))
			say_errno(errno, NULL, "cannot bring %s up again", at->if_name);
	if (network->interface)
		if_freenameindex(network->interface);
	if (network->socket >= 0)
		close(network->socket);
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

/* Restart; returns only if that failed, with the image loaded and not armed. */
static int restart(int fd, const struct options *options)
{
	struct network network = { NULL, -1 };
	int error;

	if (!options->no_ifdown) {
		/* This program may lie on the network. */
		mlockall(MCL_CURRENT | MCL_FUTURE);
		take_down(&network);
	}
	reboot(RB_AUTOBOOT);
	error = errno;
	/* First of all: what failed may hang next. */
	device_leap(fd, KLEAP_LEAP_CANCEL);
	bring_up(&network);
	return say_errno(error, options->no_ifdown ? "the image stays loaded" :
			 "the image stays loaded; network interfaces are up again, but routes may be lost",
			 "cannot restart");
}

/* Arm, and restart. */
static int leap_now(int fd, const struct options *options)
{
	sigset_t all;
	int code;

	code = check_namespace();
	if (code)
		return code;
	if (!options->no_sync)
		sync();
	/* A hangup when the network goes down must not leave the machine armed. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	code = device_leap(fd, KLEAP_LEAP_AT_REBOOT);
	return code ? code : restart(fd, options);
}

int cmd_exec(const struct options *options)
{
	int code, fd;

	code = open_device(options, &fd);
	if (code)
		return code;
	if (options->cancel) {
		code = device_leap(fd, KLEAP_LEAP_CANCEL);
		if (!code && !options->as_kexec)
			puts("the next reboot is an ordinary one");
	} else if (options->at_reboot) {
		code = device_leap(fd, KLEAP_LEAP_AT_REBOOT);
		if (!code && !options->as_kexec)
			puts("armed: the next reboot leaps");
	} else {
		code = leap_now(fd, options);
	}
	close(fd);
	return code;
}

int cmd_force(const struct options *options)
{
	int code = cmd_load(options);

	return code ? code : cmd_exec(options);
}

int cmd_restart(const struct options *options)
{
	static const char *const programs[] = { "/sbin/shutdown", "/etc/shutdown", "/bin/shutdown" };
	char *const arguments[] = { "shutdown", "-r", "now", NULL };
	struct options armed = *options;
	int code = cmd_load(options);
	size_t i;

	/* Armed, it leaps even if no shutdown script calls kexec -e. */
	armed.at_reboot = true;
	if (!code)
		code = cmd_exec(&armed);
	if (code)
		return code;
	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		execv(programs[i], arguments);
	code = say_errno(errno, "the image stays loaded; leap with kexec -e", "cannot run shutdown");
	armed.at_reboot = false;
	armed.cancel = true;
	cmd_exec(&armed);
	return code;
}
