"""`campanile doctor`: what is wrong with this machine, these settings and these services, and what to do about it."""
