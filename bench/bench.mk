# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Figures that need no virtual machine, as lines "name: value".

BENCH_OBJ := $(patsubst %.c,$(BUILD)/host/%.o,bench/bench_place.c bench/flat.c \
	tests/reference/reference.c)

$(BUILD)/host/bench/%.o: CPPFLAGS += -Itests

$(BUILD)/bench_place: $(BENCH_OBJ) $(BUILD)/libsim.a $(BUILD)/libkimg.a
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ -o $@

bench-host: $(BUILD)/bench_place
	@$(BUILD)/bench_place
	@BUILD='$(BUILD)' CC='$(CC)' bench/core_text

.PHONY: bench-host
