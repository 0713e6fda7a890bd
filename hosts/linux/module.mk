# SPDX-License-Identifier: GPL-2.0-only
# make module [KDIR=kernel headers] [ARCH=i386] [MODULE_CC=gcc-12] [OUT=kleap.ko] [FAULTS=y STAGED=...: hosts/linux/faults.h]
# Stages the sources under build/ and lets the kernel's own build do the rest. Another compiler than the kernel's may lack
# the options that depend on these settings; so may this computer lack pahole.
KDIR   ?= /lib/modules/$(shell uname -r)/build
OUT    ?= $(BUILD)/kleap.ko
STAGED := $(BUILD)/module
MODULE_CC_FLAGS := KCFLAGS=-Wno-attributes CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT= CONFIG_DEBUG_INFO_BTF_MODULES=

ifneq ($(filter module,$(MAKECMDGOALS)),)
$(if $(filter-out 1,$(words $(abspath $(STAGED)))),$(error the kernel's build takes no folder with a space: give BUILD=))
ifeq ($(wildcard $(KDIR)/include/config/auto.conf),)
$(error kleap.ko needs the headers of a kernel, and there are none at $(KDIR) (KDIR))
endif
include $(KDIR)/include/config/auto.conf
kleap_kernel := $(shell cat $(KDIR)/include/config/kernel.release 2>/dev/null)
include hosts/linux/kernels.mk
endif

module:
	@mkdir -p $(STAGED)/hosts $(dir $(OUT))
	@cp -rpu core errors arch include $(STAGED)/
	@cp -rpu hosts/linux $(STAGED)/hosts/
	@cd $(STAGED) && find core errors arch include hosts/linux -name '*.[chS]' | \
		while read -r file; do [ -e "$(CURDIR)/$$file" ] || rm "$$file"; done
	@cp -p hosts/linux/Kbuild $(STAGED)/Kbuild
	$(call say,KBUILD)
	$(Q)$(MAKE) $(if $(Q),-s) -C $(KDIR) M=$(abspath $(STAGED)) $(if $(ARCH),ARCH=$(ARCH)) $(if $(MODULE_CC),CC=$(MODULE_CC) $(MODULE_CC_FLAGS)) \
		KLEAP_FAULTS=$(FAULTS) modules
	@cp $(STAGED)/kleap.ko $(OUT)

.PHONY: module
