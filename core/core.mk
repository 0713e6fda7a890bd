# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# libkimg, the engine. KIMG_CORE is the one list of its source files: make, the
# module's Kbuild and the tree import all read it. The errors in words are a part
# of the library for programs; a kernel can do without them.

KIMG_CORE := image.c segments.c list.c pile.c place.c control.c fill.c check.c walk.c

KIMG_SRC := $(addprefix core/,$(KIMG_CORE)) errors/explain.c

$(BUILD)/libkimg.a: $(KIMG_SRC:%.c=$(BUILD)/host/%.o)
	$(AR) rcs $@ $^

$(BUILD)/san/libkimg.a: $(KIMG_SRC:%.c=$(BUILD)/san/%.o)
	$(AR) rcs $@ $^

$(BUILD)/i386/libkimg.a: $(KIMG_SRC:%.c=$(BUILD)/i386/%.o)
	$(AR) rcs $@ $^
