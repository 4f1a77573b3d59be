"""Proof that nothing was altered: of one event, between two heads, and of a whole bundle."""
