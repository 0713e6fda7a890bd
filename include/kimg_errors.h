/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every error of kleap, once: its name in C, its stable id, whose fault it is,
 * one line of text, and a hint that says what to do.
 *
 * Texts and hints may name the numbers of struct kimg_why:
 *   {seg} {other}          segment indices, as the caller numbered them
 *   {a} {b} {c} {d}        decimal
 *   {a:x}                  hexadecimal, for addresses and flags
 *   {a:s}                  a size in bytes, printed with a unit
 *   {b:l}                  a list, as in 64-67,69: the bits set in b, bit 0 standing for c
 *
 * Ids are part of the interface: scripts match them, docs/errors.md explains each.
 * So are numbers (the ioctl reports them): append, never reorder.
 */
#ifndef KIMG_ERRORS_H
#define KIMG_ERRORS_H

#define KIMG_ERRORS(X)                                                         \
X(OK, "ok", NONE,                                                              \
  "no error", "")                                                              \
/* The caller's fault. */                                                      \
X(STATE, "call-order", CALLER,                                                 \
  "call not allowed while the image is in state {a}",                          \
  "states go new, placed, loaded, sealed; kimg_free() returns to new")         \
X(ARGUMENT, "bad-argument", CALLER,                                            \
  "argument {a} has a value that is not allowed: {b:x}",                       \
  "see the contract in the header")                                            \
X(SCRATCH, "scratch-too-small", CALLER,                                        \
  "scratch memory of {b} bytes, {a} needed",                                   \
  "provide what kimg_scratch_size() asks for")                                 \
X(HOST_CONFIG, "host-config", CALLER,                                          \
  "host with page shift {a}, entry size {b} and limit {c:x} is not supported", \
  "page shift 5 to 16, entry size 4 or 8, limits that an entry can hold")      \
/* The layout's fault: the segments cannot be loaded as asked. */              \
X(SEGMENTS_TOO_MANY, "too-many-segments", LAYOUT,                              \
  "{a} segments, at most {b} are supported",                                   \
  "join segments that touch; instead of a vmlinux, give its bzImage")          \
X(SEGMENT_EMPTY, "segment-empty", LAYOUT,                                      \
  "segment {seg} at {a:x} has no size",                                        \
  "leave empty segments out")                                                  \
X(SEGMENT_WRAPS, "segment-wraps", LAYOUT,                                      \
  "segment {seg} at {a:x} with size {b:x} runs past the end of the address space", \
  "check the size")                                                            \
X(SEGMENT_UNALIGNED, "segment-unaligned", LAYOUT,                              \
  "segment {seg} from {a:x} to {b:x} does not start and end on pages of {c:s}", \
  "round the start down and the end up")                                       \
X(SEGMENT_BUFFER, "segment-buffer", LAYOUT,                                    \
  "segment {seg} has {a} bytes of data for {b} bytes of memory",               \
  "memsz must be at least bufsz")                                              \
X(SEGMENT_LIMIT, "segment-above-limit", LAYOUT,                                \
  "segment {seg} ends at {a:x}, above the highest address {b:x} that the leap reaches", \
  "move the segment down")                                                     \
X(SEGMENT_OVERLAP, "segment-overlap", LAYOUT,                                  \
  "segment {seg} ({a:x} to {b:x}) overlaps segment {other} ({c:x} to {d:x})",  \
  "give each segment memory of its own")                                       \
X(SEGMENT_REGION, "segment-outside-region", LAYOUT,                            \
  "segment {seg} ({a:x} to {b:x}) is not inside the reserved region ({c:x} to {d:x})", \
  "a crash image must lie in the memory that crashkernel= reserved")           \
X(IMAGE_TOO_LARGE, "image-too-large", LAYOUT,                                  \
  "the image has more than {a} pages",                                         \
  "load less")                                                                 \
X(IMAGE_EMPTY, "image-empty", LAYOUT,                                          \
  "the image has no segments",                                                 \
  "give at least one segment; to unload, use the unload call")                 \
