"""What follows from the log: pure folds and rules (``core``, ``systems``), and the thin shell that feeds them."""
