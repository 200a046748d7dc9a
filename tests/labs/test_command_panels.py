import subprocess
import sys

import pytest
import typer
from typer.main import get_command

from labs.commands.usage import Verbs
from labs.commands.verbs import MODULE, ORDER, PANELS, modules_for, register

# Each of these is a tenth of a second and more; what draws three lines does not wait for them.
HEAVY = ("redis", "asyncpg", "fastapi", "nicegui", "matplotlib", "jinja2", "locust", "httpx2")


def command(words):
    app = typer.Typer(cls=Verbs)
    register(app, words)
    return get_command(app)


def test_every_verb_is_in_one_panel_and_every_panel_names_only_verbs_there_are():
    whole = command(["--help"])

    assert sum(map(len, PANELS.values())) == len(set(ORDER))
    assert set(whole.commands) == set(ORDER)
    assert whole.list_commands(None) == ORDER
    assert all(one.rich_help_panel for one in whole.commands.values())


@pytest.mark.parametrize("verb", ORDER)
def test_a_verb_is_in_the_module_that_the_table_names(verb):
    app = typer.Typer(cls=Verbs)
    register(app, [verb])
    named = {str(one.name) for one in (*app.registered_commands, *app.registered_groups)}

    assert named == {other for other, module in MODULE.items() if module == MODULE[verb]}


def test_a_mistyped_verb_is_looked_for_among_all():
    assert modules_for(["tarce"]) == list(dict.fromkeys(MODULE.values()))
    assert modules_for([]) == []


@pytest.mark.parametrize("words", [[], ["list"], ["page"], ["hint"], ["status"]])
def test_what_only_reads_imports_nothing_heavy(words):
    program = (
        "import sys, typer\nfrom labs import cli\nfrom labs.commands import verbs\n"
        f"verbs.register(typer.Typer(), {words!r})\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout

    assert said.strip() == "[]"
