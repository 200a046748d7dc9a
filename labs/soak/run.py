"""One schedule against the running stack: load, blows, recovery, and then the invariants.

Whoever wants to know whether everything recovered asks the invariants themselves, again and again
until they hold or the patience is over. What can never be put right again (a link that led where
it never was, somebody who saw another's data) is collected while the load runs, and always counts;
what was not right again in time counts unless other processes had the machine, as in the labs.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx2

from chaos.loopback import PLAIN
from labs.engine.outside import OTHERS_BURN
from labs.engine.processor import Meter
from labs.soak import invariants
from labs.soak.clients import ANSWERS_WITHIN_S, Crowd, look_up, register
from labs.soak.invariants import Clicks
from labs.soak.memory import Memory
from labs.soak.schedule import SHORTENERS, Blow, Schedule
from labs.soak.witness import Drops, Mark, Witness, watch_drops
from stack.home import Home
from stack.trouble import Trouble
from stack.warden.client import Warden

RECOVERS_WITHIN_S = 15.0
CLICKS_BUFFER = 400  # small, so that "at most one buffer per kill" says something
NEEDS = ("edge", "kafka", "relay", "analytics")
SCALE = {
    "SHORTENER_API_PER_MINUTE": "600000",
    "SHORTENER_API_BURST": "10000",
    "SHORTENER_ADDRESS_PER_MINUTE": "6000",
    "SHORTENER_ADDRESS_BURST": "1000",
    "SHORTENER_CLICKS_BUFFER": str(CLICKS_BUFFER),
}
_LOOK_EVERY_S = 0.3
_LIFTED_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one schedule came to."""

    schedule: Schedule
    violations: tuple[str, ...]
    recovered_s: float | None  # after the last blow was lifted; None: not in time
    memory: Memory
    clicks: Clicks
    events: int
    not_on: tuple[str, ...]  # blows whose probe did not see them on
    unjudged: str = ""  # why slowness says nothing: others had the processors

    def as_json(self) -> dict[str, Any]:
        """Return the row of `lab soak --json`."""
        return {
            "seed": self.schedule.seed,
            "blows": [str(blow) for blow in self.schedule.blows],
            "violations": list(self.violations),
            "recovered_s": self.recovered_s,
            "acknowledged": self.memory.acknowledged,
            "uncertain": self.memory.uncertain,
            "refused": self.memory.refused,
            "links": len(self.memory.links),
            "events": self.events,
            "redirected": self.clicks.redirected,
            "clicks_dropped": self.clicks.dropped,
            "kills": self.clicks.kills,
            "not_on": list(self.not_on),
            "inconclusive": self.unjudged,
        }


def perform(home: Home, schedule: Schedule) -> Outcome:
    """Run a schedule on the stack of this home, on the services as this checkout has them."""
    warden = Warden(home)
    status = warden.up(NEEDS, services_root=home.checkout, scale=SCALE, skewed=schedule.skewed)
    if status["faults"]:
        raise Trouble("A fault is on already.", "./lab chaos remove --all")
    try:
        return asyncio.run(_perform(home, warden, str(status["database"]), schedule))
    finally:
        warden.lift_all()


async def _perform(home: Home, warden: Warden, database: str, schedule: Schedule) -> Outcome:
    witness, drops = Witness(home, database), Drops()
    meter = Meter(warden.status()["warden"]["pid"])
    async with contextlib.AsyncExitStack() as stack:
        http = await stack.enter_async_context(_client(home.url("edge")))
        watching = asyncio.create_task(watch_drops(home, drops))
        stack.callback(watching.cancel)
        await _quiet(witness)
        await asyncio.sleep(0.5)
        drops.begin()
        mark = await witness.mark()
        crowd = Crowd(http, await register(http, schedule.writers), schedule.seed)
        strikes = asyncio.create_task(_strike(warden, schedule))
        await crowd.live(schedule.load_s, schedule.readers)
        not_on = await strikes
        await _lifted(warden)
        look = _Look(home, witness, drops, mark, schedule, crowd.memory)
        left, recovered_s = await _patiently(look.violations)
    unjudged = _taken_by_others(meter) if left else ""
    return Outcome(
        schedule=schedule,
        violations=(*crowd.memory.complaints, *(() if unjudged else left)),
        recovered_s=recovered_s,
        memory=crowd.memory,
        clicks=look.clicks,
        events=look.events,
        not_on=tuple(not_on),
        unjudged=unjudged,
    )


