# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The tests: every test_*.c in a folder here is a program, every test_*.sh a script;
# all run under the sanitizers, and tests/run sums up.
#
#   make check-host                 everything that needs no virtual machine
#   make check-host TESTS=test_place.c
#   make prove                      every small world, up to 8 frames; ten minutes
#   make mutants                    do the tests notice a faulty engine?
#   KLEAP_CASES=100000 KLEAP_SEED=7 PATIENCE=10 make check-host TESTS=test_property.c

TEST_ALL := $(sort $(wildcard tests/*/test_*.c tests/*/test_*.sh)) tests/engine/exhaustive.c
TESTS    ?= $(notdir $(TEST_ALL))
ifneq ($(strip $(filter-out $(notdir $(TEST_ALL)),$(TESTS)) $(wildcard tests/test_*)),)
$(error no test in a folder of tests/: $(filter-out $(notdir $(TEST_ALL)),$(TESTS)) $(wildcard tests/test_*))
endif
TEST_SRC := $(foreach test,$(TESTS),$(filter %/$(test),$(TEST_ALL)))

# A folder of headers for kernel code: each that it includes stands for $(1).
define kernel_headers
$(Q)rm -rf $(@D); for header in $$(sed -n 's,^#include <\(\(linux\|asm\|xen\)/.*\)>,\1,p' $^ | \
	grep -vx linux/types.h | sort -u); do mkdir -p $(@D)/$$(dirname $$header) && \
	echo '#include "$(1)"' >$(@D)/$$header || exit 1; done; touch $@
endef

# The module's own files, on a kernel and a machine that stand in.
STANDIN     := $(BUILD)/standin
STANDIN_SRC := $(addprefix hosts/linux/,main.c device.c image.c digest.c handover.c rehearse.c leap.c ranges.c kept.c machine/restart.c sysfs.c errno.c) arch/tables.c
STANDIN_X86 := hosts/linux/machine/x86.c tests/module/standin_x86.c
STANDIN_ARM := $(addprefix hosts/linux/machine/,arm.c gic.c hotplug.c psci.c) $(addprefix tests/module/standin_,arm.c gic.c tree.c)
STANDIN_ARM64 := hosts/linux/machine/park.c tests/module/standin_park.c

$(STANDIN)/made: $(STANDIN_SRC) $(STANDIN_X86) $(STANDIN_ARM) $(STANDIN_ARM64) hosts/linux/frames.h hosts/linux/kleap.h hosts/linux/compat_restart.h hosts/linux/machine/machine.h
	$(call kernel_headers,standin.h)

# Some are for machines like this one: its instructions, its address space.
ifeq ($(filter x86_64%,$(shell $(CC) -dumpmachine)),)
SKIPPED  := $(wildcard tests/arch/test_*.c) $(wildcard tests/module/test_*.c)
endif
TEST_C   := $(filter-out %/exhaustive.c $(SKIPPED),$(filter %.c,$(TEST_ALL)))
TEST_BIN := $(patsubst %.c,$(BUILD)/san/bin/%,$(filter-out exhaustive.c,$(filter %.c,$(TESTS))))
# The module's files are tested as those of i386 and of x86_64, test_leap and test_leap_64, or of arm and arm64.
ARM_TESTS := $(addprefix tests/module/,test_arm.c test_kept.c test_park.c)
TWICE    := $(filter-out %/test_frames.c,$(filter tests/module/%,$(TEST_C)))
TEST_BIN += $(patsubst tests/module/%.c,$(BUILD)/san/bin/%_64,$(filter $(TEST_SRC),$(TWICE)))
TEST_SH  := $(filter %.sh,$(TEST_SRC))
TEST_OBJ := $(patsubst %.c,$(BUILD)/san/%.o,tests/lib/support.c tests/lib/oracle.c \
	tests/lib/machine.c tests/reference/reference.c \
	tests/reference/list_narrow.c tests/reference/list_wide.c)
