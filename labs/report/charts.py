"""Which plots the report has, and what each says in one sentence."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from markupsafe import Markup

from labs.engine.chart import nice_top
from labs.engine.figures import Slice, percentile
from labs.engine.recorded import RecordedRun
from labs.engine.results import spoken
from labs.report import plot, series
from labs.report.series import Dot, Points

MOST_DOTS = 6000
SLOW_MS = 100.0
HEADROOM = 1.25  # for the figure that stands above the highest point
LOW_MS = 1.0
LATENCIES = (("half waited at most", 50), ("19 of 20 waited", 95), ("99 of 100 waited", 99))


@dataclass(frozen=True, slots=True)
class Chart:
    """A plot with its heading and the sentence below."""

    title: str
    says: str
    picture: Markup


@dataclass(frozen=True)
class Pair:
    """Two runs of one experiment, and what their plots share."""

    before: RecordedRun
    after: RecordedRun

    @property
    def length_s(self) -> float:
        """How long the timeline is."""
        return max(self.before.length_s, self.after.length_s, 1.0)

    @property
    def faults(self) -> list[tuple[float, float, str]]:
        """When faults were on, as in the first run (the second replays the same timeline)."""
        return faults_of(self.before)

    @property
    def moments(self) -> list[tuple[float, str]]:
        """What the grader did at which second of the first run."""
        return moments_of(self.before)


def faults_of(run: RecordedRun) -> list[tuple[float, float, str]]:
    """Return the stretches in which faults were on."""
    return [(fault.from_s, fault.to_s, fault.name) for fault in run.faults]


def moments_of(run: RecordedRun) -> list[tuple[float, str]]:
    """Return the first time that each action happened."""
    first: dict[str, float] = {}
    for event in run.events:
        if event.kind == "action":
            first.setdefault(event.name, event.at_s)
    return sorted((at_s, name) for name, at_s in first.items())


def dot_charts(pair: Pair) -> list[Chart]:
    """Each run's requests, one dot each, on the same axes."""
    runs = (("before", pair.before), ("after", pair.after))
    all_dots = [(name, run, series.dots(run)) for name, run in runs]
    highest = max((dot.took_ms for _, _, dots in all_dots for dot in dots), default=1000.0)
    top = nice_top([highest * HEADROOM], 100.0)
    return [_dot_chart(pair, name, run, dots, top) for name, run, dots in all_dots]


