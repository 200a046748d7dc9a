"""`lab share`: three lines, a picture and a badge; local, and nothing given away."""

from pathlib import Path
from typing import Annotated

import typer

from labs import screen
from labs.commands.learner import session
from labs.commands.options import Json
from labs.engine.catalogue import LabFolder, all_labs, find
from labs.engine.recorded import RecordedRun
from labs.engine.session import Session
from labs.loop.runs_of import broken_run, solved_run
from labs.share.badge import badge
from labs.share.summary import Summary, summary
from stack.home import write_atomically
from stack.trouble import Trouble


def register(app: typer.Typer) -> None:
    """Add `share`."""
    app.command("share")(share)


def share(
    lab: Annotated[
        str, typer.Argument(help="A lab you solved; the one in hand, or the last, unless said.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Make something to show: no spoiler, no user, no host, no path in it; nothing is sent."""
    now = session()
    folder = find(lab) if lab else _latest(now)
    done = now.progress.lab(folder.lab.slug)
    before, after = broken_run(now.home, done), solved_run(now.home, done)
    number = f"{folder.lab.number:02}"
    if done.solved_at is None:
        raise Trouble(f"Lab {number} is not solved yet.", f"./lab start {number}")
    if before is None or after is None:
        said = f"Lab {number} has not both runs any more (one broken, one that passed)."
        raise Trouble(said, f"./lab start {number}")
    told, files = _write(now, folder, before, after)
    if as_json:
        paths = {kind: str(path) for kind, path in files.items()}
        screen.print_json({"lines": told.lines, "files": paths})
        return
    out = screen.console()
    out.print("\n".join(told.lines), markup=False)
    names = ", ".join(path.name for path in files.values())
    out.print(f"\nIn {now.home.path / 'share'}: {names}", markup=False)
    out.print("next: ./lab next", markup=False)


def _write(
    now: Session, folder: LabFolder, before: RecordedRun, after: RecordedRun
) -> tuple[Summary, dict[str, Path]]:
    """Write the three files and return what they say and where they are."""
    from labs.share import picture  # noqa: PLC0415 - matplotlib is slow to import

    counted = _count(now)
    told = summary(folder, now.progress.lab(folder.lab.slug), before, after, counted)
    place = now.home.path / "share"
    place.mkdir(parents=True, exist_ok=True)
    files = {kind: place / f"lab-{folder.lab.number:02}.{kind}" for kind in ("txt", "png")}
    files["svg"] = place / "badge.svg"
    write_atomically(files["txt"], "\n".join(told.lines) + "\n")
    write_atomically(files["svg"], badge(*counted))
    picture.draw(told, before, after, files["png"])
    return told, files


def _latest(now: Session) -> LabFolder:
    """Return the lab in hand if it is solved, else the one that was solved last."""
    progress, in_hand = now.progress, now.in_hand()
    if in_hand is not None and progress.lab(in_hand.lab.slug).solved_at is not None:
        return in_hand
    solved = [(progress.lab(f.lab.slug).solved_at or 0.0, f.lab.number, f) for f in all_labs()]
    at, _, folder = max(solved, key=lambda one: one[:2])
    if not at:
        raise Trouble("No lab is solved yet; there is nothing to show.", "./lab next")
    return folder


def _count(now: Session) -> tuple[int, int]:
    progress, labs = now.progress, all_labs()
    solved = sum(progress.lab(f.lab.slug).solved_at is not None for f in labs)
    return solved, len(labs)
