"""Runs the processes of one machine: start order, health, restart with backoff, clean stop."""
