"""The composition root of each process role: settings in, exit code out."""