TEST_LIB := $(BUILD)/san/libsim.a $(BUILD)/san/libboot.a $(BUILD)/san/libkimg.a

$(BUILD)/san/tests/%.o: CPPFLAGS += -Itests/lib -Itests/reference
# The Linux tree's own suite: a few of the kernel's words in tests/tree, and its idea of warnings.
$(BUILD)/san/tests/tree/test_kunit.o: CPPFLAGS += -Itests/tree -Ihosts/linux-tree/engine/1-kimg/tree/kernel/kimg
$(BUILD)/san/tests/tree/test_kunit.o: CFLAGS += -Wno-conversion -Wno-unused-parameter

# Programs have the names of their sources, without the folders.
test_program = $(BUILD)/san/bin/$(basename $(notdir $(1)))
$(foreach test,$(filter-out $(TWICE),$(TEST_C)),$(eval $(call test_program,$(test)): $(BUILD)/san/$(test:.c=.o)))

$(foreach test,$(TEST_C),$(call test_program,$(test))) $(foreach test,$(TWICE),$(call test_program,$(test))_64): $(TEST_OBJ) $(TEST_LIB)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(SANITIZE) -o $@ $(filter %.o,$^) $(TEST_LIB) -lcmocka $(TEST_LDLIBS)

ifneq ($(SKIPPED),)
$(foreach test,$(SKIPPED),$(call test_program,$(test))): $(BUILD)/san/tests/lib/skipped.o
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(SANITIZE) -o $@ $< -lcmocka
else

# The machine code of the leap, and a processor to run it on.
LEAP_OBJ := $(patsubst %,$(BUILD)/san/tests/arch/%.o,leap_machine arm_machine arm_cpu_32 arm_cpu_64 moved stub_ranges table_walk) $(patsubst %,$(BUILD)/san/arch/%.o,\
	$(foreach cpu,i386 x86_64 arm arm64,$(addprefix $(cpu)/,control trampoline switch entry)) x86/stub arm/stub arm64/park tables)
LEAP_TESTS := $(filter tests/arch/%,$(TEST_C))
$(LEAP_OBJ) $(patsubst %.c,$(BUILD)/san/%.o,$(LEAP_TESTS)): CPPFLAGS += -Iarch

$(BUILD)/san/arch/%.o: arch/%.S
	@mkdir -p $(@D)
	$(call say,AS)
	$(Q)$(CC) -Iarch -MMD -MP -c $< -o $@

# That of other processors, as bytes.
$(BUILD)/san/arch/arm%.o: arch/arm%.S tests/arch/foreign
	@mkdir -p $(@D)
	$(call say,AS)
	$(Q)CC='$(CC)' tests/arch/foreign $< $@

# The module's frames, in a kernel that is pretended: one header for all of Linux's.
PRETEND     := $(BUILD)/pretend
PRETEND_SRC := hosts/linux/frames.c hosts/linux/memory.c
PRETEND_OBJ := $(patsubst %.c,$(BUILD)/san/%.o,$(PRETEND_SRC) tests/module/pretend_linux.c)

$(PRETEND)/made: $(PRETEND_SRC) hosts/linux/frames.h hosts/linux/compat.h hosts/linux/kleap.h hosts/linux/machine/machine.h
	$(call kernel_headers,pretend_linux.h)

$(PRETEND_OBJ) $(BUILD)/san/tests/module/test_frames.o: $(PRETEND)/made
$(PRETEND_OBJ) $(BUILD)/san/tests/module/test_frames.o: CPPFLAGS += -I$(PRETEND) -Itests/module -Iarch -Ihosts/linux -D_GNU_SOURCE
# Code that is written for the kernel's warnings.
$(PRETEND_OBJ): WARN := -Wall

# The module's other files, and their tests.
STANDIN_ALL := $(STANDIN_SRC) $(addprefix tests/module/,standin.c standin_machine.c module_test.c)

