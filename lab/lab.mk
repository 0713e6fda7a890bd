# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The lab: whole machines in QEMU that load, measure and leap. Included by the Makefile.
#
#   make lab                       every machine that fits into this computer's memory, and one table of all
#   make lab MACHINE=i386-6g       one machine; RELEASE=11 RAM=7G CPUS=3 INITRD_MB=300 ... as lab/run names them
#   make lab-releases              each of Debian's kernels leaps in each way, and one table; LAB_RELEASES="11 no-kexec" LAB_WAYS=module
#   make lab-damage                an image is damaged in memory: before a leap is asked for, after that, and during the copy
#   make demo                      the largest 32-bit machine and a 64-bit one, with output and results
#   make lab-parts                 only fetch and build what the machines are made of
#   make lab-endurance             LEAPS=50 leaps in a row, LOADS=1000 loads, and leaps under pressure; MACHINE=i386-6g
#   make lab-locked                lockdown while an image is loaded, and the audit log
#   make lab-scarce                a process holds nearly all memory; stock and kleap load 800 MiB
#   make lab-efi                   LEAPS=2 leaps on EFI machines; checks that the firmware's tables arrive; LAST=
#   make lab-faults                each call in a request that can fail does, one after another
#   make lab-faults-debug          the same on a debug kernel with fault injection; built from source
#   make lab-obstacles             CPUs offline, kprobes or ftrace off, an IMA policy, kexec_load disabled
#   make lab-inputs                memory maps, kernel files, initrds and scripts as users have them; SCENES="vmlinux32 memtest"
#   make lab-crash                 a kernel for a crash is loaded, and the machine crashes; LEAP=stock, CRASHKERNEL=256M,high
#   make lab-leap                  a leap into a kernel that prints the time-stamp counter; KERNEL_MB=, INITRD_MB=, LEAP=stock
#   make lab-park                  four leaps on a machine with spin tables, between kernels that do not use all of its CPUs
#   make lab-tree                  the same for kernels built from source; lab/tree/tree.mk
#
# The first use, as root on Debian 12, installs what is missing.

LAB_MACHINES := i386-2g i386-efi i386-6g i386-16g x86_64-2g x86_64-uefi x86_64-la57 x86_64-6g
# For all kernels: the smallest of the kinds, and all on ARM.
RELEASE_MACHINES := i386-2g x86_64-2g arm64-2g arm64-6g arm64-uefi arm64-el2 arm64-vhe arm64-gicv3 armhf-2g armhf-6g armhf-8g \
	armhf-hyp armhf-nolpae raspi3b
# Folders here with a verify-test of their own.
LAB_PLAYS := crash damage endurance locked obstacles faults scarce leap inputs efi park
LAB_SETTINGS := RELEASE LAB_RELEASES LAB_WAYS RAM CPUS CPU INITRD_MB KERNEL_APPEND STOCK CHECKS WAYS LEAP VIA STOCK_ONLY ACCEL ICOUNT TIMEOUT PATIENCE LEAPS LAST LOADS KILLS \
	CRASHKERNEL SCENES SCARCE_MB SCARCE_IMAGE NIC VENDOR EXEC KERNEL_MB KLEAP_CACHE BUILD

LAB_GOALS := lab lab-releases lab-parts lab-damage demo lab-endurance lab-locked lab-obstacles lab-inputs lab-scarce lab-leap lab-efi \
	lab-faults lab-faults-debug lab-crash lab-park

# Settings reach lab/run from make's command line and from the environment alike; what is not set stays unset.
$(LAB_GOALS): export_settings = $(foreach s,$(LAB_SETTINGS),$(if $(filter-out undefined,$(origin $(s))),$(s)='$($(s))'))

# The machines of a goal.
lab lab-parts: machines = $(or $(MACHINE),$(LAB_MACHINES))
demo: machines = $(or $(MACHINE),i386-2g i386-6g i386-16g)
lab-endurance lab-scarce: machines = $(or $(MACHINE),i386-6g)
lab-damage lab-locked lab-obstacles lab-inputs lab-leap lab-faults lab-faults-debug: machines = $(or $(MACHINE),i386-2g)
lab-crash: machines = $(or $(MACHINE),i386-2g x86_64-2g)
lab-efi: machines = $(or $(MACHINE),i386-efi i386-efi64 x86_64-uefi)
lab-park: machines = $(or $(MACHINE),raspi3b)

# What they are made of comes first.
parts = @$(export_settings) lab/parts $(machines)

.PHONY: $(LAB_GOALS) lab-check

lab-parts:
	$(parts)

lab:
	$(parts)
	@$(export_settings) lab/all $(machines)

demo:
	$(parts)
	@WAYS=module $(export_settings) CHECKS=0 lab/all --largest $(machines)
ifndef MACHINE
	@$(export_settings) lab/parts x86_64-2g
	@$(export_settings) CHECKS=0 lab/all x86_64-2g
endif

lab-releases:
	@$(export_settings) lab/kernels $(or $(MACHINE),$(RELEASE_MACHINES))

lab-damage:
	$(parts)
	@for damage in request restart copy; do \
		$(export_settings) CHECKS=0 DAMAGE=$$damage lab/run $(machines) damage || exit 1; \
	done

lab-endurance:
	$(parts)
	@$(export_settings) lab/run $(machines) endurance

lab-locked:
	$(parts)
	@for locked in requests reboot; do \
		$(export_settings) LOCKED=$$locked lab/run $(machines) locked || exit 1; \
	done

lab-obstacles:
	$(parts)
	@for obstacle in requests $(if $(filter arm%,$(machines)),,nosmt offline) kprobes; do \
		$(export_settings) OBSTACLE=$$obstacle lab/run $(machines) obstacles || exit 1; \
	done

lab-inputs:
	$(parts)
	@for family in i386 amd64; do $(export_settings) RELEASE=12 lab/packages $$family || exit 1; done
	@$(export_settings) lab/run $(machines) inputs

lab-leap:
	$(parts)
	@$(export_settings) lab/run $(machines) leap

lab-crash:
	$(parts)
	@for machine in $(machines); do \
		$(export_settings) lab/run $$machine crash || exit 1; \
	done

lab-efi:
	$(parts)
	@for machine in $(machines); do \
		$(export_settings) lab/run $$machine efi || exit 1; \
	done

lab-park:
	$(parts)
	@$(export_settings) lab/run $(machines) park

lab-scarce:
	$(parts)
	@$(export_settings) lab/run $(machines) scarce

lab-faults:
	@$(export_settings) FAULTS=y lab/parts $(machines)
	@$(export_settings) lab/run $(machines) faults

lab-faults-debug:
	@$(export_settings) RELEASE=debug FAULTS=y lab/parts $(machines)
	@$(export_settings) RELEASE=debug lab/run $(machines) faults

lab-check:
	@BUILD='$(BUILD)' lab/check $(LAB_PLAYS)

include lab/tree/tree.mk
