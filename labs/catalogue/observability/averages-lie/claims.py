"""What `averages-lie` measures beyond the built-in measures: what the metrics say, what was so.

The ledger is the truth. The metrics are read twice by the grader itself, straight from both
instances, and asked what a dashboard asks. Of several forms the most telling one is taken:
buckets, summed over the instances; else quantiles that the instances worked out, which can only be
averaged; else a sum and a count, which are a mean.
"""

import math
import time
from collections import defaultdict
from statistics import fmean, quantiles
from typing import Any

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from chaos.loopback import PLAIN
from dashboards import panels
from labs.engine.actions import ActionFunction, Outside, Stage
from labs.engine.evidence import Evidence
from labs.engine.measures import Measured, Table, measure
from labs.engine.prometheus import scrapes

MEASURES: Table = {}
INSTANCES = ("shortener-a", "shortener-b")
ROUTE = "/{code}"
METRIC = "http_request_seconds"
LOOKS = 2  # by Prometheus within a window, or it has no rates
Told = dict[str, dict[str, float]]  # "buckets" by bound, "quantiles" by level, "totals"


def scrape(stage: Stage) -> dict[str, object]:
    """Read /metrics of both instances: what they say of redirects, and how much they say in all."""
    buckets: dict[str, float] = defaultdict(float)
    totals: dict[str, float] = defaultdict(float)
    averaged: dict[str, list[float]] = defaultdict(list)
    series = 0
    pages = [httpx2.get(f"{stage.url(one)}/metrics", timeout=3, **PLAIN) for one in INSTANCES]
    looked_s = time.time()  # now, not when all of it has been read: redirects go on meanwhile
    for page in pages:
        for family in text_string_to_metric_families(page.raise_for_status().text):
            series += len(family.samples)
            for sample in family.samples:
                if sample.labels.get("route") != ROUTE:
                    continue
                if "quantile" in sample.labels and sample.value > 0:
                    averaged[sample.labels["quantile"]].append(sample.value)
                elif sample.name == f"{METRIC}_bucket":
                    buckets[sample.labels["le"]] += sample.value
                elif sample.name in (f"{METRIC}_count", f"{METRIC}_sum"):
                    totals[sample.name.removeprefix(f"{METRIC}_")] += sample.value
    means = {level: fmean(values) for level, values in averaged.items()}
    return {
        "looked_s": looked_s,
        "buckets": buckets,
        "quantiles": means,
        "totals": totals,
        "series": series,
    }


def ask_panels(stage: Stage, *, names: list[str]) -> list[str]:
    """Ask Prometheus for panels as they stand now; the value: the queries that had an answer.

    Raises:
        Outside: it has not looked at the services itself, and an empty panel is nobody's fault.
    """
    if scrapes(stage.url("prometheus")) < LOOKS:
        raise Outside("Prometheus had not looked at every service twice within a window.")
    url = f"{stage.url('prometheus')}/api/v1/query"
    answered = []
    for name, expr in _queries(names).items():
        asked = httpx2.get(url, params={"query": expr}, timeout=3, **PLAIN).json()
        values = [float(one["value"][1]) for one in asked["data"]["result"]]
        if any(math.isfinite(value) for value in values):
            answered.append(name)
    return answered


ACTIONS: dict[str, ActionFunction] = {"scrape": scrape, "ask_panels": ask_panels}


@measure(MEASURES, "times off")
def worst_factor(evidence: Evidence, *, levels: list[float]) -> Measured:
    """How far the metrics are off at these quantiles, up or down: the worst of them."""
    told, waits = _told(evidence), _waits(evidence)
    if told is None or len(waits) < 2:
        return Measured(None)
    factors = []
    for level in levels:
        said, was = _said(told, level), _true(waits, level)
        factors.append(math.inf if said is None or said <= 0 else max(said / was, was / said))
    return Measured(min(max(factors), 1000.0), len(waits))


@measure(MEASURES, "points")
def share_error(evidence: Evidence, *, over_s: float) -> Measured:
    """Percentage points between the share over `over_s` in the metrics and in the ledger.

    Metrics that have no such share say what a mean says: all of it, or nothing.
    Samples are the slow ones: a run in which hardly anybody waited proves nothing.
    """
    told, waits = _told(evidence), _waits(evidence)
    if told is None or not waits:
        return Measured(None)
    slow = sum(wait > over_s for wait in waits)
    return Measured(100 * abs(_share_over(told, over_s) - slow / len(waits)), slow)


@measure(MEASURES, "redirects")
def miscounted(evidence: Evidence) -> Measured:
    """Redirects that the metrics have too few, or too many."""
    told, waits = _told(evidence), _waits(evidence)
    if told is None:
        return Measured(None)
    return Measured(abs(told["totals"].get("count", 0.0) - len(waits)), len(waits))


