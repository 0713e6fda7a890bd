// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The framebuffer that is in use now.
 *
 * The one that the running kernel was booted with is valid as long as no driver sets
 * another mode. Drivers for the firmware's framebuffer do not, or they report the mode
 * that they set; drivers for the graphics card do. After that a new kernel that used the
 * old framebuffer would write to memory that is no longer a framebuffer.
 */
#include "../cli.h"

#include <fcntl.h>
#include <linux/fb.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define FRAMEBUFFER "/dev/fb0"
#define PARAMS_VIDEO_TYPE 0x00f

/* Is `id` a driver that keeps the firmware's mode, but reports its own shadow buffer? */
static bool is_firmware_mode(const char *id)
{
	static const char *const names[] = {
		"simple", "simpledrmdrmfb", "efidrmdrmfb", "vesadrmdrmfb",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(id, names[i]))
			return true;
	return false;
}

static void set_screen(struct boot_screen *screen, uint8_t type,
		       const struct fb_fix_screeninfo *fix,
		       const struct fb_var_screeninfo *var)
{
	const struct fb_bitfield *const field[] = { &var->red, &var->green, &var->blue,
						    &var->transp };
	size_t i;

	*screen = (struct boot_screen){
		.type = type,
		.width = (uint16_t)var->xres,
		.height = (uint16_t)var->yres,
		.depth = (uint16_t)var->bits_per_pixel,
		.line = (uint16_t)fix->line_length,
		.base = fix->smem_start,
		.size = fix->smem_len,
	};
	/* With a palette all fields start at bit 0. */
	for (i = 0; var->bits_per_pixel > 8 && i < 4; i++) {
		screen->field[i].size = (uint8_t)field[i]->length;
		screen->field[i].at = (uint8_t)field[i]->offset;
	}
}

void read_screen(const struct options *options, struct machine *machine)
{
	struct fb_fix_screeninfo fix = { 0 };
	struct fb_var_screeninfo var = { 0 };
	char path[256], id[sizeof(fix.id) + 1] = "";
	uint8_t type = 0;
	bool known;
	int fd;

	/* Without a framebuffer device, most likely no driver has set a mode. */
	fd = open(system_path(path, sizeof(path), FRAMEBUFFER),
		  O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	known = !ioctl(fd, FBIOGET_FSCREENINFO, &fix) && !ioctl(fd, FBIOGET_VSCREENINFO, &var);
	close(fd);
	memcpy(id, fix.id, sizeof(fix.id));
	if (!known || is_firmware_mode(id))
		return;

	if (!strcmp(id, "VESA VGA"))
		type = BOOT_SCREEN_VESA;
	else if (!strcmp(id, "EFI VGA"))
		type = BOOT_SCREEN_EFI;
	else if (options->reuse_video_type && machine->has_params)
		type = machine->params[PARAMS_VIDEO_TYPE];
	else
		add_note(machine->notes, "%s has set a mode of its own: the new kernel has no framebuffer until its driver is loaded",
			 id);
	machine->has_screen = true;
	set_screen(&machine->screen, type, &fix, &var);
}