def _dot_chart(pair: Pair, name: str, run: RecordedRun, dots: Sequence[Dot], top: float) -> Chart:
    faults = faults_of(run)
    axes = plot.Axes(pair.length_s, top, LOW_MS, lanes=len(faults), right=14)
    every = -(-len(dots) // MOST_DOTS) or 1
    drawn = [d for n, d in enumerate(dots) if n % every == 0 or d.took_ms > SLOW_MS or not d.good]
    slow = sum(dot.took_ms > SLOW_MS for dot in dots)
    failed = sum(not dot.good for dot in dots)
    says = f"{len(dots)} requests: {slow} waited more than {SLOW_MS:g} ms, {failed} failed."
    if every > 1:
        says += f" Of the quick ones, 1 in {every} is drawn."
    picture = plot.svg(
        axes,
        f"Every request, {name}",
        says,
        [
            plot.shade(axes, faults),
            plot.grid(axes, plot.log_ticks(LOW_MS, top), "ms"),
            plot.scatter(axes, drawn, name),
            plot.marks(axes, moments_of(run)),
        ],
    )
    return Chart(f"Every request, {name}", says, picture)


def overlays(pair: Pair) -> Iterator[Chart]:
    """The two runs on the same axes: load, goodput, failures, latency."""
    yield _overlay(pair, "Offered load", "requests/s", _offered, _per_s)
    yield _overlay(pair, "Goodput", "requests/s", _good, _per_s)
    if any(one.failed for run in (pair.before, pair.after) for one in run.slices(1.0)):
        yield _overlay(pair, "Failed", "requests/s", lambda one: one.failed_rps, _per_s)
    for words, percent in LATENCIES:
        value = partial(Slice.latency_ms, percent=percent)
        yield _overlay(pair, f"p{percent}: {words}", "ms", value, _in_ms, log=True)


def _overlay(  # noqa: PLR0913 - a plot has that many parts
    pair: Pair,
    title: str,
    unit: str,
    value: Callable[[Slice], float | None],
    say: Callable[[float], str],
    *,
    log: bool = False,
) -> Chart:
    both = (series.of_slices(pair.before, value), series.of_slices(pair.after, value))
    return overlay(pair, title, unit, both, say, log=log)


def overlay(  # noqa: PLR0913 - a plot has that many parts
    pair: Pair,
    title: str,
    unit: str,
    both: tuple[Points, Points],
    say: Callable[[float], str],
    *,
    log: bool = False,
) -> Chart:
    """Draw one figure of both runs over the timeline."""
    highest = max((v for points in both for _, v in points if v is not None), default=0.0)
    top = nice_top([highest * HEADROOM], 10.0 if log else 1.0)
    axes = plot.Axes(pair.length_s, top, LOW_MS if log else 0.0)
    ticks = plot.log_ticks(LOW_MS, top) if log else [0, top / 2, top]
    named = list(zip(("before", "after"), both, strict=True))
    highs = [max((v for _, v in points if v is not None), default=None) for points in both]
    says = " ".join(
        f"Highest {name}: {say(high)}." if high is not None else f"Nothing measured {name}."
        for (name, _), high in zip(named, highs, strict=True)
    )
    parts = [
        plot.shade(axes, pair.faults),
        plot.grid(axes, ticks, unit),
        # The dashes go on top: where both runs agree, both must be seen.
        *(plot.line(axes, points, name) for name, points in reversed(named)),
        plot.marks(axes, pair.moments),
        plot.end_labels(axes, named),
        plot.peak(axes, both[0], "before", say),
    ]
    return Chart(title, says, plot.svg(axes, title, says, parts))


def database(pair: Pair) -> Iterator[Chart]:
    """What was waited for: spans as the services saw them, statements as PostgreSQL counted."""
    sources = (
        (
            "Under way to PostgreSQL and back",
            "at once",
            partial(series.at_once, wanted=series.in_postgres),
        ),
        ("Waiting in line", "at once", partial(series.at_once, wanted=series.in_line)),
        ("Executed by PostgreSQL", "statements/s", series.executed),
        ("Waiting for a lock", "at once", series.lock_waiters),
    )
    for title, unit, read in sources:
        both = (read(pair.before), read(pair.after))
        if any(value for points in both for _, value in points):
            yield overlay(pair, title, unit, both, _count)


def seconds_table(pair: Pair) -> list[list[str]]:
    """The plotted figures, second by second: offered, good, p50, p95, p99, before and after."""
    both = (pair.before.slices(1.0), pair.after.slices(1.0))
    rows = []
    for second in range(int(pair.length_s) + 1):
        ones = [slices[second] if second < len(slices) else None for slices in both]
        if not any(one and (one.offered or one.good) for one in ones):
            continue
        row = [f"{second}"]
        for value in (_offered, _good):
            row += [_count(value(one)) if one else "-" for one in ones]
        for percent in (50, 95, 99):
            row += [_ms(one.latencies_ms if one else (), percent) for one in ones]
        rows.append(row)
    return rows


def _offered(one: Slice) -> float:
    return one.offered_rps


def _good(one: Slice) -> float:
    return one.good_rps


def _per_s(value: float) -> str:
    return f"{spoken(round(value))}/s"


def _in_ms(value: float) -> str:
    return f"{spoken(round(value, 1 if value < 100 else 0))} ms"


def _count(value: float) -> str:
    return spoken(round(value))


def _ms(values: Sequence[float], percent: float) -> str:
    found = percentile(values, percent)
    return "-" if found is None else f"{found:.0f}"
