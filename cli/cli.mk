# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The kleap command: for this machine, and for i386 as one file without libraries.

CLI_SRC := $(addprefix cli/,main.c options.c plan.c prove.c picture.c load.c rehearse.c exec.c status.c explain.c \
	ways/auto.c ways/module.c ways/kexec.c ways/kexec_load.c ways/kexec_file.c ways/rules.c ways/stub.c \
	layout.c crash.c kernel.c unpack.c initrd.c notes.c system/machine.c system/firmware.c system/iomem.c \
	system/cmdline.c system/freemem.c system/efi.c system/screen.c system/params.c system/kept.c \
	system/watchdog.c \
	processors.c type.c x86/cpu.c x86/entry.c x86/kexec.c arm/cpu.c arm/conduit.c arm64/cpu.c arm64/kexec.c \
	devicetree/open.c devicetree/overlay.c devicetree/chosen.c devicetree/memory.c devicetree/cycle.c \
	devicetree/kept.c \
	files.c uart.c output.c)
# Control pages, to count them; and what kexec_load(2) enters, on machines that this compiler is for.
CLI_SRC  += arch/i386/control.c arch/x86_64/control.c arch/arm/control.c arch/arm64/control.c \
	arch/x86/stub.c arch/arm/stub.c
CLI_CPU  := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))
CLI_ASM  := $(if $(filter aarch64,$(CLI_CPU)),arch/arm64/entry.S)$(if $(filter arm%,$(CLI_CPU)),arch/arm/entry.S)
CLI_ASM  += $(if $(filter x86_64 i%86,$(CLI_CPU)),arch/i386/entry.S arch/x86_64/entry.S)
CLI_LIBS := boot sim kimg

# JSON, what kernels are compressed with, and device trees (which pkg-config does not know).
CLI_NEEDS  := json-c zlib liblzma libzstd
CLI_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(CLI_NEEDS) 2> /dev/null)
CLI_LDLIBS := $(or $(shell $(PKG_CONFIG) --libs $(CLI_NEEDS) 2> /dev/null),-ljson-c -lz -llzma -lzstd) -lfdt

# What these are for i386: the lab's unpacked Debian packages.
I386_SYSROOT  ?= $(BUILD)/lab/i386/sysroot
CPPFLAGS_I386 += -isystem $(I386_SYSROOT)/usr/include

CLI_HOST := $(CLI_SRC:%.c=$(BUILD)/host/%.o) $(CLI_ASM:%.S=$(BUILD)/host/%.o)
CLI_I386 := $(CLI_SRC:%.c=$(BUILD)/i386/%.o) $(CLI_ASM:%.S=$(BUILD)/i386/%.o)
CLI_SAN  := $(CLI_SRC:%.c=$(BUILD)/san/%.o) $(CLI_ASM:%.S=$(BUILD)/san/%.o)

$(BUILD)/host/arch/%.o: arch/%.S
	@mkdir -p $(@D)
	$(call say,AS)
	$(Q)$(CC) $(CPPFLAGS) -Iarch $(CFLAGS) -MMD -MP -c $< -o $@

# Code of 64 bits, too, as data for programs of 32: gas has none of it for these.
$(CLI_ASM:%.S=$(BUILD)/i386/%.o): $(BUILD)/i386/%.o: $(BUILD)/host/%.o
	@mkdir -p $(@D)
	$(call say,OBJCOPY)
	$(Q)objcopy -I elf64-x86-64 -O elf32-i386 $< $@

$(CLI_HOST) $(CLI_I386) $(CLI_SAN) $(BUILD)/san/tests/cli/fake_device.o: CPPFLAGS += -D_GNU_SOURCE
# Large files in programs of 32 bits. Not where functions are faked by their names.
$(CLI_HOST): CPPFLAGS += -D_FILE_OFFSET_BITS=64
$(CLI_HOST) $(CLI_SAN): CPPFLAGS += $(CLI_CFLAGS)
$(BUILD)/san/cli/unpack.o: CPPFLAGS += -DUNPACKED_MAX=16777216u
# explain.c carries the text.
$(BUILD)/host/cli/explain.o $(BUILD)/i386/cli/explain.o $(BUILD)/san/cli/explain.o: docs/errors.md

$(BUILD)/kleap: $(CLI_HOST) $(CLI_LIBS:%=$(BUILD)/lib%.a)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(CLI_LDLIBS) -o $@

# The command with a device and a system that are fakes, for tests/cli/cli.sh.
FAKED := open opendir ioctl mmap malloc calloc realloc sync socket if_nameindex if_freenameindex readlink reboot mount execv kimg_walk \
	getrandom explicit_bzero syscall memfd_create uname ask_processor sysconf
$(BUILD)/san/bin/kleap-fake: $(CLI_SAN) $(BUILD)/san/tests/cli/fake_device.o $(CLI_LIBS:%=$(BUILD)/san/lib%.a)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) $(FAKED:%=-Wl,--wrap=%) $^ $(CLI_LDLIBS) -o $@

check-host: $(BUILD)/san/bin/kleap-fake $(BUILD)/kleap

$(BUILD)/i386/kleap: $(CLI_I386) $(CLI_LIBS:%=$(BUILD)/i386/lib%.a)
	$(call say,LINK)
	$(Q)$(CC) -m32 -static $(CFLAGS) $(LDFLAGS) $^ \
		$(addprefix $(I386_SYSROOT)/usr/lib/i386-linux-gnu/lib,json-c.a z.a lzma.a zstd.a fdt.a) -o $@

# For the lab's 64-bit machines: this machine's, without shared libraries.
$(BUILD)/amd64/kleap: $(CLI_HOST) $(CLI_LIBS:%=$(BUILD)/lib%.a)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) -static $(CFLAGS) $(LDFLAGS) $^ $(CLI_LDLIBS) -o $@

$(BUILD)/i386/libsim.a: $(SIM_SRC:%.c=$(BUILD)/i386/%.o)
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
