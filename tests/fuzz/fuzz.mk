# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The fuzzers: every fuzz_*.c here is one, built by clang with libFuzzer and the
# sanitizers, from the same sources as everything else; and the lab's hostile fuzz.
# docs/fuzzing.md.
#
#   make fuzz SECONDS=300          each fuzzer for so long; FUZZ=bzimage for one
#   make fuzz-quick                the corpus and a fixed number of runs of each
#   make fuzz-selftest             does each fuzzer find a fault that is planted?
#   make fuzz-corpus               add what fuzzing found to the corpus, minimised

CLANG    ?= clang-14
SECONDS  ?= 60
FUZZ     ?= $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c)) hostile

FUZZ_SAN := -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_SRC := tests/fuzz/fuzz.c $(KIMG_SRC) $(BOOT_SRC)
# Not the product, and in their loops most of the time: no coverage of these.
FUZZ_AID := tests/lib/support.c tests/lib/oracle.c tests/lib/machine.c $(SIM_SRC)
FUZZ_OBJ := $(patsubst %.c,$(BUILD)/fuzz/%.o,$(FUZZ_SRC) $(FUZZ_AID))
FUZZ_BIN := $(FUZZ:%=$(BUILD)/fuzz/bin/%)

FUZZ_COVER := -fsanitize=fuzzer-no-link
$(FUZZ_AID:%.c=$(BUILD)/fuzz/%.o): FUZZ_COVER :=

# clang has another word for what the simulator asks for.
FUZZ_CC = $(CLANG) $(CPPFLAGS) -Itests/lib -D_GNU_SOURCE -D__SANITIZE_ADDRESS__ $(CFLAGS) \
	$(FUZZ_SAN)

$(BUILD)/fuzz/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(FUZZ_CC) $(FUZZ_COVER) -MMD -MP -c $< -o $@

$(BUILD)/fuzz/bin/%: $(BUILD)/fuzz/tests/fuzz/fuzz_%.o $(FUZZ_OBJ)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CLANG) -fsanitize=fuzzer $(FUZZ_SAN) $^ $(FUZZ_LIBS) -lcmocka -o $@

# The command, whose main() is called by the fuzzer's.
FUZZ_CLI := $(CLI_SRC:%.c=$(BUILD)/fuzz/%.o) $(CLI_ASM:%.S=$(BUILD)/host/%.o)
$(FUZZ_CLI) $(BUILD)/fuzz/tests/fuzz/fuzz_plan.o $(BUILD)/fuzz/tests/fuzz/fuzz_tree.o: FUZZ_COVER += -Icli $(CLI_CFLAGS)
$(BUILD)/fuzz/cli/main.o: FUZZ_COVER += -Dmain=kleap_main -Wno-missing-prototypes
$(BUILD)/fuzz/cli/explain.o: docs/errors.md
$(BUILD)/fuzz/bin/plan $(BUILD)/fuzz/bin/tree: $(FUZZ_CLI)
$(BUILD)/fuzz/bin/plan $(BUILD)/fuzz/bin/tree: FUZZ_LIBS := $(CLI_LDLIBS)

# The module's files, for each machine they are for, on the stand-in of tests/module.
FUZZ_MOD := $(filter-out hosts/linux/image.c,$(STANDIN_SRC)) $(STANDIN_X86) tests/fuzz/image_again.c
FUZZ_ALL := tests/fuzz/fuzz.c tests/module/standin.c tests/module/standin_machine.c $(FUZZ_MOD) $(KIMG_SRC) $(SIM_SRC)
FUZZ_32  := $(patsubst %.c,$(BUILD)/fuzz/32/%.o,tests/fuzz/fuzz_device.c $(FUZZ_ALL) arch/i386/control.c) \
	$(BUILD)/fuzz/32/arch/i386/trampoline.o
FUZZ_64  := $(patsubst %.c,$(BUILD)/fuzz/64/%.o,tests/fuzz/fuzz_device_64.c $(FUZZ_ALL) arch/x86_64/control.c) \
	$(BUILD)/fuzz/64/arch/x86_64/trampoline.o
