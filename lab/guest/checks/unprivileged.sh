#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What a user without CAP_SYS_BOOT can try, with an image loaded: as nobody; as nobody who is root of a user
# namespace; as root of a user namespace, who may open the device. Each is refused for the right reason, nothing
# changes, and no physical address is revealed. (Requests on a descriptor that root opened: hostile-requests.)

. /lab/lib.sh
FOLDER=/sys/kernel/kleap
cases=0

picture() { cat $FOLDER/*; }

# Three ways to run a line of shell.
as_nobody()        { su -s /bin/sh nobody -c "$1"; }
as_nobodys_root()  { su -s /bin/sh nobody -c "exec unshare -r sh -c '$1'"; }
as_contained_root() { unshare -r sh -c "$1"; }

# Nobody is there to answer questions, such as rm's: hence /dev/null.
# refused WHO WORDS LINE: it fails, says one of WORDS (an extended regular expression), and changes nothing.
refused() {
	cases=$((cases + 1))
	"as_$1" "$3" < /dev/null > /tmp/said 2>&1 && failed "$1 may: $3"
	grep -qE "$2" /tmp/said || failed "$1, $3: no word of \"$2\": $(head -n 1 /tmp/said)"
	[ "$(picture)" = "$loaded" ] || failed "$1, $3: what is loaded has changed"
	[ -e /dev/kleap ] || failed "$1, $3: the device is gone"
}

# allowed WHO LINE: a proof that the way to run it works at all.
allowed() {
	"as_$1" "$2" < /dev/null > /tmp/said 2>&1 || failed "$1, $2: $(head -n 1 /tmp/said)"
}

mkdir -p /etc
echo 'root:x:0:0::/:/bin/sh' > /etc/passwd
echo 'nobody:x:65534:65534::/:/bin/sh' >> /etc/passwd
# Some kernels let only root make user namespaces; here all may.
switch=/proc/sys/kernel/unprivileged_userns_clone
[ ! -e $switch ] || echo 1 > $switch

insmod /lab/kleap.ko || failed "insmod"
kleap load /lab/vmlinuz > /tmp/said 2>&1 || failed "load: $(cat /tmp/said)"
loaded=$(picture)
[ "$(stat -c '%a %u %g' /dev/kleap)" = "600 0 0" ] || failed "/dev/kleap is $(stat -c '%a %u %g' /dev/kleap)"

allowed nobody         '[ "$(id -u)" = 65534 ]'
allowed nobodys_root   '[ "$(id -u)" = 0 ]'
allowed contained_root '[ "$(id -u)" = 0 ]'
allowed nobody         "cat $FOLDER/state $FOLDER/image_bytes"
allowed contained_root "exec 3<> /dev/kleap"

denied="[Pp]ermission denied"
number=$(stat -c '$((0x%t)) $((0x%T))' /dev/kleap)
number=$(eval "echo $number")
mkdir -p /tmp/open
chmod 777 /tmp/open
for who in nobody nobodys_root; do
	refused $who "$denied"                  "exec 3< /dev/kleap"
	refused $who "$denied"                  "exec 3> /dev/kleap"
	refused $who "$denied"                  "cat $FOLDER/list_frames"
	refused $who "$denied"                  "echo 1 > $FOLDER/disabled"
	refused $who "not permitted|$denied"    "chmod 666 /dev/kleap"
	refused $who "not permitted|$denied"    "rm /dev/kleap"
	refused $who "not permitted"            "mknod /tmp/open/mine c $number"
	refused $who "not permitted|$denied"    "rmmod kleap"
	refused $who "run as root"              "kleap load /lab/vmlinuz"
	refused $who "run as root"              "kleap status"
	refused $who "run as root"              "kleap exec -y"
done
# The owner of the files is root, here as there; but not who may leap.
refused contained_root "not permitted"          "echo 1 > $FOLDER/disabled"
refused contained_root "not permitted"          "rmmod kleap"
for verb in "load /lab/vmlinuz" unload disable status "exec -y" "exec --at-reboot" "exec --cancel"; do
	refused contained_root "explain permission"     "kleap $verb"
done

kleap unload > /tmp/said 2>&1 || failed "unload: $(cat /tmp/said)"
rmmod kleap || failed "rmmod"
report unprivileged.cases "$cases"
ok
