#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# examples/port.c: it is the same as in docs/porting.md, compiles without a library,
# needs only what it declares, and loads an image whose list moves every byte to its
# destination.

BUILD=${BUILD:-build}
CC=${CC:-gcc}
WARN=${WARN:--Wall -Wextra -Werror}
dir=$BUILD/san/porting
passed=0
failed=0

rm -rf "$dir" && mkdir -p "$dir" || exit 1

# verdict NAME STATUS: count a test.
verdict() {
	if [ "$2" -eq 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "failed: $1"
	fi
}

# compile FILE...: to objects in $dir, without a library.
compile() {
	for file; do
		# shellcheck disable=SC2086 # $WARN is a list
		$CC -std=c11 -O2 $WARN -Wno-missing-prototypes -ffreestanding -fno-stack-protector \
			-Iinclude -c "$file" -o "$dir/$(basename "$file" .c).o" || return 1
	done
}

sed -n '/^```c$/,/^```$/{/^```/d;p;}' docs/porting.md >"$dir/shown.c"
cmp examples/port.c "$dir/shown.c"
verdict 'the document shows the port' $?

compile examples/port.c core/*.c
verdict 'port and engine compile freestanding' $?

# What is still undefined once port and engine are joined.
$CC -r -nostdlib -o "$dir/joined.o" "$dir"/*.o
verdict 'port and engine link' $?
needs=$(nm -u "$dir/joined.o" | awk '{ print $2 }' |
	grep -vxE '_GLOBAL_OFFSET_TABLE_|mem(cpy|move|set|cmp)' | sort | tr '\n' ' ')
[ "$needs" = 'frame_alloc frame_free heap_alloc physmap ' ]
verdict "they need only what the port names, and mem*: $needs" $?

cat >"$dir/kernel.c" <<'END'
/* A kernel of 64 frames that hands out destinations among the others. */
#include <stdio.h>
#include "kimg.h"

#define FRAMES 64u
unsigned char physmap[FRAMES << 12];
static uint64_t heap[1 << 13];
static unsigned char taken[FRAMES], initrd[20000], kernel[70000];
static unsigned int held;

uint64_t frame_alloc(void);
void frame_free(uint64_t frame);
void *heap_alloc(size_t size);
enum kimg_error port_load(struct kimg_image *image, struct kimg_host *host,
			  const struct kimg_segment *segment, uint32_t count,
			  const unsigned char **data, struct kimg_why *why);

uint64_t frame_alloc(void)
{
	for (uint32_t i = 1; i < FRAMES; i++) {
		uint32_t frame = i * 37 % FRAMES;

		if (!taken[frame]) {
			held++;
			return taken[frame] = 1, frame;
		}
	}
	return 0;
}

void frame_free(uint64_t frame)
{
	held -= taken[frame];
	taken[frame] = 0;
}

void *heap_alloc(size_t size)
{
	return size <= sizeof(heap) ? heap : NULL;
}

int main(void)
{
	static const struct kimg_segment segment[] = {
		{ 0x08000, 0x12000, sizeof(kernel) }, { 0x30000, 0x6000, sizeof(initrd) },
	};
	const unsigned char *data[] = { kernel, initrd };
	static struct kimg_image image;
	struct kimg_host host;
	struct kimg_why why;

	for (size_t i = 0; i < sizeof(kernel); i++)
		kernel[i] = (unsigned char)(i * 7 + i / 251);
	for (size_t i = 0; i < sizeof(initrd); i++)
		initrd[i] = (unsigned char)(i * 5 + i / 241 + 1);
	if (port_load(&image, &host, segment, 2, data, &why))
		return printf("error %u\n", why.error), 1;
	if (kimg_run_list(&host, image.head, 1000, &why))
		return printf("leap: error %u\n", why.error), 1;
	if (memcmp(physmap + 0x08000, kernel, sizeof(kernel)) ||
	    memcmp(physmap + 0x30000, initrd, sizeof(initrd)) || physmap[0x35fff])
		return puts("wrong bytes"), 1;
	kimg_free(&image);
	if (held)
		return printf("%u frames are gone\n", held), 1;

	/* 63 pages, and a list: more than there is. All must come back. */
	if (port_load(&image, &host, &(struct kimg_segment){ 0x1000, 0x3f000, 1 }, 1,
		      data, &why) != KIMG_E_NO_MEMORY || held)
		return puts("too large an image was loaded, or frames are gone"), 1;
	return 0;
}
END
$CC -std=c11 -g -Iinclude -o "$dir/kernel" "$dir/kernel.c" "$dir/joined.o" && "$dir/kernel"
verdict 'the port loads, leaps and gives back' $?

echo "[  PASSED  ] $passed test(s)."
[ "$failed" -eq 0 ] || echo "[  FAILED  ] $failed test(s)."
[ "$failed" -eq 0 ]
