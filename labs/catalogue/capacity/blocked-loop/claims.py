"""What `blocked-loop` does and measures beyond the built-in measures.

How long a password check takes is the machine's affair, so everything is counted in the time that
a login takes in the same run. Of the logins that came alone the quickest says it: whoever else used
the machine can only make one slower. Where it was slow all that time, the burst itself says it.

While the loop's thread is ready and others have the processors, nobody in this process holds it up:
that time does not count. Six threads that hash leave a loop little of a machine that is busy.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import time
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import httpx2
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from chaos.loopback import PLAIN
from labs.engine.actions import ActionFunction, Stage
from labs.engine.evidence import Evidence, Request
from labs.engine.measures import Measured, Table, measure
from stack.components.postgres import SUPERUSER

MEASURES: Table = {}
CALM_LOGINS = 3  # fewer say nothing about how long one takes
CREATED = 201
CORES = 2
WITHIN_S = 12.0
LOOK_EVERY_S = 0.01
BEHIND_OTHERS = (3, 5)  # SCHED_BATCH, SCHED_IDLE (sched(7))
TIME_COST, MEMORY_KIB, PARALLELISM = 3, 16_384, 1  # as [scale] has them
COST = re.compile(rf"\$argon2id\$v=19\$m={MEMORY_KIB},t={TIME_COST},p={PARALLELISM}\$.*")
NEWCOMERS_PASSWORD, MEMBERS_PASSWORD = "a newcomer's password", "correct horse battery staple"
Window = tuple[float, float]


def register(stage: Stage, *, people: int, to: str) -> dict[str, object]:
    """Register people at one instance, all at once; the value: when that was, and the answers."""
    url = f"{stage.url(to)}/api/v1/auth/register"
    who = [f"newcomer-{secrets.token_hex(4)}@shortcircuit.example" for _ in range(people)]

    def answer(email: str) -> int:
        try:
            body = {"email": email, "password": NEWCOMERS_PASSWORD}
            return httpx2.post(url, json=body, timeout=WITHIN_S, **PLAIN).status_code
        except httpx2.HTTPError:
            return 0

    began_s = time.time()
    with ThreadPoolExecutor(people) as threads:
        statuses = list(threads.map(answer, who))
    return {"began_s": began_s, "ended_s": time.time(), "statuses": statuses}


def hash_once(_stage: Stage) -> float:
    """Hash a password here, past the service: the seconds that a login cannot do without."""
    hasher = PasswordHasher(TIME_COST, MEMORY_KIB, PARALLELISM)
    began_s = time.perf_counter()
    hasher.hash(NEWCOMERS_PASSWORD)
    return time.perf_counter() - began_s


def watch_loop(stage: Stage, *, of: str, for_s: float) -> list[list[float]]:
    """Note again and again how long the loop's thread was ready to run and had no processor.

    Returns: [Unix time, seconds so far] (proc(5): the second figure of schedstat); nothing where
    the system does not tell, or where the thread asked to come last: then its wait is its own.
    """
    components = stage.warden.status()["components"]
    pid = next((one.get("pid") for one in components if one["name"] == of), None)
    thread, noted = Path(f"/proc/{pid}/task/{pid}"), []
    ends_s = time.time() + for_s
    with suppress(OSError, ValueError, IndexError):
        while (now_s := time.time()) < ends_s:
            waited_ns = int((thread / "schedstat").read_text().split()[1])
            noted.append([now_s, waited_ns / 1e9])
            time.sleep(LOOK_EVERY_S)
        if _stands_back((thread / "stat").read_text()):
            return []
    return noted


def _stands_back(stat: str) -> bool:
    """Whether a thread is nicer than we are, or in a class below the usual one (proc(5): stat)."""
    fields = stat.rpartition(")")[2].split()  # from the third one on: a name may have blanks
    nice, policy = int(fields[16]), int(fields[38])
    return nice > os.getpriority(os.PRIO_PROCESS, 0) or policy in BEHIND_OTHERS


def guessable(stage: Stage) -> float:
    """Return how many stored hashes have another cost, or are not what their label says.

    One newcomer's and one member's are really verified: a label alone costs a thief nothing.
    """
    stored = asyncio.run(_stored(stage))
    cheap = sum(not COST.fullmatch(each) for each in stored.values())
    for kind, password in (("newcomer", NEWCOMERS_PASSWORD), ("member", MEMBERS_PASSWORD)):
        own = [each for email, each in stored.items() if email.startswith(kind)]
        cheap += bool(own) and not _fits(own[0], password)
    return float(cheap)


async def _stored(stage: Stage) -> dict[str, str]:
    dsn = stage.home.dsn(role=SUPERUSER, database=stage.database)
    connection = await asyncpg.connect(dsn, timeout=5)
    try:
        rows = await connection.fetch(
            "SELECT email, password_hash FROM accounts WHERE email ~ '^(member|newcomer)'"
        )
    finally:
        await connection.close()
    return {row["email"]: row["password_hash"] for row in rows}


def _fits(stored: str, password: str) -> bool:
    try:
        return PasswordHasher().verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


class Starved(NamedTuple):
    """How long the loop's thread had no processor, moment by moment on the run's timeline."""

    at_s: Sequence[float]
    so_far_s: Sequence[float]

    @classmethod
    def of(cls, evidence: Evidence, action: str) -> Starved:
        """Read what the action noted; nothing where it could not."""
        told = evidence.named("action", action)
        noted = (told[-1].data.get("value") or []) if told else []
        return cls([at - evidence.t0 for at, _ in noted], [so_far for _, so_far in noted])

    def between(self, begins_s: float, ends_s: float) -> float:
        """Seconds it had to wait for a processor between two moments."""
        if not self.at_s:
            return 0.0
        first = max(0, bisect_right(self.at_s, begins_s) - 1)
        last = min(len(self.at_s) - 1, bisect_left(self.at_s, ends_s))
        return max(0.0, min(self.so_far_s[last] - self.so_far_s[first], ends_s - begins_s))

    def took_s(self, request: Request) -> float:
        """How long a request took, without the time in which the loop had no processor."""
        return request.took_s - self.between(request.planned_s, request.done_s)


ACTIONS: dict[str, ActionFunction] = {
    "register": register,
    "hash_once": hash_once,
    "watch_loop": watch_loop,
    "guessable": guessable,
}


@measure(MEASURES, "of the requests")
def held_up(  # noqa: PLR0913 - the names of what it looks at
    evidence: Evidence, *, phase: str, logins: str, newcomers: str, calm: str, loop: str
) -> Measured:
    """Share of the requests sent during the logins that were held up as long as one login takes.

    Or of those sent while newcomers registered, whichever is worse.
    """
    starved = Starved.of(evidence, loop)
    login_s, came = _login_s(evidence, logins, calm, starved), _came(evidence, newcomers)
    burst = _burst(evidence, logins)
    if login_s is None or came is None or burst is None:
        return Measured(None)
    windows = (burst, (came["began_s"] - evidence.t0, came["ended_s"] - evidence.t0))
    shares, samples = [], 0
    for begins_s, ends_s in windows:
        sent = [r for r in evidence.sent_in(phase) if begins_s <= r.planned_s <= ends_s]
        samples += len(sent)
        if sent:
            shares.append(sum(not r.ok or starved.took_s(r) >= login_s for r in sent) / len(sent))
    return Measured(max(shares) if len(shares) == len(windows) else None, samples)


@measure(MEASURES, "hashes")
def login_in_hashes(evidence: Evidence, *, calm: str, hashed: str) -> Measured:
    """The quickest login by itself, in times of the quickest hash made past the service."""
    alone = [r.took_s for r in evidence.sent_in(calm) if r.ok]
    told = evidence.named("action", hashed)
    hashes_s = [float(one.data["value"]) for one in told if one.data.get("value")]
    if not alone or not hashes_s:
        return Measured(None, len(alone))
    return Measured(min(alone) / min(hashes_s), len(alone))


@measure(MEASURES, "login times")
def slowest_login(evidence: Evidence, *, logins: str, calm: str) -> Measured:
    """How long the slowest login of the burst took, in times of one login by itself."""
    alone = [r.took_s for r in evidence.sent_in(calm) if r.ok]
    burst = [r.took_s for r in evidence.sent_in(logins) if r.status]
    if len(alone) < CALM_LOGINS or not burst:
        return Measured(None)
    return Measured(max(burst) / min(alone), len(burst))


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


def _login_s(evidence: Evidence, logins: str, calm: str, starved: Starved) -> float | None:
    """How long a login takes; at most what a core of two needs for one of the burst.

    A neighbour who is there before the burst and gone during it must not make waits look short.
    """
    alone = [starved.took_s(r) for r in evidence.sent_in(calm) if r.ok]
    window, judged = _burst(evidence, logins), [r for r in evidence.sent_in(logins) if r.status]
    if window is None or len(alone) < CALM_LOGINS or not judged:
        return None
    each_s = (window[1] - window[0] - starved.between(*window)) / len(judged)
    return min(max(min(alone), each_s), CORES * each_s)
