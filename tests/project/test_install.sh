#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What make install puts where, and that it is of use there: a program links with
# the library, dkms builds the module, modprobe finds it.

. tests/project/project.sh

root=$work/root
version=$(sed -n 's/^#define KLEAP_VERSION "\(.*\)"/\1/p' include/kleap_version.h)

# install_ TARGET SETTING...: make, into an empty folder.
install_() {
	make -s "$@" DESTDIR="$root" BUILD="$BUILD" CC="$CC" > "$work/out" 2>&1
}

# listed FOLDER: the files in it, as a list.
listed() { (cd "$1" && find . -type f | sed 's,^\.,,' | sort); }

# ---- The list ---------------------------------------------------------------------
install_ install PREFIX=/usr
verdict 'make install'
source=/usr/src/kleap-$version
{
	sed 's/#.*//; s/ *$//; /^$/d' <<'END'
/usr/bin/kleap
/usr/include/kimg.h
/usr/include/kimg_env.h
/usr/include/kimg_errors.h
/usr/include/kimg_host.h
/usr/include/kleap_entry.h
/usr/include/kleap_ioctl.h
/usr/include/kleap_version.h
/usr/lib/libkimg.a
/usr/lib/pkgconfig/libkimg.pc
/usr/share/bash-completion/completions/kleap
/usr/share/man/man8/kleap.8
END
	# The module's sources are all that its build reads.
	find core errors arch include hosts/linux -name '*.[chS]' | sed "s,^,$source/,"
	printf "$source/%s\n" Kbuild dkms.conf core/sources.mk hosts/linux/kernels.mk
} | sort > "$work/list"
listed "$root" | diff "$work/list" - > "$work/out"
verdict 'the list of files'
[ -x "$root/usr/bin/kleap" ] && ! find "$root" -type f -perm /022 | grep .
verdict 'the command can be run, and nobody but the owner writes'
install_ uninstall PREFIX=/usr && [ -z "$(listed "$root")" ]
verdict 'make uninstall takes all of it away'
install_ install && install_ install bindir=/opt/kleap PREFIX=/opt libdir=/opt/lib/i386-linux-gnu &&
	[ -x "$root/usr/local/bin/kleap" ] && [ -d "$root/usr/local/src/kleap-$version" ] &&
	[ -x "$root/opt/kleap/kleap" ] && [ -e "$root/opt/lib/i386-linux-gnu/pkgconfig/libkimg.pc" ] &&
	grep -qx 'libdir=/opt/lib/i386-linux-gnu' "$root/opt/lib/i386-linux-gnu/pkgconfig/libkimg.pc"
verdict 'PREFIX is /usr/local, and each folder can be another'

# ---- The version ------------------------------------------------------------------
rm -rf "$root"
install_ install PREFIX=/usr
"$root/usr/bin/kleap" --version > "$work/out" && [ "$(cat "$work/out")" = "kleap $version" ]
verdict 'the command says the version'
grep '^MODULE_VERSION' hosts/linux/main.c > "$work/out" && says KLEAP_VERSION
verdict 'the module has the same'
! grep -r '@[A-Za-z]*@' "$root/usr/lib/pkgconfig" "$root$source/dkms.conf" > "$work/out"
verdict 'no setting is left open'

# ---- The library ------------------------------------------------------------------
cat > "$work/program.c" <<'END'
#include <kimg.h>
#include <kleap_ioctl.h>
#include <kleap_version.h>
#include <stdio.h>

static enum kimg_error (*volatile engine)(struct kimg_image *, struct kimg_why *) = kimg_seal;

int main(void)
{
	printf("%s %s\n", kimg_error_id(KIMG_E_NO_MEMORY), KLEAP_VERSION);
	return !engine;
}
END
if command -v pkg-config > /dev/null; then
	export PKG_CONFIG_SYSROOT_DIR="$root" PKG_CONFIG_LIBDIR="$root/usr/lib/pkgconfig"
	# shellcheck disable=SC2046 # a list of options
	$CC -Wall -Wextra -Werror -o "$work/program" "$work/program.c" $(pkg-config --cflags --libs libkimg) > "$work/out" 2>&1 &&
		[ "$(pkg-config --modversion libkimg)" = "$version" ] && "$work/program" > "$work/out" && says "^no-memory $version$"
	verdict 'a program is compiled and linked by what pkg-config says'
else
	skip 'no pkg-config, no program compiled'
fi

# ---- The module -------------------------------------------------------------------
# shellcheck disable=SC2016 # for bash, in which dkms reads it
bash -c 'set -eu; . "$1"; echo "$PACKAGE_NAME/$PACKAGE_VERSION ${BUILT_MODULE_NAME[0]} ${DEST_MODULE_LOCATION[0]}"
	[[ i686 =~ $BUILD_EXCLUSIVE_ARCH ]]' - "$root$source/dkms.conf" > "$work/out" 2>&1 &&
	says "^kleap/$version kleap /updates/dkms$"
verdict 'dkms.conf'

# dkms builds for the lab's kernel, in folders of its own.
headers=$(realpath -m "$BUILD/lab/i386/headers")
dkms() {
	command dkms "$@" --dkmstree "$work/dkms" --sourcetree "$root/usr/src" --installtree "$work/modules" \
		-m kleap -v "$version" >> "$work/out" 2>&1
}
module=
if ! command -v dkms > /dev/null; then
	skip 'no dkms, no module built by it'
elif [ ! -e "$headers/.kernelvariables" ]; then
	skip "no kernel headers at $headers, no module built by dkms"
else
	kernel=$(sed -n 's/^override KERNELRELEASE = //p' "$headers/.kernelvariables")
	mkdir "$work/dkms" "$work/modules"
	: > "$work/out"
	dkms add && dkms build -k "$kernel" -a i686 --kernelsourcedir "$headers"
	verdict 'dkms builds the module from what is installed'
	module=$work/dkms/kleap/$version/$kernel/i686/module/kleap.ko
fi

# Without it, something that says it is a module for some kernel.
PATH=$PATH:/sbin:/usr/sbin
if [ ! -e "$module" ]; then
	module=$work/kleap.ko kernel=1.2.3-lab
	printf '__attribute__((section(".modinfo"))) const char info[] = "name=kleap\\0vermagic=%s SMP";\n' $kernel |
		$CC -x c -c - -o "$module"
fi
if command -v depmod > /dev/null; then
	install_ modules_install OUT="$module"
	verdict 'make modules_install'
	modprobe -n -v -d "$root" -S "$kernel" kleap > "$work/out" 2>&1 && says "insmod .*/lib/modules/$kernel/updates/kleap.ko"
	verdict 'modprobe kleap finds it'
else
	skip 'no kmod, no module installed'
fi
! install_ modules_install OUT="$work/none" && says 'make module first'
verdict 'a module that is not there is missed in words'

# ---- What is beside it ------------------------------------------------------------
bash -c 'set -u; . "$1" && complete -p kleap' - "$root/usr/share/bash-completion/completions/kleap" > "$work/out" 2>&1
verdict 'bash completes after what is installed'

finish
