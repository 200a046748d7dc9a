import importlib

import typer
from typer.main import get_command

from labs.cli import GROUPS
from labs.commands.panels import ORDER, Verbs, arrange


def test_every_verb_is_in_one_panel_and_every_panel_names_only_verbs_there_are():
    app = typer.Typer(cls=Verbs)
    for group in GROUPS:
        importlib.import_module(f"labs.commands.{group}").register(app)
    arrange(app)

    command = get_command(app)

    assert len(ORDER) == len(set(ORDER))
    assert set(command.commands) == set(ORDER)
    assert command.list_commands(None) == ORDER
    assert all(one.rich_help_panel for one in command.commands.values())
