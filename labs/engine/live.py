"""Draws a running experiment from the files it is writing, so that drawing never slows it down.

    with Live(plan, run_dir, title="Every two seconds") as live:
        while process.poll() is None:
            live.tick()
            time.sleep(0.25)

or, where nothing else is to be done meanwhile, `Live(..., by_itself=True)`: a thread ticks. In a
terminal it is a picture of the last seconds; elsewhere, or with `--plain`, one line per second.
"""

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.live import Live as Redrawn
from rich.text import Text

from labs import screen
from labs.engine import events as happenings
from labs.engine import live_picture
from labs.engine.figures import Slices, is_request
from labs.engine.recorded import LEDGER
from labs.engine.tail import Tail
from loadtests.plan import arrivals_of, plan_of

TICK_S = 0.25
PLAIN_DELAY_S = 1.0  # a line waits this long for the answers that are still on their way


class Live:
    """One running experiment on the screen."""

    def __init__(  # noqa: PLR0913 - what is drawn, where, and two seams for tests
        self,
        plan: Mapping[str, Any],
        run_dir: Path,
        *,
        title: str = "",
        by_itself: bool = False,
        console: Console | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.t0 = float(plan["t0"])
        self.length_s = length_s(plan)
        self.title = title
        self._console = console or screen.console()
        self._moves = screen.may_animate() if console is None else console.is_terminal
        self._clock = clock
        self._ledger = Tail(run_dir / LEDGER)
        self._log = Tail(run_dir / happenings.FILE_NAME)
        self._acted: set[str] = set()
        self._events: list[happenings.Event] = []
        width_s = _slice_s(self.length_s) if self._moves else 1.0
        self._slices = Slices(self.t0, width_s, planned_s(plan))
        self._said_s = 0
        self._told = 0
        self._redrawn: Redrawn | None = None
        self._thread = threading.Thread(target=self._tick_by_itself, daemon=True)
        self._by_itself = by_itself
        self._over = threading.Event()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Begin to draw."""
        if self._moves:
            self._redrawn = Redrawn(console=self._console, auto_refresh=False, transient=False)
            self._redrawn.start()
        if self._by_itself:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Draw the last moment and leave it on the screen."""
        self._over.set()
        if self._by_itself:
            self._thread.join()
        self.tick(final=True)
        if self._redrawn is not None:
            self._redrawn.stop()

    def tick(self, *, final: bool = False) -> None:
        """Read what is new and draw it; cheap when nothing is."""
        with self._lock:
            self._read()
            now_s = self._clock() - self.t0
            if self._redrawn is not None:
                self._redrawn.update(self._picture(now_s), refresh=True)
            else:
                self._print_lines(now_s, final=final)

    def say(self, words: str) -> None:
        """Print a line above the picture."""
        self._console.print(words, markup=False)

    def _read(self) -> None:
        for line in self._ledger.new():
            if is_request(line):
                self._slices.add(line)
        fresh = (happenings.event_of(line, self.t0) for line in self._log.new())
        self._events.extend(event for event in fresh if self._worth_telling(event))

    def _worth_telling(self, event: happenings.Event) -> bool:
        """Leave out the grader's bookkeeping, and an action that repeats after its first time."""
        if event.kind == "action" and event.name in self._acted:
            return False
        self._acted.add(event.name)
        return event.kind in happenings.SHOWN

    def _picture(self, now_s: float) -> Text:
        frame = live_picture.Frame(
            title=self.title,
            now_s=now_s,
            length_s=self.length_s,
            width=min(self._console.width, 120),
            ascii_only=self._console.encoding.lower() not in {"utf-8", "utf8"},
        )
        recent = self._slices.recent(max(now_s, 0.0), frame.columns)
        drawn = live_picture.lines(frame, recent, self._events)
        return Text("\n").join(Text(line, style) for line, style in drawn)

    def _print_lines(self, now_s: float, *, final: bool) -> None:
        for event in self._events[self._told :]:
            self._console.print(live_picture.event_line(event), markup=False)
        self._told = len(self._events)
        whole = int(now_s if final else now_s - PLAIN_DELAY_S)
        for second in self._slices.all(whole)[self._said_s : max(whole, 0)]:
            on = happenings.windows(self._events, now_s)
            self._console.print(live_picture.second_line(second, on), markup=False)
        self._said_s = max(self._said_s, whole)

    def _tick_by_itself(self) -> None:
        while not self._over.wait(TICK_S):
            self.tick()


def _slice_s(length_s: float, columns: int = 54) -> float:
    """Return a width of slices with which a short run fills the picture."""
    return min(TICK_S, max(0.1, length_s / columns))


def planned_s(plan: Mapping[str, Any]) -> list[float]:
    """Return when each request is due; nothing for a plan that is not the load generator's."""
    try:
        return [arrival.offset_s for arrival in arrivals_of(plan_of(plan))]
    except (ValueError, KeyError):
        return []


def length_s(plan: Mapping[str, Any]) -> float:
    """Return how long the timeline of a plan is."""
    if "length_s" in plan:
        return float(plan["length_s"])
    ends = [phase["start_s"] + phase["duration_s"] for phase in plan.get("phases", ())]
    return float(max(ends, default=0.0))