/* Memory does not suffice. */                                                 \
X(NO_MEMORY, "no-memory", MEMORY,                                              \
  "the image needs {a} pages, the system gave {b}",                            \
  "free memory or load a smaller initrd; nothing was changed")                 \
X(NO_MEMORY_BELOW, "no-memory-below-limit", MEMORY,                            \
  "the image needs {a} pages below {c:x}, the system gave {b}, and {d} above", \
  "free memory below the limit or load a smaller initrd; nothing was changed") \
X(NO_CONTROL, "no-control-pages", MEMORY,                                      \
  "{a} control pages are needed in the reserved region, {b} found between the segments", \
  "reserve a larger crashkernel= region")                                      \
X(LARGER_THAN_MEMORY, "larger-than-memory", MEMORY,                            \
  "the image needs {a} pages, the whole machine has {b}",                      \
  "load a smaller initrd; nothing was changed")                                \
X(NO_SCRATCH, "no-scratch", MEMORY,                                            \
  "no {a} bytes of kernel memory for the bookkeeping of the image",            \
  "free memory; nothing was changed")                                          \
/* The host failed, or broke its contract. */                                  \
X(DATA, "data-unreadable", HOST,                                               \
  "the data of segment {seg} cannot be read at offset {a} ({b} bytes), host code {c}", \
  "check that the buffer is mapped and the file was not truncated")            \
X(INTERRUPTED, "interrupted", HOST,                                            \
  "interrupted by a signal",                                                   \
  "nothing was changed; load again")                                           \
X(HOST_CONTRACT, "host-contract", HOST,                                        \
  "the host answered a request for {b} frames at {a:x} with {d} at {c:x}, or gave one twice", \
  "this is a bug in the host; please report it")                               \
/* Internal: an invariant does not hold. Never seen unless there is a bug. */  \
X(S1, "bad-source", INTERNAL,                                                  \
  "S1: source frame {a:x} for destination {b:x} is another page's destination", \
  "this is a bug or corrupted memory; please report it")                       \
X(S2, "bad-list-frame", INTERNAL,                                              \
  "S2: indirection or control page {a:x} is a destination",                    \
  "this is a bug or corrupted memory; please report it")                       \
X(S3, "frame-twice", INTERNAL,                                                 \
  "S3: frame {a:x} has two uses",                                              \
  "this is a bug or corrupted memory; please report it")                       \
X(S4, "bad-list", INTERNAL,                                                    \
  "S4: entry {b:x} in slot {c} of indirection page {a:x} is not what the list needs there", \
  "this is a bug or corrupted memory; please report it")                       \
X(S5, "frame-above-limit", INTERNAL,                                           \
  "S5: frame {a:x} is outside its limit {b:x}",                                \
  "this is a bug or corrupted memory; please report it")                       \
X(S6, "wrong-bytes", INTERNAL,                                                 \
  "S6: after running the list, the byte at {a:x} is {b:x} and should be {c:x}", \
  "this is a bug or corrupted memory; please report it")                       \
X(UNKNOWN_FLAG, "unknown-flag", INTERNAL,                                      \
  "entry {b:x} in slot {c} of indirection page {a:x} has no known meaning",    \
  "the list is corrupted, or of a newer format")                               \
X(LIST_FRAME, "list-names-no-memory", INTERNAL,                                \
  "the list names frame {a:x}, where there is no memory",                      \
  "the list is corrupted")                                                     \
X(LIST_ENDLESS, "list-endless", INTERNAL,                                      \
  "the list does not end within {a} entries",                                  \
  "the list is corrupted, or has a cycle")                                     \
/* The kernel file's fault. */                                                 \
X(FILE_TRUNCATED, "file-truncated", FILE,                                      \
  "the kernel file has {a} bytes, at least {b} are needed: it is cut short by {c}", \
  "copy the file again; compare its size with the original")                   \
