"""What the experiment stands on: so many places, a wire of known length, and cold links.

Why redirects of cold links, with latency on the link to PostgreSQL? The ceiling must be modelled,
or the picture shows this machine's CPU. Here it is counted in round trips: a cold link is looked up
once, a lookup holds a connection for two round trips (the statement, and the reset when the
connection is given back), and an instance reads so many links at once: as many as its pool has
connections, or fewer where its bulkhead says so. Nothing else takes part: creating
links would bring in the account's rate limit and the partner's breaker and bulkhead, which bend the
curve by decision. Each link is visited once, so no cache ever helps.
"""

import asyncio
import math
import re
import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx2

from chaos.loopback import PLAIN
from loadtests.plan import arrivals_of, plan_of
from stack.home import Home
from stack.trouble import Trouble
from stack.warden.client import Warden

CEILING_RPS = 150.0  # where we want it: far below what this machine could do
ROUND_TRIPS = 2  # that a lookup holds a connection
TARGET = "https://example.com/knee"
NONE_YET = ("none-yet",)  # the codes of a phase before it is handed cold links
_INSTANCES = ("shortener-a", "shortener-b")
_LIMITS = ("postgres_pool_limit", "redirect_loads_limit")
_HELD = "postgres_pool_held_seconds"


def places(home: Home) -> int:
    """Ask the running instances how many links they may read at once, all together."""
    return sum(_places_of(home, instance) for instance in _INSTANCES)


def _places_of(home: Home, instance: str) -> int:
    page = _metrics(home, instance)
    said = [limit for name in _LIMITS if (limit := _value(page, name)) is not None]
    if not said:
        raise Trouble(f"{instance} does not say how large its pool is.", "./lab diff")
    return round(min(said))


@dataclass(frozen=True, slots=True)
class Held:
    """For how long connections have been lent out so far, all instances together."""

    seconds: float
    times: float

    def mean_since_s(self, before: "Held") -> float:
        """Return the mean time that one was held between two looks."""
        times = self.times - before.times
        return (self.seconds - before.seconds) / times if times else math.nan


def held(home: Home) -> Held:
    """Look at the pools' own figures."""
    pages = [_metrics(home, instance) for instance in _INSTANCES]
    seconds, times = (
        [_value(page, f"{_HELD}_{part}") for page in pages] for part in ("sum", "count")
    )
    return Held(sum(s or 0 for s in seconds), sum(t or 0 for t in times))


def _metrics(home: Home, instance: str) -> str:
    try:
        return httpx2.get(f"{home.url(instance)}/metrics", timeout=5, **PLAIN).text
    except httpx2.HTTPError as failure:
        raise Trouble(f"{instance} does not answer.", "./lab up") from failure


def _value(page: str, name: str) -> float | None:
    found = re.search(rf"^{name}\s+([-+0-9.e]+)", page, re.MULTILINE)
    return None if found is None else float(found[1])


def wire_ms(of_places: int) -> int:
    """Return the latency to PostgreSQL that puts the ceiling where we want it."""
    return max(1, round(1000 * of_places / (ROUND_TRIPS * CEILING_RPS)))


@contextmanager
def slow_wire(warden: Warden, latency_ms: int, for_s: float) -> Iterator[None]:
    """Make every answer of PostgreSQL to a shortener that late, and prove that it is."""
    toxic = {"type": "latency", "stream": "downstream", "attributes": {"latency": latency_ms}}
    spec = {"kind": "toxic", "proxy": "shortener-*.postgres", "toxic": toxic}
    fault = warden.add_fault(spec, for_s)
    try:
        probe = warden.probe(fault)
        if not probe["on"]:
            raise Trouble(f"The wire is not slow: {probe['seen']}.", "./lab status")
        yield
    finally:
        warden.lift(fault)


def visits(plan: dict[str, Any]) -> Counter[str]:
    """Count the visits to cold links, by phase."""
    cold = {phase["name"] for phase in plan["phases"] if _wants_links(phase)}
    names = (arrival.phase.name for arrival in arrivals_of(plan_of(plan)))
    return Counter(name for name in names if name in cold)


def hand_out(plan: dict[str, Any], codes: Sequence[str]) -> None:
    """Give each phase links of its own: a link that an earlier phase visited is cached by now."""
    wanted, given = visits(plan), 0
    for phase in filter(_wants_links, plan["phases"]):
        count = wanted[phase["name"]]
        phase["args"]["codes"] = list(codes[given : given + count]) or list(NONE_YET)
        given += count


def _wants_links(phase: dict[str, Any]) -> bool:
    return tuple(phase["args"]["codes"]) == NONE_YET


@contextmanager
def cold_links(dsn: str, count: int) -> Iterator[list[str]]:
    """Lay `count` links in that nobody has ever visited; take them out again."""
    run = secrets.token_hex(4)
    asyncio.run(_lay_in(dsn, run, count))
    try:
        yield [f"knee-{run}-{number}" for number in range(1, count + 1)]
    finally:
        asyncio.run(_take_out(dsn, run))


async def _lay_in(dsn: str, run: str, count: int) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        owner = await connection.fetchval(
            "INSERT INTO accounts (email, email_key, password_hash) VALUES ($1, $1, '!')"
            " RETURNING id",
            _email(run),
        )
        await connection.execute(
            "INSERT INTO links (code, code_key, owner_id, url)"
            " SELECT $1 || n, $1 || n, $2, $3 FROM generate_series(1, $4::int) AS n",
            *(f"knee-{run}-", owner, TARGET, count),
        )
    finally:
        await connection.close()


async def _take_out(dsn: str, run: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(
            "DELETE FROM links WHERE owner_id = (SELECT id FROM accounts WHERE email_key = $1)",
            _email(run),
        )
        await connection.execute("DELETE FROM accounts WHERE email_key = $1", _email(run))
    finally:
        await connection.close()


def _email(run: str) -> str:
    return f"knee-{run}@example.com"
