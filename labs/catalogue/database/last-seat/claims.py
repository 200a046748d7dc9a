"""What `last-seat` measures and does beyond what the engine can."""

from collections.abc import Callable, Sequence
from typing import Any

import httpx2

from chaos.loopback import PLAIN
from labs.engine.actions import Stage
from labs.engine.evidence import Evidence, Request
from labs.engine.measures import Measured, Table, measure

MEASURES: Table = {}
WITHIN_S = 10.0


@measure(MEASURES, "answers")
def untrue_answers(
    evidence: Evidence,
    *,
    quota: Sequence[str],
    alias: Sequence[str],
    free: Sequence[str],
    made: str,
) -> Measured:
    """Answers that nobody should get, and the gap between 201 answers and links that are there."""
    told = evidence.named("action", made)
    if not told or told[-1].data.get("value") is None:
        return Measured(None)
    sent: list[Request] = []
    untrue = 0
    for phases, refusal in ((quota, 403), (alias, 409), (free, 201)):
        for phase in phases:
            these = evidence.sent_in(phase)
            untrue += sum(r.status not in (201, refusal) for r in these)
            sent += these
    created = sum(r.status == 201 for r in sent)
    return Measured(untrue + abs(created - float(told[-1].data["value"])), len(sent))


def swap(stage: Stage, *, email: str, password: str) -> float:
    """Log in, delete the newest link, create another; the status of that is the value."""
    with httpx2.Client(base_url=stage.url("edge"), timeout=WITHIN_S, **PLAIN) as client:
        who = {"email": email, "password": password}
        token = client.post("/api/v1/auth/login", json=who).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        newest = client.get("/api/v1/links", params={"limit": 1}).json()["items"][0]["code"]
        deleted = client.delete(f"/api/v1/links/{newest}")
        if deleted.status_code != 204:
            return float(deleted.status_code)
        body = {"url": "https://example.com/in-its-place"}
        return float(client.post("/api/v1/links", json=body).status_code)


ACTIONS: dict[str, Callable[..., Any]] = {"swap": swap}