X(FILE_MAGIC, "not-a-bzimage", FILE,                                           \
  "the file is no bzImage: {a:x} at offset {b:x}, {c:x} expected",             \
  "give an x86 kernel: vmlinuz, vmlinux or a unified kernel image")            \
X(FILE_PROTOCOL, "boot-protocol-too-old", FILE,                                \
  "the kernel has boot protocol {a:x}, at least {b:x} is needed",              \
  "use a kernel of 2.6.22 or later")                                           \
X(FILE_NOT_HIGH, "kernel-loads-low", FILE,                                     \
  "the kernel is a zImage, to be loaded below 1 MiB (loadflags {a:x})",        \
  "build a bzImage")                                                           \
X(FILE_HEADER, "bad-kernel-header", FILE,                                      \
  "the kernel file's header has {b:x} at offset {a:x}, which is not possible", \
  "the file is damaged; copy it again")                                        \
X(KERNEL_NO_ROOM, "no-room-for-kernel", FILE,                                  \
  "no free range of {a:s} for the kernel, aligned to {b:s}, between {c:x} and {d:x}", \
  "it needs them in one piece, to unpack itself and to run; kleap plan -d shows what is free") \
X(KERNEL_FIXED, "kernel-not-relocatable", FILE,                                \
  "the kernel must run at {c:x} and needs {a:s} there, which is not all memory", \
  "give a bzImage built with CONFIG_RELOCATABLE; a vmlinux cannot move")       \
X(INITRD_NO_ROOM, "no-room-for-initrd", FILE,                                  \
  "no free range of {a:s} for the initrd below {b:x}; the largest has {c:s}",  \
  "use a smaller initrd (initramfs-tools: MODULES=dep)")                       \
X(INITRD_EMPTY, "initrd-empty", FILE,                                          \
  "the initrd has no bytes",                                                   \
  "leave the option out to boot without an initrd")                            \
X(CMDLINE_TOO_LONG, "command-line-too-long", FILE,                             \
  "the command line has {a} bytes, this kernel takes {b}",                     \
  "shorten it; --reuse-cmdline may bring in more than you think")              \
X(PARAMS_NO_ROOM, "no-room-for-boot-params", FILE,                             \
  "no free range of {a:s} for the boot parameters below {b:x}",                \
  "the memory map has hardly any memory; see kleap plan")                      \
X(MAP_EMPTY, "memory-map-empty", FILE,                                         \
  "the memory map names no usable memory in {a} ranges",                       \
  "an ordinary user sees zeros in /proc/iomem: save it as root, or all of dmesg") \
X(MAP_SYNTAX, "memory-map-syntax", FILE,                                       \
  "line {a} of the memory map cannot be read",                                 \
  "each line is as in /proc/iomem or dmesg, or START-END TYPE in hexadecimal") \
X(MAP_FULL, "memory-map-full", FILE,                                           \
  "the memory map has more than {a} ranges",                                   \
  "leave out what is not RAM; no kernel reads so many")                        \
X(MAP_OVERLAP, "memory-map-overlap", FILE,                                     \
  "the memory map's ranges {a:x}-{b:x} and {c:x}-{d:x} overlap",               \
  "correct one of the two, or save the map again")                             \
/* The running system refuses. */                                              \
X(PERMISSION, "permission", SYSTEM,                                            \
  "the caller has no CAP_SYS_BOOT",                                            \
  "run as root")                                                               \
X(LOCKDOWN, "locked-down", SYSTEM,                                             \
  "the kernel is locked down and allows no unsigned leap",                     \
  "see kernel_lockdown(7); secure boot turns lockdown on")                     \
X(DISABLED, "disabled", SYSTEM,                                                \
  "leaps were disabled until the next boot",                                   \
  "someone wrote 1 to /sys/kernel/kleap/disabled; only a reboot undoes it")    \
X(BUSY, "busy", SYSTEM,                                                        \
  "another load is under way",                                                 \
  "wait for it, then try again")                                               \
X(NOT_LOADED, "nothing-loaded", SYSTEM,                                        \
  "no image is loaded",                                                        \
  "load one first: kleap load KERNEL")                                         \
