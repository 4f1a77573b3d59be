"""The archive: every record of the log into the store exactly once, with what proves it."""
