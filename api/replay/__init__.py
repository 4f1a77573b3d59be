"""Any morning again: archived events of several campuses and systems in one order, at any speed, with a digest."""
