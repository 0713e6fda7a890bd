/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside the reserved area. */
			if ((mstart < phys_to_boot_phys(crashk_res.start)) ||
			    (mend > phys_to_boot_phys(crashk_res.end))) {