def _taken_by_others(meter: Meter) -> str:
    """Say so when somebody else had the processors: what was late then was not our lateness."""
    share = float(meter.report()["others_share"])
    if share <= OTHERS_BURN:
        return ""
    return f"the machine was busy: other processes used {share:.0%} of its processors"


@contextlib.asynccontextmanager
async def _client(url: str) -> Any:
    async with httpx2.AsyncClient(base_url=url, timeout=ANSWERS_WITHIN_S, **PLAIN) as http:
        yield http


async def _quiet(witness: Witness) -> None:
    """Wait until what an earlier schedule left has been counted: it would count as ours."""
    before, still = -1, 0
    async with asyncio.timeout(RECOVERS_WITHIN_S):
        while still < 3:
            now = await witness.counted()
            still = still + 1 if now == before and not await witness.unpublished() else 0
            before = now
            await asyncio.sleep(0.2)


async def _strike(warden: Warden, schedule: Schedule) -> list[str]:
    """Deal the blows at their seconds; the warden lifts each when its time is over."""
    began_s = time.monotonic()
    return [
        said
        for said in await asyncio.gather(*(_deal(warden, blow, began_s) for blow in schedule.blows))
        if said
    ]


async def _deal(warden: Warden, blow: Blow, began_s: float) -> str:
    await asyncio.sleep(max(0.0, began_s + blow.at_s - time.monotonic()))
    try:
        fault = await asyncio.to_thread(warden.add_fault, blow.spec, blow.for_s)
        seen = await asyncio.to_thread(warden.probe, fault)
    except Trouble as trouble:  # what it was to hit is down already, or it is over
        return f"{blow}: {trouble}"
    return "" if seen["on"] else f"{blow}: {seen['seen']}"


async def _lifted(warden: Warden) -> None:
    """Wait until no fault is on any more."""
    give_up_s = time.monotonic() + _LIFTED_WITHIN_S
    while (await asyncio.to_thread(warden.status))["faults"]:
        if time.monotonic() > give_up_s:
            raise Trouble("A fault is not lifted in time.", "./lab chaos")
        await asyncio.sleep(0.1)


async def _patiently(
    violations: Callable[[], Awaitable[list[str]]],
) -> tuple[list[str], float | None]:
    """Ask until there are none or the patience is over; with the time that it took."""
    began_s = time.monotonic()
    while True:
        left, took_s = await violations(), time.monotonic() - began_s
        if not left:
            return [], round(took_s, 1)
        if took_s > RECOVERS_WITHIN_S:
            return [f"after {RECOVERS_WITHIN_S:g} s: {one}" for one in left], None
        await asyncio.sleep(_LOOK_EVERY_S)


class _Look:
    """All invariants at one moment. What cannot be asked yet is a violation of "it recovers"."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it looks at
        self,
        home: Home,
        witness: Witness,
        drops: Drops,
        mark: Mark,
        schedule: Schedule,
        memory: Memory,
    ) -> None:
        self._home, self._witness, self._drops = home, witness, drops
        self._mark, self._schedule, self._memory = mark, schedule, memory
        self.clicks = Clicks(0, 0, 0, 0, 0, 0)
        self.events = 0

    async def violations(self) -> list[str]:
        """Return every sentence that must not be true."""
        try:
            return [*await self._links(), *await self._events(), *await self._clicks()]
        except Exception as error:  # noqa: BLE001 - whatever the drivers raise: not recovered
            return [f"it could not be looked at: {type(error).__name__}: {error}"]

    async def _links(self) -> list[str]:
        links, found = list(self._memory.links.values()), []
        for name in ("edge", *SHORTENERS):
            async with _client(self._home.url(name)) as http:
                seen = await look_up(http, links)
            found += invariants.links_resolve(links, seen, name)
        return found

    async def _events(self) -> list[str]:
        if waiting := await self._witness.unpublished():
            return [f"{waiting} events still wait in the outbox"]
        outbox = await self._witness.outbox(self._mark)
        kafka = await self._witness.kafka(self._mark)
        self.events = len(outbox)
        return [
            *invariants.events_match(outbox, kafka),
            *invariants.order_kept(outbox, kafka),
            *invariants.created_once(outbox),
        ]

    async def _clicks(self) -> list[str]:
        self.clicks = Clicks(
            redirected=self._memory.redirected,
            unanswered=self._memory.unanswered,
            counted=await self._witness.counted() - self._mark.clicks,
            dropped=self._drops.total,
            kills=self._schedule.kills_of(SHORTENERS),
            buffer=CLICKS_BUFFER,
        )
        return invariants.clicks_add_up(self.clicks)
