/* SPDX-License-Identifier: GPL-2.0-only */
/* Which pages are reserved. */
			/* Hibernation does not save reserved high memory. */
			if (!PageHighMem(pages))
				SetPageReserved(pages + i);
