# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Lab kernels built from source: Linux as it is, with the fixes, with the RFC as posted and repaired, with the engine.
# Included by lab/lab.mk.
#
#   make lab-tree                  build them, boot each on each machine, print one table; hours the first time
#   make lab-tree RESUME=1         go on where the last run ended
#   make lab-tree FLAVOURS=i386 LEVELS="stock engine" MACHINES=i386-2g   a part of it; lab/tree/all names the settings

LAB_TREE_SETTINGS := FLAVOURS LEVELS MACHINES BOOTS RESUME PAYLOAD_MB KERNEL_APPEND RAM CPUS ACCEL TIMEOUT PATIENCE JOBS LINUX_6_1 LINUX_6_12 \
	CCACHE_DIR KLEAP_CACHE BUILD

.PHONY: lab-tree lab-tree-check

lab-tree:
	@$(foreach s,$(LAB_TREE_SETTINGS),$(if $(filter-out undefined,$(origin $(s))),$(s)='$($(s))')) lab/tree/all

lab-tree-check:
	@BUILD='$(BUILD)' lab/tree/verify-test
