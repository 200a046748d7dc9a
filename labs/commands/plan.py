"""`lab plan`: the evenings until an interview, one after the other."""

import datetime as dt
from typing import Annotated, Any

import typer

from labs import screen
from labs.commands.learner import session
from labs.commands.options import Json
from labs.loop import plan as planning
from stack.trouble import Trouble


def register(app: typer.Typer) -> None:
    """Add `plan`."""
    app.command("plan")(plan)


def plan(
    interview: Annotated[str, typer.Option(help="The day, as 2026-12-22; remembered.")] = "",
    as_json: Json = False,
) -> None:
    """Spread the labs over the evenings until your interview."""
    now, today = session(), dt.datetime.now().astimezone().date()
    typed = interview or now.progress.interview
    if not typed:
        example = (today + dt.timedelta(weeks=5)).isoformat()
        raise Trouble("When is the interview?", f"./lab plan --interview {example}")
    day = planning.day_of(typed, today)
    if interview:
        now.file.change(lambda whole: setattr(whole, "interview", day.isoformat()))
    made = planning.of_progress(now.progress, day, today)
    if as_json:
        screen.print_json(_as_json(day, made))
        return
    _show(day, made)


def _show(day: dt.date, made: planning.Plan) -> None:
    out = screen.console()
    out.print(f"Interview on {day:%A, %Y-%m-%d}: {len(made.nights)} evenings.", markup=False)
    theme = ""
    for night in made.nights:
        if night.theme and night.theme != theme:
            theme = night.theme
            out.print(f"\n{theme}", style="bold", markup=False)
        what = f"lab {night.number:02}  {night.what}" if night.number else night.what
        out.print(f"  {night.day:%a %m-%d}  {what}", markup=False)
    for numbers, words in (
        (made.done, "solved already"),
        (made.no_time_for, "left out for want of evenings"),
        (made.not_here, "not in this checkout"),
    ):
        if numbers:
            out.print(f"{words}: {', '.join(f'{n:02}' for n in numbers)}", markup=False)
    out.print("next: ./lab next", markup=False)


def _as_json(day: dt.date, made: planning.Plan) -> dict[str, Any]:
    nights = [
        {"day": night.day.isoformat(), "lab": night.number, "what": night.what}
        for night in made.nights
    ]
    return {
        "interview": day.isoformat(),
        "evenings": nights,
        "solved": made.done,
        "left_out": made.no_time_for,
        "not_here": made.not_here,
    }
