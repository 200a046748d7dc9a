"""What `blocked-loop` measures beyond the built-in measures.

How long a password check takes is the machine's affair, so everything is counted in the time that
a login takes in the same run: one by itself, or, where that is more, each of the burst.
"""

from statistics import median

from labs.engine.evidence import Evidence
from labs.engine.measures import Measured, Table, measure

MEASURES: Table = {}
CALM_LOGINS = 3  # fewer say nothing about how long one takes


@measure(MEASURES, "of the requests")
def held_up(evidence: Evidence, *, phase: str, logins: str, calm: str) -> Measured:
    """Share of the requests sent during the logins that were open as long as one login takes."""
    window, login_s = _burst(evidence, logins), _login_s(evidence, logins, calm)
    if window is None or login_s is None:
        return Measured(None)
    sent = [r for r in evidence.sent_in(phase) if window[0] <= r.planned_s <= window[1]]
    held = sum(not r.ok or r.took_s >= login_s for r in sent)
    return Measured(held / len(sent) if sent else None, len(sent))


@measure(MEASURES, "login times")
def slowest_login(evidence: Evidence, *, logins: str, calm: str) -> Measured:
    """How long the slowest login of the burst took, in times of one login by itself."""
    alone = [r.took_s for r in evidence.sent_in(calm) if r.ok]
    burst = [r.took_s for r in evidence.sent_in(logins) if r.status]
    if len(alone) < CALM_LOGINS or not burst:
        return Measured(None)
    return Measured(max(burst) / median(alone), len(burst))


@measure(MEASURES, "people")
def misjudged(evidence: Evidence, *, phase: str, costs: str) -> Measured:
    """Logins with another answer than the password deserves, and hashes stored at another cost."""
    sent = evidence.sent_in(phase)
    wrong = sum(r.status != (401 if r.name == "login_wrong" else 200) for r in sent)
    wrong += sum(r.status == 200 and "access_token" not in r.body for r in sent)
    told = evidence.named("action", costs)
    if not told or told[-1].data.get("value") is None:
        return Measured(None)
    return Measured(wrong + float(told[-1].data["value"]), len(sent))


def _burst(evidence: Evidence, logins: str) -> tuple[float, float] | None:
    """From the first login of the burst to the last answer to one."""
    sent = evidence.sent_in(logins)
    return (min(r.planned_s for r in sent), max(r.done_s for r in sent)) if sent else None


def _login_s(evidence: Evidence, logins: str, calm: str) -> float | None:
    alone = [r.took_s for r in evidence.sent_in(calm) if r.ok]
    window, judged = _burst(evidence, logins), [r for r in evidence.sent_in(logins) if r.status]
    if window is None or len(alone) < CALM_LOGINS or not judged:
        return None
    return max(median(alone), (window[1] - window[0]) / len(judged))
