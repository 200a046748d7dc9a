"""The contract that every run guards, whatever the lab is about, and how it is judged.

Deleting the feature, swallowing errors or special-casing the load must lose. `probes.py` asks the
questions; what they found stands in the run's events, and here each becomes one line of the
checklist.
"""

from __future__ import annotations

from dataclasses import dataclass

from labs.engine.evidence import Evidence
from labs.engine.measures.requests import wrong_locations
from labs.engine.model import GUARD_PREFIX
from labs.engine.outside import SENT_AT_LEAST, services_burned
from labs.engine.results import Result


@dataclass(frozen=True, slots=True)
class Guard:
    """One promise of the service that no repair may break."""

    name: str
    says: str
    felt: str
    traded: str

    @property
    def id(self) -> str:
        """What `fails_on` calls it."""
        return GUARD_PREFIX + self.name


GUARDS = (
    Guard(
        "health",
        "every instance is up and answers its health checks at the end",
        "an instance was gone when the run was over",
        "the numbers were bought with an instance that is down",
    ),
    Guard(
        "links",
        "links created during the run resolve on every instance",
        "somebody made a link, got an answer, and it leads nowhere",
        "creating links was given up for the numbers",
    ),
    Guard(
        "location",
        "a redirect leads where its link points",
        "somebody was sent to the wrong page",
        "correct answers were given up for fast ones",
    ),
    Guard(
        "edit",
        "an edit by the owner is seen, and a deleted link is gone",
        "the owner changed a link and nothing happened",
        "changes by the owner were given up",
    ),
    Guard(
        "auth",
        "requests without a token, or with a wrong one, are refused",
        "anybody could create links in somebody's name",
        "authentication was given up",
    ),
    Guard(
        "unknown",
        "a code that does not exist is answered with 404",
        "a typing mistake was not answered with 404",
        "honest answers about unknown links were given up",
    ),
)
_LOAD = Guard(
    "load",
    "the machine is left to its users: the load can be sent",
    "the services kept the processors so busy that the load could not even be sent",
    "the processors were taken from everybody else",
)


def guard_results(evidence: Evidence) -> list[Result]:
    """Return a line per guard: broken ones with what was seen, unasked ones as not measured."""
    results = [_result(guard, evidence) for guard in GUARDS]
    if services_burned(evidence):
        results.append(_load_result(evidence))
    return results


def _result(guard: Guard, evidence: Evidence) -> Result:
    told = evidence.named("guard", guard.name)
    asked = sum(int(event.data.get("asked", 0)) for event in told)
    broken = [seen for event in told for seen in event.data.get("broken", [])]
    if told and guard.name == "location":
        led, elsewhere = _led_elsewhere(evidence)
        asked, broken = asked + led, broken + elsewhere
    ok = None if asked == 0 else not broken
    felt = "" if ok else "this was not asked" if ok is None else f"{guard.felt} ({broken[0]})"
    return Result(
        id=guard.id,
        says=guard.says,
        measured=float(len(broken)) if asked else None,
        needed="0",
        unit=f"broken of {asked}" if asked else "broken",
        ok=ok,
        felt=felt,
        traded=guard.traded if ok is False else "",
        samples=asked,
    )


def _led_elsewhere(evidence: Evidence) -> tuple[int, list[str]]:
    """The load's own visits: how many redirects there were, and a word for each wrong one."""
    seen = wrong_locations(evidence)
    return seen.samples, ["a visitor of the load was led elsewhere"] * int(seen.value or 0)


def _load_result(evidence: Evidence) -> Result:
    planned = float(evidence.summary.get("planned", 0)) or 1.0
    sent = float(evidence.summary.get("sent", 0)) / planned
    ok = sent >= SENT_AT_LEAST
    return Result(
        id=_LOAD.id,
        says=_LOAD.says,
        measured=sent,
        needed=f"at least {SENT_AT_LEAST:g}",
        unit="of the plan",
        ok=ok,
        felt="" if ok else _LOAD.felt,
        traded="" if ok else _LOAD.traded,
        samples=int(planned),
    )
