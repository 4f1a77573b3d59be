"""Copies of state documents in the store, from which the past is folded on."""
