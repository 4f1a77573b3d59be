"""The live view in memory and the event streams over it."""