X(ABI_SIZE, "abi-size", SYSTEM,                                                \
  "the request has {a} bytes, this module takes {b} to {c}",                   \
  "module and command are of different versions; install both anew")           \
X(ABI_FLAGS, "abi-flags", SYSTEM,                                              \
  "flags {a:x} are not known",                                                 \
  "module and command are of different versions; install both anew")           \
X(ABI_RESERVED, "abi-reserved", SYSTEM,                                        \
  "reserved fields of the request are not zero",                               \
  "module and command are of different versions; install both anew")           \
X(ABI_POINTER, "abi-pointer", SYSTEM,                                          \
  "the request's pointer {a:x} cannot be read",                                \
  "this is a bug in the program that calls; please report it")                 \
X(ABI_REGISTERS, "abi-registers", SYSTEM,                                      \
  "entry state: register {a} has {b:x}, which is not possible",                \
  "the entry point must lie in a segment; register {a} is explained in kleap_entry.h")                        \
X(IMAGE_DAMAGED, "image-damaged", INTERNAL,                                    \
  "segment {seg} is not what was loaded: its hash is {a:x}, not {b:x}",        \
  "something wrote to the image, or memory is faulty: load again, test the memory") \
X(POLICY, "policy", SYSTEM,                                                    \
  "a security policy of this kernel refuses to load a kernel (error {a})",     \
  "the kernel log says which; kexec_load(2) is refused in the same way")       \
X(KEXEC_LOAD_DISABLED, "kexec-load-disabled", SYSTEM,                          \
  "kernel.kexec_load_disabled is {a}: no kernel may be loaded",                \
  "an administrator set this sysctl; only a reboot undoes it")                 \
X(HYPERVISOR, "hypervisor", SYSTEM,                                            \
  "the hypervisor (type {a}) writes to this kernel's memory even after a leap", \
  "on Xen and Hyper-V use kexec, which tells the hypervisor to stop")          \
X(CPUS_OFFLINE, "cpus-offline", SYSTEM,                                        \
  "CPUs are offline ({b:l}): they wait in memory that the leap overwrites",    \
  "bring them online in /sys/devices/system/cpu: cpuN/online, or smt/control; " \
  "where these are missing, boot without maxcpus=")                            \
X(KPROBES_OFF, "kprobes-off", SYSTEM,                                          \
  "kprobes are switched off, so a reboot would not leap",                      \
  "echo 1 > /sys/kernel/debug/kprobes/enabled, then try again")                \
X(DRAW, "draw-failed", HOST,                                                   \
  "the host gave no frames, but code {a}",                                     \
  "look the code up where the host is from, on Linux in errno(3); nothing was changed") \
X(GOING, "module-going", SYSTEM,                                               \
  "the module is being removed, so nothing can be disabled for good",          \
  "insert it again first, or keep modules out: kernel.modules_disabled")       \
X(CONTAINER, "container", SYSTEM,                                              \
  "from inside a container reboot(2) does not restart the machine",            \
  "run it outside; exec --at-reboot arms the image from here, too")            \
X(FILE_REAL_MODE, "real-mode-only", FILE,                                      \
  "the file has no protected-mode entry: code32_start is {a:x}, not {b:x}",    \
  "it starts in real mode; only firmware or a boot loader can boot it")        \
X(S6_PAGE, "wrong-page", INTERNAL,                                             \
  "S6: after running the list, the frame at {a:x} holds {b:x} and should hold {c:x}", \
  "this is a bug; please report it")                                           \
X(INITRD_LOW, "no-low-memory-for-initrd", FILE,                                \
  "a 32-bit kernel needs its initrd, {a:s}, below {b:x}, beside {d:s} for its own use; the largest free range has {c:s}", \
  "use a smaller initrd or a 64-bit kernel; nokaslr or mem= on its command line makes room") \
