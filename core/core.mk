# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# libkimg, the engine, and with it the errors in words, which programs want and
# a kernel can do without.
include core/sources.mk

KIMG_SRC := $(addprefix core/,$(KIMG_CORE) $(KIMG_READ)) errors/explain.c

$(BUILD)/libkimg.a: $(KIMG_SRC:%.c=$(BUILD)/host/%.o)
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/san/libkimg.a: $(KIMG_SRC:%.c=$(BUILD)/san/%.o)
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/i386/libkimg.a: $(KIMG_SRC:%.c=$(BUILD)/i386/%.o)
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
