# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# libboot: kernel file formats and memory maps. Stands on libkimg's headers and errors, and on the writer
# of page tables.

BOOT_SRC := $(addprefix boot/,map.c mapfit.c mapline.c maptext.c memtype.c find.c layout.c option.c unpacked.c \
	identify.c program.c elf.c elfcore.c crash.c pe.c uki.c \
	kernel.c tree.c left.c arm/header.c arm/zimage.c arm64/image.c \
	x86/bzimage.c x86/vmlinux.c x86/header.c x86/initrd.c x86/params.c x86/efi.c x86/tables.c) \
	arch/tables.c

$(BUILD)/libboot.a: $(BOOT_SRC:%.c=$(BUILD)/host/%.o)
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/san/libboot.a: $(BOOT_SRC:%.c=$(BUILD)/san/%.o)
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/i386/libboot.a: $(BOOT_SRC:%.c=$(BUILD)/i386/%.o)
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
