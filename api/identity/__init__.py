"""Signing in: who somebody is, proved by password, code or identity provider, and kept as sessions and tokens."""
