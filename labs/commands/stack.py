"""Verbs of the group `stack`."""

import typer


def register(app: typer.Typer) -> None:
    """Add this group's verbs to the command."""
