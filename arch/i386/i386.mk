# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The i386 trampoline. The module builds the assembly; host tests the tables.
ARCH_SRC := arch/i386/control.c

$(BUILD)/san/libarch.a: $(ARCH_SRC:%.c=$(BUILD)/san/%.o)
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