# Without PIE its data lie below 4 GiB, where the pointers of a 32-bit caller reach.
FUZZ_FOR_32 := -m32 -Iarch/i386
FUZZ_FOR_64 := -fno-pie -Iarch/x86_64 -DCONFIG_X86_64

$(SIM_SRC:%.c=$(BUILD)/fuzz/32/%.o) $(SIM_SRC:%.c=$(BUILD)/fuzz/64/%.o): FUZZ_COVER :=
# Kernel code passes over parameters, and mixes signs; its formats are for an uint64_t that is a long long.
$(FUZZ_MOD:%.c=$(BUILD)/fuzz/32/%.o) $(FUZZ_MOD:%.c=$(BUILD)/fuzz/64/%.o): FUZZ_COVER += -Wno-unused-parameter \
	-Wno-sign-compare -Wno-sign-conversion -Wno-shorten-64-to-32
$(FUZZ_64): FUZZ_COVER += -Wno-format

define fuzz_module
$(BUILD)/fuzz/$(1)/%.o: %.c $(STANDIN)/made
	@mkdir -p $$(@D)
	$$(call say,CC)
	$$(Q)$$(FUZZ_CC) $$(FUZZ_FOR_$(1)) -Itests/module -Ihosts/linux -Iarch -I$(STANDIN) $$(FUZZ_COVER) -MMD -MP -c $$< -o $$@

$(BUILD)/fuzz/$(1)/%.o: %.S
	@mkdir -p $$(@D)
	$$(call say,AS)
	$$(Q)$(CLANG) $$(FUZZ_FOR_$(1)) -Iarch -MMD -MP -c $$< -o $$@
endef
$(eval $(call fuzz_module,32))
$(eval $(call fuzz_module,64))

$(BUILD)/fuzz/bin/device: $(FUZZ_32)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CLANG) -m32 -fsanitize=fuzzer $(FUZZ_SAN) $^ -o $@

$(BUILD)/fuzz/bin/device_64: $(FUZZ_64)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CLANG) -no-pie -fsanitize=fuzzer $(FUZZ_SAN) $^ -o $@

# The lab's hostile fuzz, with the same files for a device.
HOSTILE := $(patsubst %.c,$(BUILD)/fuzz/hostile/%.o,$(wildcard lab/guest/hostile*.c))
HOSTILE_FOLDER := -DFOLDER='"$(BUILD)/fuzz/sys"'

# Its flags and the linker's belong together.
$(BUILD)/fuzz/hostile/%.o: %.c tests/fuzz/fuzz.mk
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CLANG) -m32 -O2 -g -Wall -Werror -Iinclude -D_FILE_OFFSET_BITS=64 $(HOSTILE_FOLDER) $(FUZZ_SAN) \
		-MMD -MP -c $< -o $@

$(BUILD)/fuzz/32/tests/fuzz/hostile_here.o: FUZZ_COVER := $(HOSTILE_FOLDER)
$(BUILD)/fuzz/bin/hostile: $(HOSTILE) $(BUILD)/fuzz/32/tests/fuzz/hostile_here.o \
		$(filter-out %/fuzz_device.o,$(FUZZ_32))
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CLANG) -m32 -fsanitize=fuzzer-no-link $(FUZZ_SAN) \
		-Wl,--wrap=open64,--wrap=ioctl,--wrap=fopen64 $^ -o $@

.SECONDARY: $(FUZZ_OBJ) $(FUZZ:%=$(BUILD)/fuzz/tests/fuzz/fuzz_%.o)
-include $(shell find $(BUILD)/fuzz -name '*.d' 2>/dev/null)

fuzz fuzz-quick fuzz-corpus: fuzz-bin
	@BUILD='$(BUILD)' FUZZ_SECONDS='$(SECONDS)' tests/fuzz/run $@ $(FUZZ)

fuzz-selftest: fuzz-packages
	@BUILD='$(BUILD)' tests/fuzz/planted $(FUZZ)

fuzz-bin: fuzz-packages
	@$(MAKE) --no-print-directory $(FUZZ_BIN)

fuzz-packages: packages
	@tests/packages clang-14 libclang-rt-14-dev lib32stdc++-12-dev qemu-user

.PHONY: fuzz fuzz-quick fuzz-corpus fuzz-selftest fuzz-bin fuzz-packages
