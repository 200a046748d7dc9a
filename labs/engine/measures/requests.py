"""Measures on the ledger: what the users of a run got, and how long they waited."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import quantiles

from labs.engine.evidence import Evidence, Request
from labs.engine.measures.registry import Measured, Table, measure
from labs.engine.seed import expected_urls

MEASURES: Table = {}


@measure(MEASURES, "share")
def ok_share(evidence: Evidence, *, phase: str | None = None) -> Measured:
    """Share of requests that got a success or a redirect (no answer counts as failed)."""
    return _share(evidence.sent_in(phase))


@measure(MEASURES, "requests", only_grows=True)
def failed_requests(
    evidence: Evidence, *, phase: str | None = None, but: Sequence[str] = ()
) -> Measured:
    """Requests without a success or a redirect; `but`: not those of these phases."""
    sent = [request for request in evidence.sent_in(phase) if request.phase not in but]
    return Measured(sum(not request.ok for request in sent), len(sent))


@measure(MEASURES, "s", only_grows=True)
def slowest_s(evidence: Evidence, *, phase: str | None = None) -> Measured:
    """How long the slowest request was open, answered or not."""
    sent = evidence.sent_in(phase)
    return Measured(max((r.took_s for r in sent), default=None), len(sent))


@measure(MEASURES, "requests", only_grows=True)
def open_longer(evidence: Evidence, *, over_s: float, phase: str | None = None) -> Measured:
    """Requests that were open longer than `over_s` seconds."""
    sent = evidence.sent_in(phase)
    return Measured(sum(r.took_s > over_s for r in sent), len(sent))


@measure(MEASURES, "times")
def p99_ratio(evidence: Evidence, *, phase: str, baseline: str) -> Measured:
    """p99 latency of a phase, over the p99 of a calm phase of the same run."""
    loud = [r.took_s for r in evidence.sent_in(phase)]
    calm = [r.took_s for r in evidence.sent_in(baseline)]
    samples = min(len(loud), len(calm))
    if samples < 2:
        return Measured(None, samples)
    return Measured(_p99(loud) / max(_p99(calm), 1e-4), samples)


@measure(MEASURES, "share")
def status_share(
    evidence: Evidence, *, status: int | Sequence[int], phase: str | None = None
) -> Measured:
    """Share of requests answered with one of these statuses."""
    sent = evidence.sent_in(phase)
    wanted = {status} if isinstance(status, int) else set(status)
    return _ratio(sum(r.status in wanted for r in sent), len(sent))


@measure(MEASURES, "answers", only_grows=True)
def status_count(
    evidence: Evidence, *, status: int | Sequence[int], phase: str | None = None
) -> Measured:
    """Answers with one of these statuses."""
    sent = evidence.sent_in(phase)
    wanted = {status} if isinstance(status, int) else set(status)
    return Measured(sum(r.status in wanted for r in sent), len(sent))


@measure(MEASURES, "share")
def ok_share_while(evidence: Evidence, *, fault: str, phase: str | None = None) -> Measured:
    """Share of requests that were served, of those sent while a fault was on."""
    window = evidence.fault_window(fault)
    if window is None:
        return Measured(None)
    return _share([r for r in evidence.sent_in(phase) if window[0] <= r.sent_s <= window[1]])


@measure(MEASURES, "share")
def ok_share_after(
    evidence: Evidence, *, at_s: float, phase: str | None = None, until_s: float = 900.0
) -> Measured:
    """Share of requests that were served, of those sent from `at_s` on."""
    return _share([r for r in evidence.sent_in(phase) if at_s <= r.sent_s <= until_s])


@measure(MEASURES, "redirects", only_grows=True)
def wrong_locations(evidence: Evidence, *, phase: str | None = None) -> Measured:
    """Redirects to a URL that the link never had (corrections on the timeline count as right)."""
    answered = [r for r in evidence.sent_in(phase) if 300 <= r.status < 400]
    wrong = judged = 0
    for request in answered:
        urls = expected_urls(evidence.lab, request.path.lstrip("/"))
        judged += bool(urls)
        wrong += bool(urls) and request.location not in urls
    return Measured(wrong, judged)


@measure(MEASURES, "answers", only_grows=True)
def stale_answers(evidence: Evidence, *, action: str, after_s: float) -> Measured:
    """Redirects to the old URL, sent later than `after_s` seconds after a correction.

    The action's args say what was corrected: `expect = { code = "launch", url = "https://..." }`.
    """
    done = evidence.named("action", action)
    args = next(act.args for act in evidence.lab.action if act.name == action)
    if not done or done[0].data.get("error"):
        return Measured(None)
    code, url = args["expect"]["code"], args["expect"]["url"]
    from_s = done[0].at_s + after_s
    later = [r for r in evidence.requests if r.path == f"/{code}" and r.sent_s > from_s]
    redirected = [r for r in later if 300 <= r.status < 400]
    return Measured(sum(r.location != url for r in redirected), len(redirected))


@measure(MEASURES, "requests")
def peak_open(evidence: Evidence, *, phase: str | None = None) -> Measured:
    """Most requests that were open at the same moment."""
    sent = evidence.sent_in(phase)
    return Measured(peak([(r.sent_s, r.done_s) for r in sent]), len(sent))


def peak(intervals: Sequence[tuple[float, float]]) -> float | None:
    """Return how many of these intervals overlap at most."""
    if not intervals:
        return None
    edges = sorted([(start, 1) for start, _ in intervals] + [(end, -1) for _, end in intervals])
    most = now = 0
    for _, step in edges:
        now += step
        most = max(most, now)
    return most


def _share(sent: Sequence[Request]) -> Measured:
    return _ratio(sum(request.ok for request in sent), len(sent))


def _ratio(part: int, whole: int) -> Measured:
    return Measured(part / whole if whole else None, whole)


def _p99(values: Sequence[float]) -> float:
    return quantiles(values, n=100, method="inclusive")[98]
