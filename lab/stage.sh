# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What scripts that build initial RAM disks share. Sourced after lib.sh, with these set:
#
#   stage    the folder that becomes the RAM disk
#   parts    where the family's sysroot is; kernel_parts: where its kernel is
#   dir      where archives go

# archive NAME: pack the stage, the same bytes for the same content.
archive() {
	find "$stage" -exec touch -h -d @0 {} +
	(cd "$stage" && find . -mindepth 1 | LC_ALL=C sort | cpio --quiet --reproducible -o -H newc -R 0:0) > "$dir/$1"
}

# put FILE...: into the RAM disk: C files compiled, as commands; others as they are, into lab.
put() {
	for file; do
		case $file in
		*.c) $GUEST_CC -O2 -Wall -Werror -static -o "$stage/bin/$(basename "$file" .c)" "$file" ;;
		*) cp "$file" "$stage/lab/" ;;
		esac
	done
}

# power: put the drivers there that reset the machine and switch it off (POWER_MODULES), for init.
power() {
	mkdir "$stage/lab/power"
	for module in ${POWER_MODULES:-}; do
		cp "${DRIVERS:-$kernel_parts/modules}/$module.ko" "$stage/lab/power/"
	done
}

# program PATH: put a dynamic program of the sysroot into the stage, with its loader and the libraries it names.
program() {
	mkdir -p "$stage/bin"
	cp "$parts/sysroot/$1" "$stage/bin/"
	loader=$(readelf -lW "$parts/sysroot/$1" | sed -n 's/.*program interpreter: \(.*\)]/\1/p')
	mkdir -p "$stage$(dirname "$loader")"
	cp -L "$parts/sysroot$loader" "$stage$loader"
	libraries $(needed "$parts/sysroot/$1")
}

# needed FILE...: the names of the libraries that they are linked with.
needed() { readelf -dW "$@" | sed -n 's/.*(NEEDED).*\[\(.*\)]/\1/p' | sort -u; }

# libraries NAME...: put them into the stage, and the libraries that these need.
libraries() {
	mkdir -p "$stage/lib"
	while [ $# -gt 0 ]; do
		todo=
		for library; do
			[ -e "$stage/lib/$library" ] && continue
			found=$(find "$parts/sysroot/lib" "$parts/sysroot/usr/lib" -name "$library" | head -n 1)
			[ -n "$found" ] || die "no package of family $DEB_ARCH holds $library"
			cp -L "$found" "$stage/lib/$library"
			todo="$todo $found"
		done
		set -- ${todo:+$(needed $todo)}
	done
}

# payload MIB: make sure of $PWD_BUILD/lab/payload-MIB, that many MiB that do not compress, and of its digest beside it.
payload() {
	payload=$PWD_BUILD/lab/payload-$1
	if [ ! -e "$payload.sha256" ]; then
		head -c "${1}M" /dev/urandom > "$payload"
		sha256sum < "$payload" | cut -d ' ' -f 1 > "$payload.sha256"
	fi
}
