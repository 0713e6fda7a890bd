// SPDX-License-Identifier: GPL-2.0-only
// A position in place of the two pointers.
// file: include/linux/kexec.h
// gone: [*]last_entry
@@
@@
  struct kimage {
  	...
- 	kimage_entry_t *entry;
- 	kimage_entry_t *last_entry;
+ 	kimage_entry_pos_t entry_pos;
  	...
  };
