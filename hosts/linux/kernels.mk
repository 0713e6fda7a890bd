# SPDX-License-Identifier: GPL-2.0-only
# Whether kleap.ko can be built for a kernel, going by its configuration. Read by module.mk, to say so before anything is
# built, and by Kbuild.
kleap_needs = $(if $(filter y,$($(1))),,$(error kleap.ko cannot be built for this kernel: $(2)))

$(call kleap_needs,CONFIG_X86_32,it is not for 32-bit x86)
$(call kleap_needs,CONFIG_KPROBES,it has no kprobes (CONFIG_KPROBES))
