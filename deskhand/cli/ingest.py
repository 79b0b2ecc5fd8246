"""`deskhand ingest`."""

import click


@click.command()
def ingest() -> None:
    """Runs."""
