"""The command line: `deskhand`. Everything heavy is imported inside the command that needs it, so that help is at
hand at once."""

from deskhand.cli.main import deskhand, main

__all__ = ["deskhand", "main"]
