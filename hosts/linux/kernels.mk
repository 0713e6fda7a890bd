# SPDX-License-Identifier: GPL-2.0-only
# Whether kleap.ko can be built for a kernel, going by its configuration and by $(kleap_kernel), its version. Read by
# module.mk, to say so before anything is built, and by Kbuild.
kleap_needs = $(if $(filter y,$($(1))),,$(error kleap.ko cannot be built for this kernel: $(2)))
kleap_lacks = $(if $(1),$(error kleap.ko cannot be built for this kernel: $(2)))

kleap_cpu := $(CONFIG_X86)$(CONFIG_ARM)$(CONFIG_ARM64)
$(call kleap_needs,kleap_cpu,its processor is neither x86 nor ARM)
$(if $(CONFIG_ARM64),$(call kleap_needs,CONFIG_ARM64_4K_PAGES,its pages are not of 4 KiB))
$(call kleap_lacks,$(CONFIG_CPU_BIG_ENDIAN),it is big-endian)
ifdef CONFIG_ARM
$(call kleap_needs,CONFIG_CPU_V7,it is not for ARMv7)
# It also runs on processors that lack our instructions.
$(call kleap_lacks,$(CONFIG_CPU_V6)$(CONFIG_CPU_V6K),it is for ARMv6 too)
# Kernels load no module that calls ARM code from Thumb code.
$(call kleap_lacks,$(CONFIG_THUMB2_KERNEL),it is Thumb code (CONFIG_THUMB2_KERNEL))
endif
$(call kleap_needs,CONFIG_KPROBES,it has no kprobes (CONFIG_KPROBES))

# The kernels that compat.h and compat_restart.h know, each with its updates.
kleap_oldest := 5.10
kleap_newest := 7.2
kleap_known  = $(shell printf '%s\n' $(kleap_oldest) '$(kleap_kernel)' $(kleap_newest).999 | sort -VC && echo y)

ifneq ($(if $(kleap_kernel),$(KLEAP_ANY_KERNEL),y),y)
$(if $(kleap_known),,$(error kleap.ko is for Linux $(kleap_oldest) to $(kleap_newest), and this kernel is $(kleap_kernel); KLEAP_ANY_KERNEL=y builds it all the same))
endif
