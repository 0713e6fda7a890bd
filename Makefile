# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# How kleap is built. Each folder adds its own part in a .mk file.
#
#   make           the command (build/kleap) and the library (build/libkimg.a)
#   make install   them and what belongs to them; install/install.mk
#   make demo      a leap in QEMU, stock kexec beside kleap, one table
#   make check     all tests
#   make bench     the figures
#   make help      the rest

# All paths are relative to this folder: called from another one, go there.
ifneq ($(filter-out Makefile,$(MAKEFILE_LIST)),)
home := $(shell path='$(MAKEFILE_LIST)' && dirname "$${path# }")
$(or $(MAKECMDGOALS),all): there
	@:
there:
	@$(MAKE) --no-print-directory -C '$(home)' $(if $(BUILD),BUILD='$(abspath $(BUILD))') $(MAKECMDGOALS)
.PHONY: there $(or $(MAKECMDGOALS),all)
else

BUILD      ?= build
CC         ?= gcc
PKG_CONFIG ?= pkg-config
VERSION    := $(shell sed -n 's/^.define KLEAP_VERSION "\(.*\)"/\1/p' include/kleap_version.h)
OPT        ?= -O2 -g
WARN       := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla
# What is asked for on the command line comes in addition.
override CPPFLAGS += -Iinclude -Ihosts/sim -Iboot
override CFLAGS   += -std=c11 $(OPT) $(WARN) $(WERROR)
# A warning is an error in what is built for tests: not where a user builds, with whatever compiler.
$(BUILD)/san/% $(BUILD)/i386/% $(BUILD)/fuzz/% $(BUILD)/host/tests/% $(BUILD)/host/bench/%: WERROR := -Werror

ifneq ($(words x$(BUILD)x),1)
$(error BUILD='$(BUILD)': make can have no spaces in the names of files)
endif

# A line for each thing made; V=1 shows the commands.
ifeq ($(V),)
Q   := @
say  = @printf '  %-5s %s\n' '$(1)' '$(patsubst $(BUILD)/%,%,$@)'
endif

all: $(BUILD)/kleap $(BUILD)/libkimg.a

include core/core.mk
include boot/boot.mk
include hosts/sim/sim.mk
include hosts/linux/module.mk
include install/install.mk
include hosts/linux-tree/linux-tree.mk
include cli/cli.mk
include tests/tests.mk
include tests/analysis.mk
include tests/proof/proof.mk
include tests/fuzz/fuzz.mk
include bench/bench.mk
include lab/lab.mk

# Objects of the three ways to compile: for this machine, for i386, and for this
# machine with the sanitizers that all host tests run under.
$(BUILD)/host/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/i386/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) -m32 $(CPPFLAGS) $(CPPFLAGS_I386) $(CFLAGS) -D_FILE_OFFSET_BITS=64 -MMD -MP -c $< -o $@

SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
$(BUILD)/san/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(SANITIZE) -MMD -MP -c $< -o $@

-include $(shell find $(BUILD)/host $(BUILD)/i386 $(BUILD)/san -name '*.d' 2>/dev/null)

# Everything that can be seen to work; sets up what it needs on Debian 12.
check: packages
	@BUILD='$(BUILD)' tests/check

# Figures: counts in the simulator, then guest instructions of loads in the lab.
bench: packages bench-host bench-lab

packages:
	@tests/packages

help:
	@sed -n '/^#   make/s/^#   //p' Makefile $(wildcard */*.mk */*/*.mk)

clean:
	rm -rf $(addprefix $(BUILD)/,host i386 san fuzz module coverage clang bigendian analyse lib*.a kleap)

.PHONY: all check bench packages help clean
.DELETE_ON_ERROR:
endif
