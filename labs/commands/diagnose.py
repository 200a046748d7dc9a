"""`lab diagnose`: where it is, what it is, and one piece of evidence; nothing waits for it."""

import time
from typing import Annotated, Any

import typer

from labs import screen
from labs.commands.asking import may_ask
from labs.commands.learner import session
from labs.commands.options import Json
from labs.engine.catalogue import LabFolder
from labs.engine.model import Diagnosis
from labs.engine.next_step import next_step
from labs.engine.progress import Diagnosed
from labs.engine.recorded import RecordedRun
from labs.engine.session import Session
from labs.loop.cited import Cited, find_cited
from labs.loop.diagnosis import Judged, judge, mechanisms, pick
from labs.loop.panel_evidence import asker
from labs.loop.runs_of import runs_of
from labs.loop.shown import held_against
from stack.trouble import Trouble


def register(app: typer.Typer) -> None:
    """Add `diagnose`."""
    app.command("diagnose")(diagnose)


def diagnose(  # noqa: PLR0913, PLR0917 - each is an option of the verb
    component: Annotated[str, typer.Option(help="Where it is: a name or its number.")] = "",
    mechanism: Annotated[str, typer.Option(help="What it is: a name or its number.")] = "",
    evidence: Annotated[
        str,
        typer.Option(help="A trace id, a panel, a part of a statement or of a log line."),
    ] = "",
    choices: Annotated[bool, typer.Option("--choices", help="Only show what there is.")] = False,
    skip: Annotated[bool, typer.Option("--skip", help="Rather not; nothing waits for it.")] = False,
    as_json: Json = False,
) -> None:
    """Say what you think it is, with one piece of evidence from your run; skippable."""
    now = session()
    folder = now.folder()
    asked = folder.lab.diagnosis
    if asked is None:
        raise Trouble("This lab asks for no diagnosis.", next_step(now.place()))
    if choices:
        _choices(folder, asked, as_json=as_json)
        return
    given = (component, mechanism, evidence)
    runs = [] if skip else _runs(now, folder)
    given = ("", "", "") if skip else _answers(folder, asked, given)
    if not any(given):
        _skip(now, folder)
        return
    _grade(now, folder, runs, given, as_json=as_json)


def _grade(
    now: Session,
    folder: LabFolder,
    runs: list[RecordedRun],
    given: tuple[str, str, str],
    *,
    as_json: bool,
) -> None:
    asked = folder.lab.diagnosis
    assert asked is not None  # diagnose() asked first
    component, mechanism, evidence = given
    component = pick("component", component, list(asked.components))
    mechanism = pick("mechanism", mechanism, [m.id for m in mechanisms(asked, folder.lab.slug)])
    cited = find_cited(runs, evidence, asker(now.home, folder.lab.symptom))
    cited = held_against(folder.lab.symptom, runs, cited)
    judged = judge(asked, component, mechanism, cited)
    _note(now, folder, Diagnosed(at=time.time(), component=component, mechanism=mechanism), cited)
    _tell(now, judged, cited, as_json=as_json)


def _runs(now: Session, folder: LabFolder) -> list[RecordedRun]:
    done = now.progress.lab(folder.lab.slug)
    found = runs_of(now.home, folder, done)
    if not found:
        raise Trouble("There is no run of this lab to take evidence from.", "./lab break")
    return found


def _choices(folder: LabFolder, asked: Diagnosis, *, as_json: bool) -> None:
    listed = mechanisms(asked, folder.lab.slug)
    if as_json:
        told = [{"id": one.id, "says": one.says} for one in listed]
        screen.print_json({"components": asked.components, "mechanisms": told})
        return
    _list("component:", [(name, "") for name in asked.components])
    _list("mechanism:", [(one.id, one.says) for one in listed])
    example = "--component NAME --mechanism NUMBER --evidence TRACE"
    screen.console().print(f"next: ./lab diagnose {example}", markup=False)


def _list(what: str, rows: list[tuple[str, str]]) -> None:
    screen.console().print(what, markup=False)
    for number, (name, says) in enumerate(rows, 1):
        screen.console().print(f"  {number}  {says or name}", markup=False)


def _answers(
    folder: LabFolder, asked: Diagnosis, given: tuple[str, str, str]
) -> tuple[str, str, str]:
    """Return what was given, or ask for what is missing where somebody can answer."""
    component, mechanism, evidence = given
    if all(given):
        return given
    if not may_ask():
        words = "./lab diagnose --choices (or --skip)"
        raise Trouble("A diagnosis is a component, a mechanism and a piece of evidence.", words)
    console = screen.console()
    if not component:
        _list("Where is it?", [(name, "") for name in asked.components])
        component = console.input("component (Enter skips): ").strip()
    if component and not mechanism:
        listed = mechanisms(asked, folder.lab.slug)
        _list("What is it?", [(one.id, one.says) for one in listed])
        mechanism = console.input("mechanism (Enter skips): ").strip()
    if mechanism and not evidence:
        console.print("One piece of evidence: a trace id, a panel, a statement, a log line.")
        evidence = console.input("evidence (Enter skips): ").strip()
    return (component, mechanism, evidence) if evidence else ("", "", "")


def _skip(now: Session, folder: LabFolder) -> None:
    _note(now, folder, Diagnosed(at=time.time()), None)
    screen.console().print(f"Skipped.\nnext: {next_step(now.place())}", markup=False)


def _note(now: Session, folder: LabFolder, tried: Diagnosed, cited: Cited | None) -> None:
    asked = folder.lab.diagnosis
    if cited is not None and not cited.look_for:
        tried.evidence, tried.run = f"{cited.kind} {cited.said}", cited.run
    if asked is not None and tried.component:
        tried.right = judge(asked, tried.component, tried.mechanism, cited).right
    now.change_lab(folder, lambda lab: lab.diagnoses.append(tried))


def _tell(now: Session, judged: Judged, cited: Cited | None, *, as_json: bool) -> None:
    if as_json:
        screen.print_json(_as_json(judged, cited))
    else:
        console = screen.console()
        for said in judged.says:
            console.print(said, markup=False)
        console.print(_ends(now, right=judged.right), markup=False)
        console.print(f"next: {next_step(now.place())}", markup=False)
    raise typer.Exit(0 if judged.right else 1)


def _ends(now: Session, *, right: bool) -> str:
    """Say what a diagnosis leads to: a right one to the repair, unless that is done already."""
    if not right:
        return "Try again, or go on: nothing waits."
    if now.place().solved:
        return "Your diagnosis holds."
    code = now.workspace.path / "services"
    return (
        f"Your diagnosis holds. Now repair the code in {code}: "
        "./lab watch checks it at every save, ./lab check once."
    )


def _as_json(judged: Judged, cited: Cited | None) -> dict[str, Any]:
    found = None
    if cited is not None:
        found = {"kind": cited.kind, "said": cited.said, "run": cited.run, "shows": cited.shows}
    return {
        "right": judged.right,
        "component": judged.component,
        "mechanism": judged.mechanism,
        "evidence": found,
        "says": judged.says,
    }
