"""The command line: `deskhand`."""


def main() -> None:
    """Run a command."""