@measure(MEASURES, "series")
def series_exposed(evidence: Evidence) -> Measured:
    """Time series that both instances expose together at the end."""
    after = _read(evidence, "after")
    return Measured(None) if after is None else Measured(float(after["series"]), 1)


@measure(MEASURES, "queries")
def queries_unanswered(evidence: Evidence, *, action: str) -> Measured:
    """Queries of the panels without an answer, at every one of the moments they were asked."""
    looks = [event.data for event in evidence.named("action", action) if "value" in event.data]
    names = next(act.args["names"] for act in evidence.lab.action if act.name == action)
    answered = {one for look in looks for one in look["value"]}
    return Measured(float(len(_queries(names).keys() - answered)), len(looks))


@measure(MEASURES, "s")
def said_quantile(evidence: Evidence, *, level: float) -> Measured:
    """The quantile that the metrics give."""
    told = _told(evidence)
    said = None if told is None else _said(told, level)
    return Measured(said, len(_waits(evidence)))


@measure(MEASURES, "s")
def said_mean(evidence: Evidence) -> Measured:
    """The mean that the metrics give: the sum over the count, both instances."""
    told = _told(evidence)
    if told is None or not told["totals"].get("count"):
        return Measured(None)
    return Measured(_mean(told), int(told["totals"]["count"]))


def _queries(names: list[str]) -> dict[str, str]:
    """The PromQL of panels, by "panel: legend"; a name that has a legend already is that one only.

    Windows of a minute still remember the run before this one: such a query is no witness.
    """
    found = {}
    for wanted in names:
        panel, _, legend = wanted.partition(": ")
        for query in panels.find(panel).queries:
            if legend in ("", query.legend):
                found[f"{panel}: {query.legend}"] = query.expr
    return found


def _read(evidence: Evidence, action: str) -> dict[str, Any] | None:
    seen = [event.data.get("value") for event in evidence.named("action", action)]
    return seen[-1] if seen and seen[-1] is not None else None


def _told(evidence: Evidence) -> Told | None:
    """What the metrics say of the time between the two looks."""
    before, after = _read(evidence, "before"), _read(evidence, "after")
    if before is None or after is None:
        return None
    grown = {
        kind: {key: value - before[kind].get(key, 0.0) for key, value in after[kind].items()}
        for kind in ("buckets", "totals")
    }
    return {**grown, "quantiles": after["quantiles"]}


def _waits(evidence: Evidence) -> list[float]:
    """How long everybody waited who was answered between the two looks, by the ledger; sorted."""
    before, after = _read(evidence, "before"), _read(evidence, "after")
    if before is None or after is None:
        return []
    from_s, until_s = (float(look["looked_s"]) - evidence.t0 for look in (before, after))
    answered = (r for r in evidence.requests if from_s < r.done_s <= until_s)
    return sorted(r.done_s - r.sent_s for r in answered)


def _true(waits: list[float], level: float) -> float:
    return quantiles(waits, n=100, method="inclusive")[round(level * 100) - 1]


def _said(told: Told, level: float) -> float | None:
    if told["buckets"]:
        return _histogram_quantile(_steps(told), level)
    if (quantile := told["quantiles"].get(str(level))) is not None:
        return quantile
    return _mean(told) if told["totals"].get("count") else None


def _mean(told: Told) -> float:
    return told["totals"].get("sum", 0.0) / told["totals"]["count"]


def _steps(told: Told) -> list[tuple[float, float]]:
    return sorted((float(bound), count) for bound, count in told["buckets"].items())


def _histogram_quantile(steps: list[tuple[float, float]], level: float) -> float | None:
    """As PromQL has it: linear within a bucket; beyond the last bound, that bound."""
    rank = level * steps[-1][1]
    if rank <= 0 or len(steps) < 2:
        return None
    from_s = below = 0.0
    for bound_s, count in steps[:-1]:
        if count >= rank:
            return from_s + (bound_s - from_s) * (rank - below) / (count - below)
        from_s, below = bound_s, count
    return steps[-2][0]


def _share_over(told: Told, over_s: float) -> float:
    """The share beyond a bound; between two bounds linear, beyond the last one: all that is."""
    steps = _steps(told)
    if not steps or not steps[-1][1]:
        return float(bool(told["totals"].get("count")) and _mean(told) > over_s)
    from_s = below = 0.0
    for bound_s, count in steps:
        if bound_s >= over_s:
            inside = 0.0 if math.isinf(bound_s) else (over_s - from_s) / (bound_s - from_s)
            return 1 - (below + (count - below) * inside) / steps[-1][1]
        from_s, below = bound_s, count
    return 0.0
