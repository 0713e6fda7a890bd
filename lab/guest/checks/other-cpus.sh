#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# A load interrupts other CPUs a bounded number of times: calls of alloc_contig_range(), and the work that these queue
# on each CPU, are counted by the kernel's own probes.

. /lab/lib.sh
TRACE=/sys/kernel/tracing

# hits NAME: how often a probe was met.
hits() { awk -v name="$1" '$1 == name { n = $2 } END { print n + 0 }' $TRACE/kprobe_profile; }

mount -t tracefs tracefs $TRACE || failed "no tracefs"
echo 'p:lab/contig alloc_contig_range' >> $TRACE/kprobe_events || failed "no probe"
echo 'p:lab/per_cpu lru_add_drain_per_cpu' >> $TRACE/kprobe_events || failed "no probe"
echo 1 > $TRACE/events/lab/enable

insmod /lab/kleap.ko || failed "insmod"
kleap load /lab/vmlinuz --initrd /lab/second.cpio --append kleap.lab=second > /tmp/said 2>&1 || failed "load: $(cat /tmp/said)"
contig=$(hits contig)
per_cpu=$(hits per_cpu)
report other-cpus.contig_calls "$contig"
told=$(cat /sys/kernel/kleap/contig_calls)
report other-cpus.work_items "$per_cpu"
report other-cpus.in_place "$(cat /sys/kernel/kleap/pages_in_place) of $(cat /sys/kernel/kleap/image_bytes | awk '{ print $1 / 4096 }')"
rmmod kleap || failed "rmmod"

echo 0 > $TRACE/events/lab/enable
echo > $TRACE/kprobe_events
umount $TRACE
[ "$contig" = "$told" ] || failed "the module tells of $told calls of alloc_contig_range(), the kernel of $contig"
[ "$contig" -le 128 ] || failed "$contig calls of alloc_contig_range()"
[ "$per_cpu" -le $((contig * $(nproc))) ] || failed "$per_cpu work items for $contig calls"
ok
