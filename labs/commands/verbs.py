"""Every verb: the panel of `./lab --help` that it stands in, and the module that it lives in.

Only the module of the verb that was typed is imported; all are for help, and for a mistyped one.
"""

import importlib
from typing import Any

import typer

# In the order of the help: what a newcomer needs first.
PANELS = {
    "The loop": {
        "demo": "demo",
        "list": "lab",
        "start": "lab",
        "page": "lab",
        "predict": "predict",
        "break": "lab_runs",
        "diagnose": "diagnose",
        "check": "lab_runs",
        "watch": "lab_watch",
        "hint": "lab_help",
        "diff": "lab_help",
        "reset": "lab_help",
        "debrief": "debrief",
        "explain": "explain",
        "next": "evenings",
        "skip": "evenings",
        "progress": "evenings",
        "share": "share",
    },
    "Look": {
        "trace": "look",
        "logs": "stack_tools",
        "panel": "look_panels",
        "psql": "stack_tools",
        "redis-cli": "stack_tools",
        "promql": "stack_tools",
        "curl": "stack_tools",
        "env": "stack_tools",
        "console": "console",
    },
    "Interview": {
        "drill": "drill",
        "design": "design",
        "oncall": "oncall",
        "plan": "plan",
        "team": "team",
    },
    "The stack": {
        "up": "stack",
        "down": "stack",
        "status": "stack",
        "restart": "stack",
        "doctor": "stack",
        "setup": "stack",
        "uninstall": "stack",
        "chaos": "chaos",
        "spike": "load",
        "knee": "load",
    },
    "Authors and measuring": {
        "test": "testing",
        "lint": "testing",
        "verify": "authoring",
        "new": "authoring",
        "rebase": "authoring",
        "audit": "audit",
        "bench": "bench",
        "soak": "soak",
        "parity": "parity",
    },
}
MODULE = {verb: module for panel in PANELS.values() for verb, module in panel.items()}
ORDER = list(MODULE)


def modules_for(words: list[str]) -> list[str]:
    """Return the modules that this command line needs: one, if it begins with a verb."""
    if words and words[0] in MODULE:
        return [MODULE[words[0]]]
    return list(dict.fromkeys(MODULE.values())) if words else []


def register(app: typer.Typer, words: list[str]) -> None:
    """Add the verbs that this command line may mean, each in its panel."""
    for module in modules_for(words):
        importlib.import_module(f"labs.commands.{module}").register(app)
    panel_of = {verb: panel for panel, verbs in PANELS.items() for verb in verbs}
    entries: list[Any] = [*app.registered_commands, *app.registered_groups]
    for entry in entries:
        entry.rich_help_panel = panel_of.get(str(entry.name), entry.rich_help_panel)
