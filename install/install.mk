# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#   make install                   command, library, headers, man page, completion, the module's sources for dkms;
#                                  PREFIX=/usr/local DESTDIR= bindir= libdir= includedir= mandir= completionsdir=
#   make uninstall                 take them away again, with the same settings
#   make modules_install           kleap.ko to where modprobe finds it, after make module

PREFIX         ?= /usr/local
bindir         ?= $(PREFIX)/bin
libdir         ?= $(PREFIX)/lib
includedir     ?= $(PREFIX)/include
mandir         ?= $(PREFIX)/share/man
completionsdir ?= $(PREFIX)/share/bash-completion/completions
# dkms looks in /usr/src only; it takes sources from elsewhere if it is told the folder.
moduledir       = $(PREFIX)/src/kleap-$(VERSION)

INSTALL ?= install
DEPMOD  ?= $(firstword $(wildcard /sbin/depmod /usr/sbin/depmod) depmod)
MODINFO ?= $(firstword $(wildcard /sbin/modinfo /usr/sbin/modinfo) modinfo)

HEADERS := $(wildcard include/kimg*.h include/kleap*.h)
MODULE_SRC = $(sort $(shell find core errors arch include hosts/linux -name '*.[chS]')) hosts/linux/kernels.mk core/sources.mk

# A file with the settings put in.
fill = sed $(foreach name,PREFIX VERSION libdir includedir,-e 's,@$(name)@,$($(name)),')

# Everything that is installed, but the module's sources: they have a folder of their own.
INSTALLED = $(bindir)/kleap $(libdir)/libkimg.a $(libdir)/pkgconfig/libkimg.pc $(HEADERS:include/%=$(includedir)/%) \
	$(mandir)/man8/kleap.8 $(completionsdir)/kleap

install: all
	$(Q)$(INSTALL) -d $(foreach folder,$(sort $(dir $(INSTALLED))) $(moduledir),'$(DESTDIR)$(folder)')
	$(Q)$(INSTALL) $(BUILD)/kleap '$(DESTDIR)$(bindir)/kleap'
	$(Q)$(INSTALL) -m 644 $(BUILD)/libkimg.a '$(DESTDIR)$(libdir)/libkimg.a'
	$(Q)$(INSTALL) -m 644 $(HEADERS) '$(DESTDIR)$(includedir)'
	$(Q)$(INSTALL) -m 644 man/kleap.8 '$(DESTDIR)$(mandir)/man8/kleap.8'
	$(Q)$(INSTALL) -m 644 completions/kleap.bash '$(DESTDIR)$(completionsdir)/kleap'
	$(Q)$(fill) install/libkimg.pc | $(INSTALL) -m 644 /dev/stdin '$(DESTDIR)$(libdir)/pkgconfig/libkimg.pc'
	$(Q)for file in $(MODULE_SRC); do $(INSTALL) -D -m 644 $$file "$(DESTDIR)$(moduledir)/$$file" || exit 1; done
	$(Q)$(INSTALL) -m 644 hosts/linux/Kbuild '$(DESTDIR)$(moduledir)/Kbuild'
	$(Q)$(fill) install/dkms.conf | $(INSTALL) -m 644 /dev/stdin '$(DESTDIR)$(moduledir)/dkms.conf'

uninstall:
	$(Q)rm -f $(foreach file,$(INSTALLED),'$(DESTDIR)$(file)')
	$(Q)rm -rf '$(DESTDIR)$(moduledir)'

# For the kernel that it was built for, which may be another than the running one.
modules_install:
	@[ -e '$(OUT)' ] || { echo 'there is no $(OUT): make module first' >&2; exit 1; }
	$(Q)release=$$($(MODINFO) -F vermagic '$(OUT)') && release=$${release%% *} && \
		$(INSTALL) -D -m 644 '$(OUT)' "$(DESTDIR)/lib/modules/$$release/updates/kleap.ko" && \
		$(DEPMOD) -b '$(DESTDIR)/' "$$release"

.PHONY: install uninstall modules_install
