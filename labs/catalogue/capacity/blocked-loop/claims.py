"""What `blocked-loop` does and measures beyond the built-in measures.

How long a password check takes is the machine's affair, so everything is counted in the time that
a login takes in the same run: one by itself, or, where that is more, each of the burst.
"""

import secrets
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

import httpx2

from labs.engine.actions import ActionFunction, Stage
from labs.engine.evidence import Evidence
from labs.engine.measures import Measured, Table, measure

MEASURES: Table = {}
CALM_LOGINS = 3  # fewer say nothing about how long one takes
CREATED = 201
WITHIN_S = 12.0
Window = tuple[float, float]


def register(stage: Stage, *, people: int, to: str) -> dict[str, object]:
    """Register people at one instance, all at once; the value: when that was, and the answers."""
    url = f"{stage.url(to)}/api/v1/auth/register"
    who = [f"newcomer-{secrets.token_hex(4)}@shortcircuit.example" for _ in range(people)]

    def answer(email: str) -> int:
        try:
            body = {"email": email, "password": "a newcomer's password"}
            return httpx2.post(url, json=body, timeout=WITHIN_S).status_code
        except httpx2.HTTPError:
            return 0

    began_s = time.time()
    with ThreadPoolExecutor(people) as threads:
        statuses = list(threads.map(answer, who))
    return {"began_s": began_s, "ended_s": time.time(), "statuses": statuses}


ACTIONS: dict[str, ActionFunction] = {"register": register}


@measure(MEASURES, "of the requests")
def held_up(evidence: Evidence, *, phase: str, logins: str, newcomers: str, calm: str) -> Measured:
    """Share of the requests sent during the logins that were open as long as one login takes.

    Or of those sent while newcomers registered, whichever is worse.
    """
    login_s, came = _login_s(evidence, logins, calm), _came(evidence, newcomers)
    burst = _burst(evidence, logins)
    if login_s is None or came is None or burst is None:
        return Measured(None)
    windows = (burst, (came["began_s"] - evidence.t0, came["ended_s"] - evidence.t0))
    shares, samples = [], 0
    for begins_s, ends_s in windows:
        sent = [r for r in evidence.sent_in(phase) if begins_s <= r.planned_s <= ends_s]
        samples += len(sent)
        if sent:
            shares.append(sum(not r.ok or r.took_s >= login_s for r in sent) / len(sent))
    return Measured(max(shares) if len(shares) == len(windows) else None, samples)


@measure(MEASURES, "login times")
def slowest_login(evidence: Evidence, *, logins: str, calm: str) -> Measured:
    """How long the slowest login of the burst took, in times of one login by itself."""
    alone = [r.took_s for r in evidence.sent_in(calm) if r.ok]
    burst = [r.took_s for r in evidence.sent_in(logins) if r.status]
    if len(alone) < CALM_LOGINS or not burst:
        return Measured(None)
    return Measured(max(burst) / median(alone), len(burst))


@measure(MEASURES, "people")
def misjudged(evidence: Evidence, *, phase: str, newcomers: str, costs: str) -> Measured:
    """Logins with another answer than the password deserves, people who could not register, and
    hashes stored at another cost.
    """
    sent = evidence.sent_in(phase)
    wrong = sum(r.status != (401 if r.name == "login_wrong" else 200) for r in sent)
    wrong += sum(r.status == 200 and "access_token" not in r.body for r in sent)
    told, came = evidence.named("action", costs), _came(evidence, newcomers)
    if came is None or not told or told[-1].data.get("value") is None:
        return Measured(None)
    statuses: Sequence[int] = came["statuses"]
    wrong += sum(status != CREATED for status in statuses)
    return Measured(wrong + float(told[-1].data["value"]), len(sent) + len(statuses))


def _came(evidence: Evidence, newcomers: str) -> dict[str, Any] | None:
    """What the action noted about the newcomers; None where it could not even ask."""
    told = evidence.named("action", newcomers)
    return dict(told[-1].data["value"]) if told and told[-1].data.get("value") else None


def _burst(evidence: Evidence, logins: str) -> Window | None:
    """From the first login of the burst to the last answer to one."""
    sent = evidence.sent_in(logins)
    return (min(r.planned_s for r in sent), max(r.done_s for r in sent)) if sent else None


def _login_s(evidence: Evidence, logins: str, calm: str) -> float | None:
    alone = [r.took_s for r in evidence.sent_in(calm) if r.ok]
    window, judged = _burst(evidence, logins), [r for r in evidence.sent_in(logins) if r.status]
    if window is None or len(alone) < CALM_LOGINS or not judged:
        return None
    return max(median(alone), (window[1] - window[0]) / len(judged))
