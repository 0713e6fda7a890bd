/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Pages, and the entries of the list, for assembly. */
#ifndef ARCH_LIST_H
#define ARCH_LIST_H

#define PAGE		4096
#define OFFSET_MASK	(PAGE - 1)

/* The flags of entries: KIMG_DESTINATION and so on. */
#define FLAG_DESTINATION 1
#define FLAG_INDIRECTION 2
#define FLAG_DONE	4
#define FLAG_SOURCE	8

#endif
