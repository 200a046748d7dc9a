"""The `lab` command: it only gathers the verbs and turns Trouble into a sentence."""

import os
import sys

import typer

from labs import screen
from labs.commands import verbs
from labs.commands.bare import where
from labs.commands.usage import Verbs
from stack.trouble import Trouble

INTERRUPTED = 130

app = typer.Typer(
    name="lab",
    cls=Verbs,
    help="Short Circuit: a URL shortener you break on purpose.",
    no_args_is_help=False,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
app.callback(invoke_without_command=True)(where)


def main() -> None:
    """Run one verb; bad input is one sentence, the next command, and exit code 2."""
    if "--yes" in sys.argv:  # the launcher heard it before any verb could
        sys.argv.remove("--yes")
        os.environ["LAB_YES"] = "1"
    if "--plain" in sys.argv:  # before or after the verb
        sys.argv.remove("--plain")
        screen.be_plain()
    if sys.argv[1:2] == ["help"]:  # as people type it: `./lab help break`
        sys.argv[1:] = [*sys.argv[2:], "--help"]
    if "--on" in sys.argv[1:3]:
        _on_another_runtime(sys.argv.index("--on"))
    try:
        verbs.register(app, sys.argv[1:])
        app(prog_name="./lab")
    except KeyboardInterrupt:  # before the verb could say something about it
        sys.exit(INTERRUPTED)
    except Trouble as trouble:
        _refuse(trouble)
    except BrokenPipeError:
        os._exit(0)  # whoever read us has seen enough
    except OSError as error:  # a full disk, a missing permission: the machine's own sentence
        about = f"{error.filename}: " if error.filename else ""
        _refuse(Trouble(f"{about}{error.strerror or error}."))


def _on_another_runtime(at: int) -> None:
    """`--on compose VERB`: everything behind it is the console container's to answer."""
    chosen, words = sys.argv[at + 1 : at + 2], sys.argv[at + 2 :]
    del sys.argv[at : at + 2]
    if chosen == ["embedded"]:
        return
    if chosen != ["compose"]:
        _refuse(Trouble("--on is embedded or compose.", "./lab --on compose up"))
    from stack.compose import host  # noqa: PLC0415 - most people never need it

    try:
        sys.exit(host.run(words))
    except Trouble as trouble:
        _refuse(trouble)


def _refuse(trouble: Trouble) -> None:
    out = screen.console(stderr=True)
    out.print(f"lab: {trouble.said}", markup=False)
    out.print(f"next: {trouble.try_next}", markup=False)
    sys.exit(2)
