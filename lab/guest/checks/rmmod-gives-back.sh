#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# A module that is removed while it holds an image gives all of it back.

. /lab/lib.sh
before=$(settled_kB)
insmod /lab/kleap.ko || failed "insmod"
kleap load /lab/vmlinuz --initrd /lab/second.cpio --append kleap.lab=second > /tmp/said 2>&1 || failed "load: $(cat /tmp/said)"
rmmod kleap || failed "rmmod"
after=$(settled_kB)
kept=$((${before% *} - ${after% *}))
[ "$kept" -le 1024 ] || failed "$kept kB are gone"
ok
