"""What a load by hand came to, for people and for programs."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import isnan

from loadtests import ledger


@dataclass(frozen=True, slots=True)
class LoadReport:
    """The figures of one run of the load generator."""

    planned: int
    sent: int
    answered: int
    good: int
    errors: dict[str, int]
    offered_rps: float
    goodput_rps: float
    p50_ms: float | None
    p99_ms: float | None
    schedule_error_p99_ms: float | None
    generator_cpu_share: float
    honest: bool
    why: str
    interrupted: bool
    seconds: float

    def as_json(self) -> dict[str, object]:
        """Return plain values."""
        return asdict(self)

    def lines(self) -> Iterator[str]:
        """Say it, a line for each thing that one wants to know."""
        early = ", ended early" if self.interrupted else ""
        yield (
            f"offered   {self.planned} requests in {self.seconds:.1f} s "
            f"({self.offered_rps:.0f}/s){early}"
        )
        yield f"goodput   {self.good} good answers ({self.goodput_rps:.0f}/s)"
        failed = ", ".join(f"{count} x {what}" for what, count in self.errors.items())
        yield f"errors    {failed or 'none'}"
        yield f"latency   p50 {_ms(self.p50_ms)}, p99 {_ms(self.p99_ms)}, from the planned moment"
        yield (
            f"generator p99 {_ms(self.schedule_error_p99_ms)} late, "
            f"{self.generator_cpu_share:.0%} of one core: "
            f"{'honest' if self.honest else f'NOT HONEST, {self.why}'}"
        )


def report_of(run: ledger.Ledger, length_s: float) -> LoadReport:
    """Sum a ledger up; rates are over the plan's length, or over what was run of it."""
    summary, rows = run.summary, run.rows
    good = [row for row in rows if row.good]
    seconds = min(length_s, summary["seconds"]) if summary["interrupted"] else length_s
    return LoadReport(
        planned=summary["planned"],
        sent=summary["sent"],
        answered=summary["answered"],
        good=len(good),
        errors=_errors(rows),
        offered_rps=round(summary["planned"] / seconds, 1),
        goodput_rps=round(len(good) / seconds, 1),
        p50_ms=_figure(ledger.latency_ms(rows, 50)),
        p99_ms=_figure(ledger.latency_ms(rows, 99)),
        schedule_error_p99_ms=summary["schedule_error_p99_ms"],
        generator_cpu_share=summary["cpu_share"],
        honest=summary["honest"],
        why=summary["why"],
        interrupted=summary["interrupted"],
        seconds=round(seconds, 1),
    )


def _errors(rows: tuple[ledger.Row, ...]) -> dict[str, int]:
    bad = ledger.group(
        (row for row in rows if not row.good), lambda row: row.error or f"status {row.status}"
    )
    counts = {what: len(members) for what, members in bad.items()}
    return dict(sorted(counts.items(), key=lambda item: -item[1]))


def _figure(value: float) -> float | None:
    return None if isnan(value) else round(value, 1)


def _ms(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.1f} ms"
