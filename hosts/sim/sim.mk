# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The simulator, and the machine of references, for this machine, and with the sanitizers for the tests.

SIM_SRC := $(addprefix hosts/sim/,sim.c sim_frames.c sim_memory.c sim_pull.c sim_leap.c refs.c)

$(BUILD)/libsim.a: $(SIM_SRC:%.c=$(BUILD)/host/%.o)
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/san/libsim.a: $(SIM_SRC:%.c=$(BUILD)/san/%.o)
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
