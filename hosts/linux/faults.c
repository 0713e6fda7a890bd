// SPDX-License-Identifier: GPL-2.0-only
/* Which call fails: see faults.h. Parameters of the module, and of insmod. */
#include <linux/module.h>

static unsigned int fail_nth;
module_param(fail_nth, uint, 0600);
MODULE_PARM_DESC(fail_nth, "the n-th call from now on fails; 0: none does");

static bool fail_on;
module_param(fail_on, bool, 0600);
MODULE_PARM_DESC(fail_on, "so do all after it");

static unsigned int failed;
module_param(failed, uint, 0600);
MODULE_PARM_DESC(failed, "how many have failed");

bool kleap_fault(void)
{
	if (!fail_nth)
		return false;
	if (fail_nth > 1) {
		fail_nth--;
		return false;
	}
	if (!fail_on)
		fail_nth = 0;
	failed++;
	return true;
}
