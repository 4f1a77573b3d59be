"""Children's privacy: data keys of pupils, kept outside of the log, and what is done with them; uses only schemas."""