X(LIMIT_LOW, "limit-too-low", FILE,                                            \
  "the kernel cannot be placed below {a:x}, and the limit ends memory at {b:x}", \
  "use a higher limit, or none; a 32-bit kernel needs RAM below 4 GiB")        \
X(PACKED_CUT, "packed-truncated", FILE,                                        \
  "the compressed file ends too early, after {a} bytes",                       \
  "copy the file again; compare its size with the original")                   \
X(PACKED_DAMAGED, "packed-damaged", FILE,                                      \
  "the compressed file is damaged at or before byte {a} of {b}",               \
  "copy the file again; gzip -t, xz -t or zstd -t checks the original")        \
X(PACKED_LARGE, "packed-too-large", FILE,                                      \
  "the compressed file unpacks to more than {a:s}",                            \
  "that is no kernel; unpack it by hand and see what it is")                   \
X(NOT_64BIT, "processor-not-64-bit", SYSTEM,                                   \
  "this is a 64-bit kernel, and the processor has no 64-bit mode",             \
  "load a 32-bit kernel; a 64-bit processor has the flag lm in /proc/cpuinfo") \
X(ABI_MACHINE, "abi-machine", SYSTEM,                                          \
  "the entry state is that of machine {a}, which this module cannot enter",    \
  "1 is 32-bit x86, 2 is 64-bit x86, which only a 64-bit kernel can enter; see kleap_entry.h") \
X(ABI_UART, "abi-uart", SYSTEM,                                                \
  "there is no UART of type {b} at {a:x}",                                     \
  "x86: the I/O port of an 8250, at most 0xfff8, such as 3f8; ARM: such as pl011,0x9000000") \
X(NO_WAY, "no-way-to-load", SYSTEM,                                            \
  "no way to load a kernel is open",                                           \
  "see kleap status for each way")                                             \
X(NO_KEXEC, "no-kexec-load", SYSTEM,                                           \
  "this kernel has no kexec_load(2)",                                          \
  "it was built without CONFIG_KEXEC: use --via module or --via kexec_file_load") \
X(NO_KEXEC_FILE, "no-kexec-file-load", SYSTEM,                                 \
  "this kernel has no kexec_file_load(2) for programs of {a} bits",            \
  "Linux has none on 32-bit ARM, nor for 32-bit programs on x86: use another --via") \
X(KEXEC_LIMIT, "kexec-load-limit", SYSTEM,                                     \
  "no load is left: kernel.kexec_load_limit_reboot, with -p kexec_load_limit_panic, is 0",                      \
  "an administrator set this sysctl; only a reboot undoes it")                 \
X(HALF_OF_MEMORY, "half-of-memory", MEMORY,                                    \
  "the image takes {a:s} ({c} pages); kexec takes at most half of memory, {b:s} ({d} pages)", \
  "load a smaller initrd, or with --via module, which has no such limit")      \
X(KEXEC_ADDRESS, "kexec-no-place", LAYOUT,                                     \
  "the kernel refuses the image's addresses, or has no free range of memory for it (error {a})", \
  "see /proc/iomem for what is free; --via module places images itself")       \
X(KEXEC_NO_MEMORY, "kexec-no-memory", MEMORY,                                  \
  "the kernel has no memory for its image of {b:s}",                           \
  "free memory, or load less; where there is high memory, --via module takes less for a leap") \
X(KEXEC_REFUSED, "kexec-refused", SYSTEM,                                      \
  "the kernel fails with error {a}, and no rule that kleap knows explains it", \
  "dmesg may say why; errno(3) lists what the numbers mean")                   \
X(KEXEC_OPTION, "kexec-file-option", SYSTEM,                                   \
  "kexec_file_load cannot do what an option asks for",                         \
  "leave the option out, or use another --via")                                \
X(KEXEC_FILE_KIND, "kexec-file-kind", FILE,                                    \
  "kexec_file_load does not take this kind of kernel (error {a})",             \
  "dmesg says what it misses; use another --via")                              \
