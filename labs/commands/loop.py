"""The verbs that make a person come back: gathered here, one module each."""

import typer

from labs.commands import (
    debrief,
    design,
    diagnose,
    drill,
    evenings,
    explain,
    oncall,
    plan,
    share,
    team,
)


def register(app: typer.Typer) -> None:
    """Add the loop's verbs."""
    for group in (diagnose, debrief, explain, evenings, plan, drill, design, share, oncall, team):
        group.register(app)
