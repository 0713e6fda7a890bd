// SPDX-License-Identifier: GPL-2.0-only
/* /sys/kernel/kleap: what is loaded and what it costs, one value a file. */
#include "kleap.h"

#include <linux/capability.h>
#include <linux/kobject.h>
#include <linux/sysfs.h>

static struct kobject *folder;

/* A file that shows one number of the status. */
#define NUMBER(file, field)						\
static ssize_t file##_show(struct kobject *kobject,			\
			   struct kobj_attribute *attribute, char *to)	\
{									\
	struct kleap_status status;					\
									\
	kleap_image_status(&status);					\
	return sysfs_emit(to, "%llu\n", (u64)status.field);		\
}									\
static struct kobj_attribute file##_file = __ATTR_RO(file)

NUMBER(image_bytes, image_bytes);
NUMBER(frames_taken, frames_taken);
NUMBER(control_frames, control_frames);
NUMBER(pages_in_place, pages_in_place);
NUMBER(pages_to_copy, pages_to_copy);
NUMBER(low_memory_end, low_memory_end);
NUMBER(contig_calls, contig_calls);
NUMBER(rehearsed, rehearsed);

static ssize_t state_show(struct kobject *kobject,
			  struct kobj_attribute *attribute, char *to)
{
	static const char * const name[] = { "none", "loaded", "armed" };
	struct kleap_status status;

	kleap_image_status(&status);
	return sysfs_emit(to, "%s\n", name[status.state]);
}
static struct kobj_attribute state_file = __ATTR_RO(state);

/*
 * In the form of /sys/kernel/kexec_loaded, over which this file can be mounted for
 * scripts that read that.
 */
static ssize_t loaded_show(struct kobject *kobject,
			   struct kobj_attribute *attribute, char *to)
{
	struct kleap_status status;

	kleap_image_status(&status);
	return sysfs_emit(to, "%d\n", status.state != KLEAP_STATE_NONE);
}
static struct kobj_attribute loaded_file = __ATTR_RO(loaded);

/* Frame numbers of the indirection pages; "..." where a page of text ends. */
static ssize_t list_frames_show(struct kobject *kobject,
				struct kobj_attribute *attribute, char *to)
{
	return kleap_image_list(to);
}
/* Only root may see physical addresses, as in /proc/PID/pagemap. */
static struct kobj_attribute list_frames_file =
	__ATTR_RO_MODE(list_frames, 0400);

static ssize_t kept_show(struct kobject *kobject,
			 struct kobj_attribute *attribute, char *to)
{
	return kleap_kept_list(to);
}
static struct kobj_attribute kept_file = __ATTR_RO_MODE(kept, 0400);

static ssize_t disabled_show(struct kobject *kobject,
			     struct kobj_attribute *attribute, char *to)
{
	return sysfs_emit(to, "%d\n", kleap_image_disabled());
}

/* 1 disables until the next boot and unloads; this cannot be undone. */
static ssize_t disabled_store(struct kobject *kobject,
			      struct kobj_attribute *attribute,
			      const char *from, size_t length)
{
	bool disable;

	if (kstrtobool(from, &disable) || (kleap_image_disabled() && !disable))
		return -EINVAL;
	if (!disable)
		return length;
	if (!capable(CAP_SYS_BOOT)) {
		kleap_audit("disable", false);
		return -EPERM;
	}
	if (!kleap_image_disable())
		return -ENODEV;
	kleap_audit("disable", true);
	return length;
}
static struct kobj_attribute disabled_file = __ATTR_RW(disabled);

static struct attribute *files[] = {
	&state_file.attr,
	&loaded_file.attr,
	&image_bytes_file.attr,
	&frames_taken_file.attr,
	&list_frames_file.attr,
	&kept_file.attr,
	&control_frames_file.attr,
	&pages_in_place_file.attr,
	&pages_to_copy_file.attr,
	&low_memory_end_file.attr,
	&contig_calls_file.attr,
	&rehearsed_file.attr,
	&disabled_file.attr,
	NULL,
};

static const struct attribute_group group = { .attrs = files };

int kleap_sysfs_init(void)
{
	int code;

	folder = kobject_create_and_add("kleap", kernel_kobj);
	if (!folder)
		return -ENOMEM;
	code = sysfs_create_group(folder, &group);
	if (code)
		kobject_put(folder);
	return code;
}

void kleap_sysfs_exit(void)
{
	kobject_put(folder);
}