X(KEXEC_FILE_LARGE, "kexec-file-too-large", FILE,                              \
  "a file is too large for kexec_file_load (error {a})",                       \
  "use a smaller initrd, or another --via")                                    \
X(KEXEC_FILE_OPEN, "kexec-file-busy", SYSTEM,                                  \
  "another program has the kernel file or the initrd open for writing (error {a})", \
  "wait until it is written")                                                  \
X(SIGNATURE_NONE, "kernel-unsigned", SYSTEM,                                   \
  "the kernel file has no signature, and this kernel demands one (error {a})", \
  "load a signed kernel: your distributor's, or sign it with sbsign")          \
X(SIGNATURE_METHOD, "signature-method", SYSTEM,                                \
  "the kernel file's signature uses a method that this kernel does not have (error {a})", \
  "sign with RSA and SHA-256, or load the module for that method")             \
X(SIGNATURE_KEY, "signature-key-unknown", SYSTEM,                              \
  "the kernel file is signed with a key that this kernel does not trust (error {a})", \
  "keyctl show %:.secondary_trusted_keys lists its keys; enroll yours with mokutil") \
X(SIGNATURE_BAD, "signature-rejected", SYSTEM,                                 \
  "the kernel file's signature is damaged, does not fit the file, or its key is revoked (error {a})", \
  "copy the file again; it must be what was signed, not unpacked or changed")  \
X(SIGNATURE_EXPIRED, "signature-expired", SYSTEM,                              \
  "the key that the kernel file is signed with has expired or was revoked (error {a})", \
  "load a kernel with a newer signature; is the clock right?")                 \
X(KEXEC_NOT_ARMED, "kexec-not-armed", SYSTEM,                                  \
  "an image in the kernel cannot be armed: an ordinary reboot(2) does not leap into it", \
  "systemctl kexec does, after shutting down; or kleap exec at the end of it") \
X(ABI_WIDTH, "abi-pointer-width", SYSTEM,                                      \
  "the caller is a 32-bit program, and its pointer {a:x} has more bits",       \
  "this is a bug in the program that calls; please report it")                 \
X(MEMORY_ENCRYPTED, "memory-encrypted", SYSTEM,                                \
  "this kernel's memory is encrypted (SME, SEV or TDX): the leap could not read it", \
  "where it is SME, boot with mem_encrypt=off; else try --via kexec_file_load")  \
X(REHEARSAL_WRONG, "rehearsal-wrong", INTERNAL,                                \
  "{a} of {b} pages were wrong after a rehearsal, the first at {c:x}",         \
  "this image cannot be armed: test the memory, and please report it")         \
X(REHEARSAL_ARMED, "rehearsal-armed", SYSTEM,                                  \
  "the image is armed: a reboot must not find it in the middle of a rehearsal", \
  "kleap exec --cancel, rehearse, then arm it again")                          \
X(REHEARSAL_TIMES, "rehearsal-times", CALLER,                                  \
  "{a} rehearsals were asked for, 1 to {b} can be made",                       \
  "give another number; several requests add up")                              \
X(REHEARSAL_VIRTUAL, "rehearsal-virtual", SYSTEM,                              \
  "the processors are in use for virtual machines (VMX), and cannot leave paging", \
  "stop the virtual machines, then modprobe -r kvm_intel; a leap does this by itself") \
X(REHEARSAL_WAY, "rehearsal-way", SYSTEM,                                      \
  "only an image in the module can be rehearsed, not one loaded by a system call", \
  "load it with --via module")                                                 \
X(NO_CRASH_MEMORY, "no-crash-memory", SYSTEM,                                  \
  "no memory is reserved for the kernel for a crash",                          \
  "boot with crashkernel=256M; see /sys/kernel/kexec_crash_size")              \
X(CRASH_SMALL, "crash-memory-small", SYSTEM,                                   \
  "the kernel for a crash takes {a:s}, and crashkernel= reserved {b:s}",       \
  "reserve more with crashkernel=, or load a smaller initrd")                  \
