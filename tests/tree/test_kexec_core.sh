#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The kexec code of Linux trees, stock and with level fixes, on simulated machines: kexec/tests.c says what is shown. Of
# the oldest and the newest version, if its source is in the cache or unpacked: nothing is fetched. Runs in the project's
# folder.
#
#   VERSIONS="6.12 7.2" KLEAP_CASES=60000 make check-host TESTS=test_kexec_core.sh

. tests/project/project.sh
cache=${KLEAP_CACHE:-$BUILD/cache}/linux-source
last=''
trap 'exit 1' HUP INT TERM

# slim FROM TO: what of a tree a level looks at.
slim() {
	{ echo Makefile; grep -hv '^#' hosts/linux-tree/*/names | sed 's/ .*//; s/@.*//'; echo include/linux/kexec.h; } | sort -u |
		while read -r path; do
			[ ! -f "$1/$path" ] || install -D -m 644 "$1/$path" "$2/$path" || return 1
		done
}

# run VERSION LEVEL FIXED: compile, and run.
run() {
	number=${1%.*}$(printf %02d "${1#*.}")
	$CC -std=gnu11 -g -O1 -Wall -Wextra -Werror -Wno-unused -Wno-sign-compare -fsanitize=address,undefined \
		-fno-sanitize-recover=all "-DLINUX=$number" "-DFIXED=$3" -Iinclude -Ihosts/sim -Itests/lib -Itests/tree/kexec \
		-I"$work/$1-$2/include" tests/tree/kexec/*.c "$BUILD"/san/tests/lib/support.o "$BUILD"/san/tests/lib/oracle.o \
		"$BUILD"/san/tests/lib/machine.o "$BUILD"/san/libsim.a "$BUILD"/san/libboot.a "$BUILD"/san/libkimg.a -lcmocka -lgcov \
		-o "$work/$1-$2/test" > "$work/out" 2>&1 &&
		KEXEC_LOADED=$work/$1-$2/loaded "$work/$1-$2/test" > "$work/out" 2>&1
}

# extract TREE: what is compiled of it.
extract() { mkdir -p "$work/$1/include" && tests/tree/kexec/extract "$work/$1" > "$work/$1/include/tree.inc"; }

# same LEVEL: is that the same as of the version before?
same() { cmp -s "$work/$last-$1/include/tree.inc" "$work/$version-$1/include/tree.inc"; }

# judge VERSION LEVEL FIXED: run, and show the figures.
judge() {
	run "$@"
	status=$?
	[ $status -ne 0 ] || sed -n "s/^note: /note: $1 $2: /p" "$work/out"
	return $status
}

for version in ${VERSIONS:-$(grep -v '^#' hosts/linux-tree/versions | cut -d ' ' -f 1 | sed -n '1p; $p')}; do
	if ! command -v spatch > /dev/null; then
		skip "$version: no spatch: skipped"
		continue
	fi
	if [ ! -d "$BUILD/linux/linux-source-$version-part" ] && ! ls "$cache/linux-source-${version}_"*.deb > /dev/null 2>&1; then
		skip "$version: no source in $cache: skipped"
		continue
	fi
	source=$(BUILD=$BUILD hosts/linux-tree/fetch --part "$version") && slim "$source" "$work/$version-stock" &&
		cp -r "$work/$version-stock" "$work/$version-fixes"
	verdict "$version: the source"
	hosts/linux-tree/import fixes "$work/$version-fixes" > "$work/out" 2>&1
	verdict "$version: import of level fixes"
	extract "$version-stock" && extract "$version-fixes"
	verdict "$version: all is found"
	if [ -n "$last" ] && same stock && same fixes; then
		echo "note: $version: the same code as $last"
		continue
	fi
	judge "$version" stock 0
	verdict "$version: stock has each fault"
	judge "$version" fixes 1
	verdict "$version: level fixes has none"
	sort "$work/$version-stock/loaded" > "$work/stock" && sort "$work/$version-fixes/loaded" > "$work/fixes" &&
		[ -z "$(comm -23 "$work/stock" "$work/fixes")" ]
	verdict "$version: whatever stock loads, level fixes loads"
	last=$version
done

# Does the judge see a fault of another kind? Planted in the last one's code.
plant() {
	mkdir -p "$work/$last-planted/include" &&
		sed "$2" "$work/$last-fixes/include/tree.inc" > "$work/$last-planted/include/tree.inc" &&
		! cmp -s "$work/$last-fixes/include/tree.inc" "$work/$last-planted/include/tree.inc" &&
		! KLEAP_CASES=600 run "$last" planted 1 && grep -q "^\[  FAILED  \] $3" "$work/out"
	verdict "planted: $1"
}
if [ "$failed" -eq 0 ] && [ -n "$last" ]; then
	plant 'a page that is swapped is not copied' '/^copy_highpage/d' test_random_machines
	plant 'nor its entry changed' '/^\*old = /d' test_random_machines
	plant 'pages begin with what was there' 's/^clear_page(ptr);/;/' test_random_machines
	plant 'pages that wait are lost' '/free_page_list(&image->dest_pages)/d' test_lost_pages
	plant 'control pages in the image' 's/kimage_is_destination_range(image, addr, eaddr)/0/' test_random_machines
fi

finish
