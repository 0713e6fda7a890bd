# SPDX-License-Identifier: GPL-2.0-only
# make linux-tree [LINUX=path] [LEVEL=rfc|engine] [OUT=path] [PATCH=dir]
#
# Puts our change into a pristine linux-source tree of Debian: in place, or in a copy at OUT. Without LINUX: fetches the
# sources of 6.1 and 6.12, and leaves the changed trees at build/linux/VERSION-LEVEL.
# make linux-tree-check: both levels on both trees, and the changed objects compiled.
LEVEL ?= rfc

linux-tree: linux-tree-packages
ifdef LINUX
	@hosts/linux-tree/import $(if $(OUT),--out '$(OUT)') $(if $(PATCH),--patch '$(PATCH)') '$(LEVEL)' '$(LINUX)'
else
	@for version in 6.1 6.12; do \
		linux=$$(BUILD='$(BUILD)' hosts/linux-tree/fetch $$version) && \
		rm -rf "$(BUILD)/linux/$$version-$(LEVEL)" && \
		hosts/linux-tree/import --out "$(BUILD)/linux/$$version-$(LEVEL)" \
			$(if $(PATCH),--patch "$(PATCH)/$$version") '$(LEVEL)' "$$linux" || exit 1; \
	done
endif

linux-tree-check: linux-tree-packages
	@BUILD='$(BUILD)' hosts/linux-tree/check

linux-tree-packages:
	@hosts/linux-tree/packages

.PHONY: linux-tree linux-tree-check linux-tree-packages
