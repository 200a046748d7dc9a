"""`lab drill`: interview questions that are due, ninety seconds each, aloud or typed."""

import time
from typing import Annotated, Any

import typer

from labs import screen
from labs.commands.asking import may_ask, number
from labs.commands.learner import session
from labs.commands.options import Json
from labs.engine.catalogue import find
from labs.engine.session import Session
from labs.loop import drilling, ours
from labs.loop.cards import SECONDS_EACH, Boxed
from labs.loop.followup import TRANSFER
from stack.trouble import Trouble


def register(app: typer.Typer) -> None:
    """Add `drill`."""
    app.command("drill")(drill)


def drill(
    card: Annotated[str, typer.Option(help="One card, by the id that --json shows.")] = "",
    said: Annotated[str, typer.Option(help="With --card: the points you said, as 1,3.")] = "",
    result: Annotated[
        float | None, typer.Option(help="With --card: the follow-up's number.")
    ] = None,
    ahead: Annotated[bool, typer.Option("--ahead", help="Cards that are not due, too.")] = False,
    as_json: Json = False,
) -> None:
    """Answer the interview questions that are due; then tick the points you said."""
    now = session()
    if card:
        cards = drilling.due(now, time.time(), ahead=True)
        _by_options(now, _one(cards, card), said, result, as_json=as_json)
        return
    due = drilling.due(now, time.time(), ahead=ahead)
    if as_json:
        screen.print_json([_as_json(now, one) for one in due])
        return
    if not due:
        told = drilling.coming(drilling.due(now, time.time(), ahead=True))
        screen.console().print(f"{told}\nnext: ./lab next", markup=False)
        return
    if not may_ask():
        raise Trouble("Cards want somebody who answers.", "./lab drill --json (or --card ID)")
    for one in due:
        _ask(now, one)
    screen.console().print("next: ./lab next", markup=False)


def _one(cards: list[Boxed], wanted: str) -> Boxed:
    found = [one for one in cards if one.id == wanted or one.id.endswith(wanted)]
    if len(found) != 1:
        raise Trouble(f"There is no card {wanted!r}.", "./lab drill --ahead --json")
    return found[0]


def _ask(now: Session, one: Boxed) -> None:
    out = screen.console()
    out.print(f"\nlab {one.number:02}: {one.card.asks}", style="bold", markup=False)
    out.print(f"{SECONDS_EACH} s, aloud or typed. Enter shows the points.", markup=False)
    began_s = time.monotonic()
    typed = out.input("> ").strip()
    took_s = time.monotonic() - began_s
    if took_s > SECONDS_EACH:
        out.print(f"{took_s:.0f} s: shorter next time.", markup=False)
    _points(one)
    try:
        ticked = out.input("which of these did you say? (as 1,3; Enter for none) ")
    except (KeyboardInterrupt, EOFError):
        if typed:  # whoever leaves here has written something all the same
            drilling.note(now, one, [], typed)
        raise
    asked = drilling.asked_after(now, one)
    drilling.note(now, one, _numbers(one, ticked), typed)
    if asked is not None:
        given = number(out.input(f"{asked.asks} "))
        out.print(asked.graded(given) if given is not None else asked.because, markup=False)
    elsewhere = ours.transfer(find(one.card.lab))
    if elsewhere:
        out.input(f"{TRANSFER} Aloud; Enter shows one answer. ")
        out.print(elsewhere, markup=False)


def _points(one: Boxed) -> None:
    for index, point in enumerate(one.card.points, 1):
        screen.console().print(f"  {index}  {point}", markup=False)


def _numbers(one: Boxed, typed: str) -> list[int]:
    words = typed.replace(",", " ").split()
    known = {str(n): n for n in range(1, len(one.card.points) + 1)}
    wrong = [word for word in words if word not in known]
    if wrong and not may_ask():
        most = len(one.card.points)
        raise Trouble(f"{wrong[0]!r} is no point of this card.", f"--said takes 1 to {most}")
    return sorted({known[word] for word in words if word in known})


def _by_options(
    now: Session, one: Boxed, said: str, result: float | None, *, as_json: bool
) -> None:
    asked = drilling.asked_after(now, one)
    after = drilling.note(now, one, _numbers(one, said))
    graded = asked.graded(result) if asked is not None and result is not None else ""
    if as_json:
        right = asked.holds(result) if asked is not None and result is not None else None
        told: dict[str, Any] = {"points": one.card.points, "followup_right": right}
        told["due_at"] = after.due_at or None
        told["transfer"] = ours.transfer(find(one.card.lab))
        screen.print_json({"id": one.id, "step": after.step, "learnt": not after.due_at} | told)
        return
    _points(one)
    out = screen.console()
    if graded:
        out.print(graded, markup=False)
    out.print(f"Noted: {drilling.again(after)}.\nnext: ./lab next", markup=False)


def _as_json(now: Session, one: Boxed) -> dict[str, Any]:
    asked = drilling.asked_after(now, one)
    return {
        "id": one.id,
        "lab": one.number,
        "asks": one.card.asks,
        "points": len(one.card.points),
        "step": one.step,
        "due_at": one.due_at or None,
        "followup": asked.asks if asked is not None else None,
        "transfer": TRANSFER,
    }
