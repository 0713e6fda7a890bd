// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel does for the next kernel in a kexec, but leaves to the firmware in a
 * restart. The kernel tests kexec_in_progress, which modules cannot access; so this is
 * done here, or the leap is refused.
 *
 *   kexec                                          here
 *   security_kernel_load_data(), LOCKDOWN_KEXEC    asked, in the same order
 *   kexec_load_disabled                            not exported: the command asks
 *   pci_device_shutdown() clears bus mastering     kleap_stop_dma()
 *   smp_kick_mwait_play_dead()                     x86: no leap with a CPU offline
 *   smp_shutdown_nonboot_cpus()                    ARM: machine_stop_cpus(); with spin tables
 *                                                  kexec refuses, here machine_send_away()
 *   Xen's soft reset, Hyper-V's hv_kexec_handler() no load on these
 *   enc_kexec_begin() and _finish() of SEV and TDX no load where memory is encrypted
 *   wbinvd on the last CPU, where there is SME or TDX the same
 *   no do_kernel_restart_prepare()                 compat_restart.h ends it
 *   hw_breakpoint_disable()                        DR7 is cleared in the switch
 *   cet_disable()                                  CR4.CET is cleared in the switch; a kernel
 *                                                  that sets it sets its MSRs first
 *   liveupdate_reboot()                            not exported: sessions are not handed over
 *   update_efi_random_seed()                       the new kernel gets no EFI tables
 *
 * KVM leaves virtualization by a reboot notifier, or when system devices are shut down;
 * machine_shutdown() stops IOMMUs: both in a restart as in a kexec.
 */
#include "kleap.h"

#include <linux/cpumask.h>
#include <linux/pci.h>
#include <linux/security.h>

#include "machine/machine.h"

enum kimg_error kleap_may_load(struct kimg_why *why)
{
	int code = security_kernel_load_data(LOADING_KEXEC_IMAGE, false);

	if (code)
		return kimg_fail(why, KIMG_E_POLICY, .a = -code);
	if (security_locked_down(LOCKDOWN_KEXEC))
		return kimg_fail(why, KIMG_E_LOCKDOWN);
	return machine_may_load(why);
}

enum kimg_error kleap_refuse_cpus(bool (*is_refused)(unsigned int cpu),
				  enum kimg_error error, struct kimg_why *why)
{
	u64 count = 0, bits = 0, base = 0;
	unsigned int cpu;

	for_each_present_cpu(cpu) {
		if (!is_refused(cpu))
			continue;
		if (!count++)
			base = round_down(cpu, 64);
		if (cpu - base < 64)
			bits |= 1ull << (cpu - base);
	}
	if (count)
		return kimg_fail(why, error, .a = count, .b = bits, .c = base);
	return KIMG_OK;
}

void kleap_stop_dma(void)
{
	struct pci_dev *device = NULL;

	/* Not in D3cold or an unknown state: the device does not respond there. */
	for_each_pci_dev(device)
		if (device->current_state <= PCI_D3hot)
			pci_clear_master(device);
}