# standin_kernel CPU,OPTION,FILES,TESTS,SUFFIX,CODE: a kernel with files of its own, and code of arch/, and the tests on it
define standin_kernel
$(BUILD)/san/$(1)/%.o: %.c $(STANDIN)/made
	@mkdir -p $$(@D)
	$$(call say,CC)
	$$(Q)$$(CC) $$(CPPFLAGS) $$(CFLAGS) $$(SANITIZE) -MMD -MP -c $$< -o $$@

STANDIN_OBJ += $(patsubst %.c,$(BUILD)/san/$(1)/%.o,$(STANDIN_ALL) $(3) $(4))
$(BUILD)/san/$(1)/%.o: CPPFLAGS += -I$(STANDIN) -Itests/module -Itests/lib -Ihosts/linux -Iarch -Iarch/$(1) -D_GNU_SOURCE -DCONFIG_$(2)
# The kernel's formats are for an uint64_t that is a long long; the fuzzers check them.
$(BUILD)/san/$(1)/%.o: WARN := -Wall -Wno-format
$(foreach test,$(4),$(call test_program,$(test))$(5): $(BUILD)/san/$(1)/$(test:.c=.o)
)$(foreach test,$(4),$(call test_program,$(test))$(5)): $(patsubst %.c,$(BUILD)/san/$(1)/%.o,$(STANDIN_ALL) $(3)) $(addprefix $(BUILD)/san/arch/$(1)/,control.o trampoline.o $(6))
endef
$(eval $(call standin_kernel,i386,X86_32,$(STANDIN_X86),$(filter-out $(ARM_TESTS),$(TWICE)),))
$(eval $(call standin_kernel,x86_64,X86_64,$(STANDIN_X86),$(filter-out $(ARM_TESTS),$(TWICE)),_64))
$(eval $(call standin_kernel,arm,ARM,$(STANDIN_ARM),$(ARM_TESTS),))
$(eval $(call standin_kernel,arm64,ARM64,$(STANDIN_ARM) $(STANDIN_ARM64),$(ARM_TESTS),_64,park.o))

$(foreach test,$(LEAP_TESTS),$(eval $(call test_program,$(test)): $(LEAP_OBJ)))
$(foreach test,$(LEAP_TESTS),$(eval $(call test_program,$(test)): TEST_LDLIBS += -lunicorn))
$(BUILD)/san/bin/test_frames: $(PRETEND_OBJ)
endif

# Small worlds, millions of them: without the sanitizers.
EXHAUSTIVE := $(patsubst %.c,$(BUILD)/host/tests/engine/%.o,exhaustive.c \
	small_config.c small_host.c small_judge.c)

$(BUILD)/host/bin/exhaustive: $(EXHAUSTIVE) $(BUILD)/libkimg.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) -o $@ $^ -lcmocka

TEST_BIN += $(patsubst %.c,$(BUILD)/host/bin/%,$(filter exhaustive.c,$(TESTS)))

# This one compiles against the archives.
check-host: $(if $(filter test_kexec_core.sh,$(TESTS)),$(TEST_OBJ) $(TEST_LIB))
check-host: $(TEST_BIN)
	@BUILD='$(BUILD)' CC='$(CC)' WARN='$(WARN) -Werror' tests/run $(TEST_BIN) $(TEST_SH)

# Not part of check: the same with more frames.
prove: $(BUILD)/host/bin/exhaustive
	@KLEAP_PROGRESS=1 KLEAP_FRAMES="$${KLEAP_FRAMES:-8}" $<

.PHONY: check-host prove
.SECONDARY: $(TEST_OBJ) $(LEAP_OBJ) $(PRETEND_OBJ) $(STANDIN_OBJ) $(TEST_C:%.c=$(BUILD)/san/%.o)

# Not part of check: whether the tests notice an engine with a fault in it.
mutants:
	@BUILD='$(BUILD)' CC='$(CC)' tests/mutants

.PHONY: mutants
