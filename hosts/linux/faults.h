/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For the lab: make module FAULTS=y builds a module whose calls into the kernel can be
 * made to fail, one after another. Included before every file of hosts/linux/ in such a
 * build, and not in the installed module.
 *
 * Each call that can fail, for lack of memory or because the caller's memory is not
 * mapped, first asks whether to fail.
 */
#ifndef KLEAP_FAULTS_H
#define KLEAP_FAULTS_H

/* As in kleap.h, which comes later. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/gfp.h>
#include <linux/kobject.h>
#include <linux/kprobes.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/reboot.h>
#include <linux/slab.h>
#include <linux/suspend.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>

/* arch/hash.h has one of its own. */
#undef hash_add

/* Is it this call's turn to fail? */
bool kleap_fault(void);

#define FAULTY(result, call)		(kleap_fault() ? (result) : (call))

/* Since 6.10 these are macros in the kernel, too. */
#define REAL(type, name, declared, given) \
	static inline type real_##name declared { return name given; }

REAL(struct page *, alloc_pages, (gfp_t gfp, unsigned int order), (gfp, order))
REAL(int, alloc_contig_range, (unsigned long first, unsigned long end, int kind, gfp_t gfp),
     (first, end, kind, gfp))
REAL(void *, kzalloc, (size_t size, gfp_t gfp), (size, gfp))
REAL(void *, kvmalloc, (size_t size, gfp_t gfp), (size, gfp))
REAL(void *, kvmalloc_array, (size_t count, size_t size, gfp_t gfp), (count, size, gfp))
REAL(void *, kvcalloc, (size_t count, size_t size, gfp_t gfp), (count, size, gfp))

#undef alloc_pages
#undef alloc_contig_range
#undef kzalloc
#undef kvmalloc
#undef kvmalloc_array
#undef kvcalloc
#define alloc_pages(a...)		FAULTY(NULL, real_alloc_pages(a))
#define alloc_contig_range(a...)	FAULTY(-ENOMEM, real_alloc_contig_range(a))
#define kzalloc(a...)			FAULTY(NULL, real_kzalloc(a))
#define kvmalloc(a...)			FAULTY(NULL, real_kvmalloc(a))
#define kvmalloc_array(a...)		FAULTY(NULL, real_kvmalloc_array(a))
#define kvcalloc(a...)			FAULTY(NULL, real_kvcalloc(a))
#define copy_from_user(to, from, n)	FAULTY((n), copy_from_user(to, from, n))
#define copy_to_user(to, from, n)	FAULTY((n), copy_to_user(to, from, n))
#define copy_struct_from_user(a...)	FAULTY(-EFAULT, copy_struct_from_user(a))
#define register_kprobe(a...)		FAULTY(-ENOMEM, register_kprobe(a))
#define register_reboot_notifier(a...)	FAULTY(-ENOMEM, register_reboot_notifier(a))
#define register_pm_notifier(a...)	FAULTY(-ENOMEM, register_pm_notifier(a))
#define kobject_create_and_add(a...)	FAULTY(NULL, kobject_create_and_add(a))
#define sysfs_create_group(a...)	FAULTY(-ENOMEM, sysfs_create_group(a))
#define misc_register(a...)		FAULTY(-ENOMEM, misc_register(a))
#define register_sys_off_handler(a...)	FAULTY(ERR_PTR(-ENOMEM), register_sys_off_handler(a))

#endif
