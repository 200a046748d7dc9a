"""What `seq-scan-friday` measures beyond the built-in measures."""

from labs.engine.evidence import Evidence
from labs.engine.measures import Measured, Table, measure

MEASURES: Table = {}


@measure(MEASURES, "pages")
def pages_per_visit(evidence: Evidence, *, phase: str, before: str, after: str) -> Measured:
    """Pages that PostgreSQL touched for the shortener, per request of a phase.

    `before` and `after` are actions around the phase that read the sum of all its statements'
    blocks: how a repair words its statement does not matter.
    """
    reads = [
        event.data.get("value")
        for name in (before, after)
        for event in evidence.named("action", name)
    ]
    sent = len(evidence.sent_in(phase))
    if len(reads) != 2 or None in reads or not sent:
        return Measured(None, sent)
    return Measured((float(reads[1]) - float(reads[0])) / sent, sent)


@measure(MEASURES, "visits", only_grows=True)
def not_led_there(evidence: Evidence, *, phase: str) -> Measured:
    """Visits of a phase that were not sent to the page of their link."""
    sent = evidence.sent_in(phase)
    return Measured(sum(not 300 <= r.status < 400 or bool(r.error) for r in sent), len(sent))
