# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The one list of the engine's source files: make, the module's Kbuild and the
# import into a Linux tree all read it.
KIMG_CORE := image.c segments.c list.c pile.c place.c control.c fill.c check.c walk.c
