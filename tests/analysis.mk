# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What looks at the code and at the tests, beside the tests: docs/analysis.md.
#
#   make coverage                   the branches that the tests on this machine take
#   make check-clang                command, library and tests on this machine, by clang
#   make check-bigendian            test_*.c on big-endian machines, under QEMU; TESTS= as in check-host
#   make analyse                    gcc's and clang's analysers, cppcheck, sparse, shellcheck

# Tests that do not run what is measured.
UNMEASURED := test_freestanding.sh test_porting.sh test_runner.sh \
	test_build.sh test_install.sh test_mutants.sh
# Random cases repeat what the first ones took.
COVERAGE_CASES ?= 600

coverage:
	@find $(BUILD)/coverage -name '*.gcda' -delete 2>/dev/null || true
	@KLEAP_CASES=$(COVERAGE_CASES) $(MAKE) BUILD=$(BUILD)/coverage OPT='-O0 -g' SANITIZE=--coverage \
		TESTS='$(filter-out $(UNMEASURED),$(TESTS))' check-host
	@BUILD='$(BUILD)' tests/coverage core errors boot boot/x86 boot/arm boot/arm64 cli cli/system cli/ways cli/x86 cli/arm cli/arm64 cli/devicetree

check-clang:
	@tests/packages clang libclang-rt-dev
	@$(MAKE) BUILD=$(BUILD)/clang CC=clang all check-host

check-bigendian:
	@BUILD='$(BUILD)' tests/bigendian $(filter test_%.c,$(TESTS))

analyse:
	@BUILD='$(BUILD)' FLAGS='$(CPPFLAGS) $(CFLAGS)' tests/analyse $(TOOLS)

.PHONY: coverage check-clang check-bigendian analyse
