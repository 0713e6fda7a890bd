# SPDX-License-Identifier: GPL-2.0-only
# make module [KDIR=kernel headers] [ARCH=i386] [OUT=kleap.ko] [FAULTS=y STAGED=...: hosts/linux/faults.h]
# Stages the sources under build/ and lets the kernel's own build do the rest.
KDIR   ?= /lib/modules/$(shell uname -r)/build
OUT    ?= $(BUILD)/kleap.ko
STAGED := $(BUILD)/module

module:
	$(if $(filter-out 1,$(words $(abspath $(STAGED)))),$(error the kernel's build takes no folder with a space: give BUILD=))
	@mkdir -p $(STAGED) $(dir $(OUT))
	@cp -rpu core errors arch include hosts $(STAGED)/
	@cd $(STAGED) && find core errors arch include hosts -name '*.[chS]' | \
		while read -r file; do [ -e "$(CURDIR)/$$file" ] || rm "$$file"; done
	@cp -p hosts/linux/Kbuild $(STAGED)/Kbuild
	$(call say,KBUILD)
	$(Q)$(MAKE) $(if $(Q),-s) -C $(KDIR) M=$(abspath $(STAGED)) $(if $(ARCH),ARCH=$(ARCH)) \
		KLEAP_FAULTS=$(FAULTS) modules
	@cp $(STAGED)/kleap.ko $(OUT)

.PHONY: module
