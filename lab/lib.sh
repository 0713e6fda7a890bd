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
