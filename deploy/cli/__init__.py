"""The `campanile` command: one subcommand per verb, each loaded only when it is asked for."""

from deploy.cli.main import main

__all__ = ["main"]
