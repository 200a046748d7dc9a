"""Puts the report together: reads two runs, fills the template, writes one file."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from chaos.words import described
from labs.engine.figures import is_good, percentile
from labs.engine.model import GUARD_PREFIX
from labs.engine.recorded import RecordedRun
from labs.engine.results import spoken
from labs.report import charts, series, traces
from labs.report.debrief import Debrief
from stack.home import write_atomically

TEMPLATES = Path(__file__).parent / "templates"
MOST_STATEMENTS = 5
_WORDS = {True: "held", False: "broke", None: "not measured"}


def write(  # noqa: PLR0913 - what the page holds beyond the two runs is named at the call
    before: Path,
    after: Path,
    out: Path,
    *,
    title: str,
    show_diff: str | None = None,
    debrief: Debrief | None = None,
) -> Path:
    """Compare two runs of one experiment in one self-contained HTML file and return its path.

    `show_diff` is the text of the change between them; without it the report says that a repair
    holds and nothing about how.
    """
    runs = RecordedRun(before), RecordedRun(after)
    page = render(*runs, title=title, show_diff=show_diff, debrief=debrief)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(out, page)
    return out


def render(
    before: RecordedRun,
    after: RecordedRun,
    *,
    title: str,
    show_diff: str | None = None,
    debrief: Debrief | None = None,
) -> str:
    """Return the report as HTML."""
    pair = charts.Pair(before, after)
    return (
        templates()
        .get_template("report.html.j2")
        .render(
            title=title,
            style=Markup((TEMPLATES / "report.css").read_text(encoding="utf-8")),  # noqa: S704 - ours
            runs=(("before", before), ("after", after)),
            claims=_claims(before.verdict, after.verdict),
            tiles=_tiles(before, after),
            dots=charts.dot_charts(pair),
            overlays=list(charts.overlays(pair)),
            database=list(charts.database(pair)),
            statements=_statements(before, after, how=show_diff is not None),
            moments=_moments(pair),
            faults=_faults(before),
            phases=_phases(before),
            seconds=charts.seconds_table(pair),
            phase=before.main_phase,
            sides=traces.side_by_side(before, after, how=show_diff is not None),
            diff=_diff_lines(show_diff),
            debrief=debrief,
        )
    )


def templates() -> jinja2.Environment:
    """Return the pages of this room; what people typed is shown as typed."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _claims(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row per claim of either run; guards that nobody broke share the last one."""
    firsts = {claim["id"]: claim for claim in before.get("claims", ())}
    seconds = {claim["id"]: claim for claim in after.get("claims", ())}
    rows: list[dict[str, Any]] = []
    kept: list[dict[str, Any]] = []
    for claim_id in dict.fromkeys([*firsts, *seconds]):
        first, second = firsts.get(claim_id, {}), seconds.get(claim_id, {})
        row = _row(first, second)
        whole = first.get("ok") is True and second.get("ok") is True
        (kept if whole and claim_id.startswith(GUARD_PREFIX) else rows).append(row)
    return [*rows, *_kept(kept)]


def _row(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    any_of_them = first or second
    return {
        "says": any_of_them["says"],
        "needed": f"{any_of_them['needed']} {any_of_them.get('unit', '')}".strip(),
        "before": _measured(first),
        "after": _measured(second),
        "felt": first.get("felt", "") if first.get("ok") is False else "",
        "stretch": bool(any_of_them.get("stretch")),
    }


def _kept(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not rows:
        return []
    whole = {"value": f"{len(rows)} of {len(rows)}", "word": _WORDS[True]}
    return [
        {
            "says": "nothing that worked before stopped working",
            "needed": "all",
            "before": whole,
            "after": whole,
            "felt": "; ".join(row["says"] for row in rows),
            "stretch": False,
        }
    ]


def _measured(claim: Mapping[str, Any]) -> dict[str, str]:
    value = claim.get("measured")
    word = _WORDS[claim.get("ok")]
    return {"value": "-" if value is None else spoken(float(value)), "word": word}


def _tiles(before: RecordedRun, after: RecordedRun) -> list[dict[str, str]]:
    """The few figures that say most, each before and after."""
    tiles = []
    for name, of in (
        ("requests answered well", _answered),
        ("99 of 100 waited at most", lambda run: _latency(run, 99)),
        ("the slowest waited", lambda run: _latency(run, 100)),
        ("statements in PostgreSQL", _executed),
    ):
        first, second = of(before), of(after)
        if (first, second) != ("-", "-"):
            tiles.append({"name": name, "before": first, "after": second})
    return tiles


def _answered(run: RecordedRun) -> str:
    if not run.requests:
        return "-"
    failed = sum(not is_good(line) for line in run.requests)
    # Rounded down: one failure among ten thousand is not "100 %".
    return f"{math.floor(1000 * (1 - failed / len(run.requests))) / 10:g} %"


def _latency(run: RecordedRun, percent: float) -> str:
    found = percentile([dot.took_ms for dot in series.dots(run)], percent)
    return "-" if found is None else f"{found:.0f} ms"


def _executed(run: RecordedRun) -> str:
    counted = series.statements(run)
    return str(sum(counted.values())) if counted else "-"


def _statements(before: RecordedRun, after: RecordedRun, *, how: bool) -> list[dict[str, Any]]:
    """The statements that the database executed most; without `how` only those of the first run."""
    firsts, seconds = series.statements(before), series.statements(after)
    texts = set(firsts) | set(seconds) if how else set(firsts)
    most = sorted(texts, key=lambda text: -max(firsts.get(text, 0), seconds.get(text, 0)))
    return [
        {"text": text, "before": firsts.get(text, 0), "after": seconds.get(text, 0)}
        for text in most[:MOST_STATEMENTS]
    ]


def _moments(pair: charts.Pair) -> list[dict[str, str]]:
    says = {e.name: e.says for e in pair.before.events if e.kind == "action" and e.says}
    return [
        {"at": f"{at_s:.1f}", "name": name, "says": says.get(name, "")}
        for at_s, name in pair.moments
    ]


def _faults(run: RecordedRun) -> list[dict[str, str]]:
    on = [event for event in run.events if event.kind == "fault_on"]
    says = {e.name: e.says or (described(dict(e.spec)) if e.spec else "") for e in on}
    return [
        {"name": name, "when": f"{from_s:.1f} to {to_s:.1f} s", "says": says.get(name, "")}
        for from_s, to_s, name in charts.faults_of(run)
    ]


def _phases(run: RecordedRun) -> list[dict[str, str]]:
    return [
        {
            "name": str(phase["name"]),
            "when": f"{phase['start_s']:g} to {phase['start_s'] + phase['duration_s']:g} s",
            "says": _shape(phase.get("shape", {})),
        }
        for phase in run.plan.get("phases", ())
    ]


def _shape(shape: Mapping[str, Any]) -> str:
    """Say a load shape: its kind, then its figures."""
    figures = [f"{key} {value}" for key, value in shape.items() if isinstance(value, int | float)]
    return ", ".join([str(shape.get("kind", "")), *figures])


def _diff_lines(diff: str | None) -> list[dict[str, str]]:
    kinds = {"+": "added", "-": "removed", "@": "place"}
    lines = (diff or "").splitlines()
    return [{"text": line, "kind": kinds.get(line[:1], "same")} for line in lines]
