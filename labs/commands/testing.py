"""Verbs of the group `testing`."""

import typer


def register(app: typer.Typer) -> None:
    """Add this group's verbs to the command."""
