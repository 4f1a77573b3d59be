"""The parent's narrow door: one guardian, one child's running trip, and nothing else."""
