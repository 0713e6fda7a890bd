# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What the lab's host-side scripts share: paths and output. Sourced in the project's top folder.

# absolute PATH: PATH, for commands that run in another folder.
absolute() {
	case $1 in
	/*) echo "$1" ;;
	*) echo "$PWD/$1" ;;
	esac
}

PWD_BUILD=$(absolute "${BUILD:-build}")
PWD_CACHE=$(absolute "${KLEAP_CACHE:-${BUILD:-build}/cache}")

say() { echo "lab: $*"; }

die() {
	echo "lab: $*" >&2
	exit 1
}

# family NAME: the settings of a family and of the release of Debian whose kernel it runs; and two folders:
#   parts           its user space
#   kernel_parts    its kernel, and what is built for that
RELEASE=${RELEASE:-12}
family() {
	[ -f "lab/families/$1" ] || die "no family $1; there are: $(ls lab/families | tr '\n' ' ')"
	. "lab/families/$1"
	demand_release "family $1"
	. "lab/releases/$RELEASE"
	parts=$PWD_BUILD/lab/$1
	kernel_parts=$PWD_BUILD/lab/$(of_release "$1")
	if [ -n "${CROSS:-}" ]; then
		PATH=$parts/cross/usr/bin:$PATH
		LD_LIBRARY_PATH=$parts/cross/usr/lib/x86_64-linux-gnu
		export PATH LD_LIBRARY_PATH
	fi
}

# tree_flavour NAME: the settings of a kernel that lab/tree builds, and of the family that it is for.
tree_flavour() {
	. "lab/tree/flavours/$1"
	[ "$LINUX_VERSION" != newest ] || LINUX_VERSION=$(tail -n 1 hosts/linux-tree/versions | cut -d ' ' -f 1)
	family "$FAMILY"
}

# of_release NAME: the name of what belongs to NAME and to a release.
of_release() {
	if [ "$RELEASE" = 12 ]; then echo "$1"; else echo "$1-$RELEASE"; fi
}

# demand_release WHAT: the kernel that is asked for is one of those that WHAT, a family or a machine, has named.
demand_release() {
	case " $RELEASES " in
	*" $RELEASE "*) ;;
	*) die "$1 has no kernel for RELEASE=$RELEASE; there are: $RELEASES" ;;
	esac
}

# family_of MACHINE: the family that a machine names.
family_of() { sed -n 's/^FAMILY=//p' "lab/machines/$1"; }

# retry COMMAND...: mirrors time out and are caught half way through an update; both pass.
retry() {
	for pause in 2 5 15 0; do
		"$@" && return 0
		[ "$pause" = 0 ] || sleep "$pause"
	done
	return 1
}
