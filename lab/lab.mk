# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The lab: whole machines in QEMU that load, measure and leap. Included by the Makefile.
#
#   make lab                       every machine that fits into this computer's memory, and one table of all
#   make lab MACHINE=i386-6g       one machine; RAM=7G CPUS=3 INITRD_MB=300 ... as lab/run names them
#   make lab-damage                an image is damaged in memory: before a leap is asked for, after that, and during the copy
#   make demo                      the largest machine, with its output and results
#   make lab-parts                 only fetch and build what the machines are made of
#   make lab-endurance             LEAPS=50 leaps in a row, LOADS=1000 loads, and leaps under pressure; MACHINE=i386-6g
#   make lab-locked                lockdown while an image is loaded, and the audit log
#   make lab-scarce                a process holds nearly all memory; stock and kleap load 800 MiB
#   make lab-5.10                  a machine with the oldest kernel that the module supports
#   make lab-efi                   LEAPS=2 leaps on EFI machines of 32 and 64 bits; checks that the firmware's tables arrive; LAST=
#   make lab-faults                each call in a request that can fail does, one after another
#   make lab-faults-debug          the same on a debug kernel with fault injection; built from source
#   make lab-obstacles             CPUs offline, kprobes or ftrace off, an IMA policy, kexec_load disabled
#   make lab-inputs                memory maps, kernel files, initrds and scripts as users have them; SCENES="vmlinux memtest"
#   make lab-leap                  a leap into a kernel that prints the time-stamp counter; KERNEL_MB=, INITRD_MB=, LEAP=stock
#   make lab-tree                  the same for kernels built from source; lab/tree/tree.mk
#
# The first use, as root on Debian 12, installs what is missing.

LAB := $(BUILD)/lab
LAB_MACHINES := i386-2g i386-efi i386-6g i386-16g
# Folders here with a verify-test of their own.
LAB_PLAYS := damage endurance locked obstacles faults scarce leap inputs efi
LAB_SETTINGS := RAM CPUS INITRD_MB KERNEL_APPEND STOCK CHECKS LEAP STOCK_ONLY ACCEL ICOUNT TIMEOUT PATIENCE LEAPS LAST LOADS KILLS \
	SCENES SCARCE_MB SCARCE_IMAGE NIC VENDOR EXEC KERNEL_MB KLEAP_CACHE BUILD

# Settings reach lab/run from make's command line and from the environment alike; what is not set stays unset.
lab lab-parts lab-damage demo lab-endurance lab-locked lab-obstacles lab-inputs lab-scarce lab-5.10 lab-leap lab-efi lab-faults lab-faults-debug: export_settings = $(foreach s,$(LAB_SETTINGS),$(if $(filter-out undefined,$(origin $(s))),$(s)='$($(s))'))

.PHONY: lab lab-parts lab-damage demo lab-endurance lab-locked lab-obstacles lab-inputs lab-scarce lab-5.10 lab-leap lab-efi lab-faults lab-faults-debug lab-check

lab: lab-parts
	@$(export_settings) lab/all $(or $(MACHINE),$(LAB_MACHINES))

lab-damage: lab-parts
	@for damage in request restart copy; do \
		$(export_settings) CHECKS=0 DAMAGE=$$damage lab/run $(or $(MACHINE),i386-2g) damage || exit 1; \
	done

demo: lab-parts
	@$(export_settings) CHECKS=0 lab/all --largest $(LAB_MACHINES)

lab-endurance: lab-parts
	@$(export_settings) lab/run $(or $(MACHINE),i386-6g) endurance

lab-locked: lab-parts
	@for locked in requests reboot; do \
		$(export_settings) LOCKED=$$locked lab/run $(or $(MACHINE),i386-2g) locked || exit 1; \
	done

lab-obstacles: lab-parts
	@for obstacle in requests nosmt offline kprobes; do \
		$(export_settings) OBSTACLE=$$obstacle lab/run $(or $(MACHINE),i386-2g) obstacles || exit 1; \
	done

lab-inputs: lab-parts
	@$(export_settings) lab/packages amd64
	@$(export_settings) lab/run $(or $(MACHINE),i386-2g) inputs

lab-leap: lab-parts
	@$(export_settings) lab/run $(or $(MACHINE),i386-2g) leap

lab-efi: lab-parts
	@for machine in $(or $(MACHINE),i386-efi i386-efi64); do \
		$(export_settings) lab/run $$machine efi || exit 1; \
	done

lab-scarce: lab-parts
	@$(export_settings) lab/run $(or $(MACHINE),i386-6g) scarce

# The machine's own user space; kernel and module are of the older release.
lab-5.10: lab-parts
	@$(export_settings) lab/packages i386-5.10
	@$(MAKE) --no-print-directory module ARCH=i386 MODULE_CC=gcc KDIR=$(abspath $(LAB)/i386-5.10/headers) \
		STAGED=$(LAB)/i386-5.10/module OUT=$(LAB)/i386-5.10/kleap.ko
	@$(export_settings) KERNEL=$(abspath $(LAB)/i386-5.10/vmlinuz) MODULE=$(abspath $(LAB)/i386-5.10/kleap.ko) \
		DRIVERS=$(abspath $(LAB)/i386-5.10/modules) \
		lab/run $(or $(MACHINE),i386-2g)

faulty = $(MAKE) --no-print-directory module ARCH=i386 FAULTS=y STAGED=$(1)/module OUT=$(1)/kleap.ko KDIR=$(abspath $(2))

lab-faults: lab-parts
	@$(call faulty,$(LAB)/faults,$(LAB)/i386/headers)
	@$(export_settings) lab/run $(or $(MACHINE),i386-2g) faults

lab-faults-debug: lab-parts
	@hosts/linux-tree/packages
	@$(export_settings) lab/tree/build i386-module-debug stock
	@$(call faulty,$(LAB)/faults/debug,$(LAB)/tree/kernels/i386-module-debug-stock/headers)
	@$(export_settings) DEBUG_KERNEL=1 lab/run $(or $(MACHINE),i386-2g) faults

# In this order: the command and the module are built from what the packages bring.
lab-parts:
	@$(export_settings) lab/packages i386
ifneq ($(STOCK_ONLY),1)
	@$(MAKE) --no-print-directory $(BUILD)/i386/kleap
	@$(MAKE) --no-print-directory module ARCH=i386 KDIR=$(abspath $(LAB)/i386/headers) OUT=$(LAB)/i386/kleap.ko
endif

lab-check:
	@BUILD='$(BUILD)' lab/check $(LAB_PLAYS)

include lab/tree/tree.mk
