/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For the lab: make module FAULTS=y builds a module whose calls into the kernel can be
 * made to fail, one after another. Included before every file of such a build, and not
 * in the installed module.
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

/* Is it this call's turn to fail? */
bool kleap_fault(void);

#define FAULTY(result, call)		(kleap_fault() ? (result) : (call))

#define alloc_pages(a...)		FAULTY(NULL, alloc_pages(a))
#define alloc_contig_range(a...)	FAULTY(-ENOMEM, alloc_contig_range(a))
#define kzalloc(a...)			FAULTY(NULL, kzalloc(a))
#define kvmalloc(a...)			FAULTY(NULL, kvmalloc(a))
#define copy_from_user(to, from, n)	FAULTY((n), copy_from_user(to, from, n))
#define copy_to_user(to, from, n)	FAULTY((n), copy_to_user(to, from, n))
#define copy_struct_from_user(a...)	FAULTY(-EFAULT, copy_struct_from_user(a))
#define register_kprobe(a...)		FAULTY(-ENOMEM, register_kprobe(a))
#define register_reboot_notifier(a...)	FAULTY(-ENOMEM, register_reboot_notifier(a))
#define register_pm_notifier(a...)	FAULTY(-ENOMEM, register_pm_notifier(a))
#define kobject_create_and_add(a...)	FAULTY(NULL, kobject_create_and_add(a))
#define sysfs_create_group(a...)	FAULTY(-ENOMEM, sysfs_create_group(a))
#define misc_register(a...)		FAULTY(-ENOMEM, misc_register(a))

#endif
