# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Lab kernels built from source: Linux as it is, with the RFC as posted, with the RFC repaired, with the engine.
# Included by lab/lab.mk.
#
#   make lab-tree                  build them, boot each on each machine, print one table; about an hour the first time
#   make lab-tree KERNELS="stock engine" MACHINES=i386-2g DEBUG_KERNELS= X86_64_KERNELS=   a part of it; lab/tree/all names the settings

LAB_TREE_SETTINGS := KERNELS MACHINES DEBUG_KERNELS DEBUG_MACHINES X86_64_KERNELS X86_64_MACHINES PAYLOAD_MB KERNEL_APPEND RAM CPUS ACCEL TIMEOUT \
	PATIENCE JOBS LINUX_6_1 LINUX_6_12 CCACHE_DIR KLEAP_CACHE BUILD

.PHONY: lab-tree lab-tree-check

lab-tree:
	@$(foreach s,$(LAB_TREE_SETTINGS),$(if $(filter-out undefined,$(origin $(s))),$(s)='$($(s))')) lab/tree/all


lab-tree-check:
	@BUILD='$(BUILD)' lab/tree/verify-test
