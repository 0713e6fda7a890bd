/* SPDX-License-Identifier: GPL-2.0-only */
/* What happens to the old page of a swap. */
			 * destination page, so return it.