X(CRASH_WAY, "crash-not-this-way", SYSTEM,                                     \
  "this way loads no kernels for a crash",                                     \
  "leave --via out, or give --via kexec_load or --via kexec_file_load")        \
X(REHEARSAL_CUT, "rehearsal-cut", SYSTEM,                                      \
  "the image was unloaded or replaced in the midst of its rehearsal",          \
  "kleap status shows what is loaded now; rehearse that")                      \
X(CPUS_STAY, "cpus-stay", SYSTEM,                                              \
  "{a} CPUs cannot be taken offline, and would go on in memory that the leap overwrites ({b:x}, from CPU {c})", \
  "enable CPU hotplug: CONFIG_HOTPLUG_CPU, firmware with PSCI; or boot with nr_cpus=1") \
X(MEMORY_ATTRIBUTES, "memory-attributes", SYSTEM,                              \
  "this kernel maps memory in a way that is not known (MAIR {a:x})",           \
  "please report this number and the kernel's version")                        \
X(CRASH_NOTES, "crash-notes", SYSTEM,                                          \
  "the running kernel does not say where it saves its CPUs' registers",        \
  "is it built with CONFIG_CRASH_DUMP?")                                       \
X(CRASH_LOW, "crash-low-memory", SYSTEM,                                       \
  "Linux {a}.{b} uses memory below 1 MiB, which the kernel for a crash would overwrite", \
  "use --via kexec_file_load, or the kexec of kexec-tools: they save it first") \
X(UNPACK_NO_ROOM, "no-room-to-unpack", FILE,                                   \
  "the kernel unpacks itself into {a:x} to {b:x}, but there is no free memory at {c:x}", \
  "it unpacks to the start of the 128 MiB that it is loaded in; see kleap plan -d for what is free") \
X(TREE_LARGE, "device-tree-too-large", FILE,                                   \
  "the device tree has {a} bytes, the new kernel takes {b}",                   \
  "build it without symbols (dtc without -@)")                                 \
X(TREE_NO_ROOM, "no-room-for-device-tree", FILE,                               \
  "no free range of {a:s} for the device tree below {b:x}; the largest has {c:s}", \
  "use a smaller initrd, or a higher limit")                                   \
X(PLACE_RUN_OVER, "place-run-over", FILE,                                      \
  "{b:s} at {a:x} would be run over: the new kernel unpacks itself into memory up to {c:x}", \
  "the nearest place that would do is {d:x}; without an address, kleap chooses one") \
X(PLACE_NO_RAM, "place-not-free", FILE,                                        \
  "{b:s} at {a:x} is not free memory below {c:x}, which the new kernel needs", \
  "the nearest place that would do is {d:x}; without an address, kleap chooses one") \
X(OTHER_CPU, "kernel-for-other-processor", FILE,                               \
  "the kernel is for another processor than the machine's",                    \
  "give a kernel for this machine; plan --machine is for others")              \
X(TREE_NONE, "no-device-tree", FILE,                                           \
  "there is no device tree for the new kernel",                                \
  "give it with --dtb; a running kernel shows its own in /sys/firmware/fdt")   \
X(TREE_DAMAGED, "device-tree-damaged", FILE,                                   \
  "the device tree is damaged: libfdt error {a}",                              \
  "copy the file again; dtc -I dtb FILE says more")                            \
X(TREE_CUT, "device-tree-truncated", FILE,                                     \
  "the device tree has {a} bytes, its header says {b}: it is cut short by {c}", \
  "copy the file again; compare its size with the original")                   \
X(TREE_DEEP, "device-tree-too-deep", FILE,                                     \
  "the device tree has more than {a} levels of nodes, and Linux reads no more", \
  "no machine needs so many: see what the file is")                            \
X(TREE_CELLS, "device-tree-bad-cells", FILE,                                   \
  "the device tree has a property of {a} bytes, which is no list of addresses of {b} and sizes of {c} cells", \
  "correct the property, or #address-cells and #size-cells above it")          \
