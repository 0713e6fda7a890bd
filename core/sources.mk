# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The one list of the engine's source files: make, the module's Kbuild and the
# import into a Linux tree all read it. KIMG_CORE is what builds an image;
# KIMG_READ reads lists as a trampoline does, which a kernel can do without.
KIMG_CORE := image.c segments.c fail.c list.c pile.c draw.c place.c control.c fill.c check.c
KIMG_READ := walk.c
