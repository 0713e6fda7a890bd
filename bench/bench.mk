# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Figures, as lines "name: value": bench-host needs no virtual machine, bench-lab
# loads on lab machines and takes some minutes a machine.

BENCH_OBJ := $(patsubst %.c,$(BUILD)/host/%.o,bench/bench_place.c bench/flat.c \
	tests/reference/reference.c \
	tests/reference/list_narrow.c tests/reference/list_wide.c)

$(BUILD)/host/bench/%.o: CPPFLAGS += -Itests/reference

$(BUILD)/bench_place: $(BENCH_OBJ) $(BUILD)/libsim.a $(BUILD)/libkimg.a
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ -o $@

bench-host: $(BUILD)/bench_place
	@$(BUILD)/bench_place
	@BUILD='$(BUILD)' CC='$(CC)' bench/core_text

# One machine after another; each must fit in this computer's memory.
BENCH_MACHINES ?= i386-2g i386-6g i386-16g x86_64-6g arm64-2g armhf-2g armhf-8g

bench-lab:
	@BUILD='$(BUILD)' bench/lab $(BENCH_MACHINES)

.PHONY: bench-host bench-lab
