/* SPDX-License-Identifier: GPL-2.0-only */
/* What happens to the old page of a swap. */

			/* The old page I have found cannot be a
			 * destination page, so return it.
			 */
