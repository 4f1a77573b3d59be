"""Children's privacy: pupils' data keys, kept outside of the log, and what is done with them; uses only schemas."""