X(OVERLAY_LABEL, "overlay-label", FILE,                                        \
  "the overlay refers to a label that the device tree does not have",          \
  "give an overlay for this machine, and a tree with symbols (dtc -@)")        \
X(OVERLAY_FAILED, "overlay-does-not-apply", FILE,                              \
  "the overlay does not apply to the device tree: libfdt error {a}",           \
  "is it an overlay, for this machine? fdtoverlay tries the same")             \
X(KEPT_MEMORY, "memory-kept", LAYOUT,                                          \
  "segment {seg} would overwrite memory from {a:x} to {b:x}, which is in use after the leap, too", \
  "see /sys/kernel/kleap/kept; leave these ranges out of the layout")          \
X(KEXEC_PAGES, "kexec-page-size", SYSTEM,                                      \
  "the running kernel has pages of {a:s}, kleap places images for pages of {b:s}", \
  "load with --via kexec_file_load, where the kernel places the image")        \
X(TREE_MEMORY, "device-tree-other-memory", FILE,                               \
  "the new kernel would be told none of the machine's {a:s} of usable RAM by the device tree", \
  "give this machine's tree; one with #address-cells = <1> ends at 4 GiB")     \
X(TREE_CYCLE, "device-tree-cycle", FILE,                                       \
  "the interrupt-parent properties of the device tree lead in a circle",       \
  "Linux would follow them without an end: correct the tree")                  \
X(KEXEC_CPUS, "kexec-cpus-stay", SYSTEM,                                       \
  "{a} CPUs came out of a spin table, and this kernel cannot send them back: it refuses kexec (EBUSY)", \
  "kleap's module parks them: modprobe kleap, --via module")                   \
X(REHEARSAL_CACHE, "rehearsal-cache", SYSTEM,                                  \
  "this machine has an outer cache, which stays on in a rehearsal: with the MMU off, the processor reads past it", \
  "leap without a rehearsal: that turns the cache off")                        \
X(CPUS_NOT_OFF, "cpus-not-off", SYSTEM,                                        \
  "{a} CPUs may go on in memory that the leap overwrites when they are offline ({b:x}, from CPU {c})", \
  "use firmware with PSCI, or boot with nr_cpus=1: the next kernel may have all") \
X(KVM_PROTECTED, "kvm-protected", SYSTEM,                                      \
  "KVM keeps memory from this kernel, and stays in it after a leap",           \
  "boot without kvm-arm.mode=protected")                                       \
X(PLACE_LOW, "place-too-low", FILE,                                            \
  "{b:s} at {a:x} is too low: the new kernel, where it goes, uses no memory below {c:x}", \
  "the nearest place that would do is {d:x}; without an address, kleap chooses one") \
X(MEM_NONE, "mem-option-leaves-nothing", FILE,                                 \
  "mem= on the command line leaves the new kernel none of the {a:s} of usable memory, which starts at {b:x}", \
  "leave it out; mem=SIZE@START replaces all memory on 32-bit ARM, mem=SIZE counts from its start") \
X(MEMORY_HIGH, "memory-too-high", FILE,                                        \
  "the machine's memory starts at {a:x}, where this kernel cannot be started: it needs memory below {b:x}", \
  "if it has an alias below 4 GiB (Keystone 2), use the kexec of kexec-tools, which knows such aliases")

enum kimg_error {
#define KIMG_ERROR_ENUM(name, id, group, text, hint) KIMG_E_##name,
	KIMG_ERRORS(KIMG_ERROR_ENUM)
#undef KIMG_ERROR_ENUM
	KIMG_E_COUNT
};

#define KIMG_OK KIMG_E_OK

/* Whose fault an error is. */
enum kimg_group {
	KIMG_GROUP_NONE,
	KIMG_GROUP_CALLER,
	KIMG_GROUP_LAYOUT,
	KIMG_GROUP_MEMORY,
	KIMG_GROUP_HOST,
	KIMG_GROUP_INTERNAL,
	KIMG_GROUP_FILE,
	KIMG_GROUP_SYSTEM,
};

#endif
