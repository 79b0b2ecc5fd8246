"""`deskhand runs`: what was asked and ingested, and how each was carried."""

import click


@click.group()
def runs() -> None:
    """Runs."""
