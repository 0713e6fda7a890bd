/* SPDX-License-Identifier: GPL-2.0-only */
/* The RFC's list with entries of 4 bytes. */
#define ENTRY uint32_t
#define LIST  ref_list_narrow
#include "linux_list.h"
