"""What `pool-melt` measures beyond the built-in measures."""

from labs.engine.evidence import Evidence, read_lines
from labs.engine.measures import Measured, Table, measure

MEASURES: Table = {}
CREATED = 201


@measure(MEASURES, "links")
def links_without_verdict(evidence: Evidence, *, phase: str) -> Measured:
    """Links of a phase that were created although the partner never saw their address."""
    told = evidence.of_kind("partner")
    if not told or "arrivals" not in told[-1].data:
        return Measured(None)
    asked = {arrival["key"] for arrival in told[-1].data["arrivals"]}
    created = [
        line["note"]
        for line in read_lines(evidence.folder / "requests.jsonl")
        if line.get("phase") == phase and line.get("status") == CREATED
    ]
    return Measured(sum(url not in asked for url in created), len(created))


@measure(MEASURES, "requests", only_grows=True)
def not_served_within(evidence: Evidence, *, phase: str, within_s: float) -> Measured:
    """Requests of a phase that failed, or were open for longer than their users wait."""
    sent = evidence.sent_in(phase)
    return Measured(sum(not r.ok or r.took_s > within_s for r in sent), len(sent))
