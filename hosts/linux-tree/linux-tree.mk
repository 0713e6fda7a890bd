# SPDX-License-Identifier: GPL-2.0-only
# make linux-tree [LINUX=path] [LEVEL=fixes|rfc|engine] [OUT=path] [PATCH=dir]
#
# Puts our change into a pristine Linux tree: in place, or in a copy at OUT. Without LINUX: fetches Debian's source of each
# version that the level knows, and leaves the changed trees at build/linux/VERSION-LEVEL.
# make linux-tree-check: all levels on all trees, and the changed objects compiled.
LEVEL ?= rfc

linux-tree: linux-tree-packages
ifdef LINUX
	@hosts/linux-tree/import $(if $(OUT),--out '$(OUT)') $(if $(PATCH),--patch '$(PATCH)') '$(LEVEL)' '$(LINUX)'
else
	@for version in $$(sed -n 's/^\([0-9][^ ]*\) .*/\1/p' 'hosts/linux-tree/$(LEVEL)/known' | sort -uV); do \
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
