"""Questions to the past: a scope becomes a predicate, a predicate a bounded, ordered read of the store."""
