"""Erasure, retention and the keyring of this machine, for the command line and the processes."""
