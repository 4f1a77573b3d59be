"""Checkpoints on paper, proofs and bundles on the command line, and the audit of the whole archive."""
