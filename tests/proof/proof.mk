# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Proofs of the engine's code for all inputs: docs/proof.md.
#
#   make prove-wp                   prove the contracts in core/; plant faults, see them found
#   make proof-quick                the part of it that takes a minute, for i386
#
# One function, and what the prover says about it:
#   make prove-wp FUNCTIONS=kimg_overlap VERBOSE=1

proof: prove-wp

prove-wp: proof-packages
	@BUILD='$(BUILD)' tests/proof/prove $(FUNCTIONS)

proof-quick: proof-packages
	@BUILD='$(BUILD)' tests/proof/prove --quick

proof-packages:
	@tests/packages frama-c-base why3 z3 cvc4 gcc make

.PHONY: proof prove-wp proof-quick proof-packages
