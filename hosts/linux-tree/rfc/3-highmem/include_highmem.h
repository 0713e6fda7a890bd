/* SPDX-License-Identifier: GPL-2.0-only */
/* What temporary mappings need. */
#include <linux/highmem.h>
