"""What the grader itself does on a run's timeline: a back office, a visitor, an eviction.

An action gets the stage and its args and returns what it read, or None. What goes wrong is noted
beside it and never ends the run; `Outside` says that nothing in the workspace could have done it,
and the run says nothing then. A lab's claims.py may bring ACTIONS of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx2

from chaos.loopback import PLAIN
from stack.components.postgres import SUPERUSER
from stack.home import Home
from stack.warden.client import Warden

REQUEST_WITHIN_S = 10.0


class Outside(Exception):  # noqa: N818 - it is a sentence for the verdict
    """What was to be looked at could not be, and not because of the code under test."""


@dataclass(frozen=True)
class Stage:
    """Where actions act: everything is reached directly, never through a faulty path."""

    home: Home
    warden: Warden
    database: str

    def url(self, name: str) -> str:
        """Return the address of the edge or of one instance."""
        return self.home.url(name)


ActionFunction = Callable[..., Any]
ACTIONS: dict[str, ActionFunction] = {}


def action(name: str) -> Callable[[ActionFunction], ActionFunction]:
    """Enter a function into the table of actions."""

    def enter(function: ActionFunction) -> ActionFunction:
        ACTIONS[name] = function
        return function

    return enter


@action("sql")
def run_sql(stage: Stage, *, sql: str, expect: Mapping[str, str] | None = None) -> float | None:
    """Run one statement as the back office; the first column of its first row is its value."""
    del expect  # for the measures: what the statement changes

    async def run() -> Any:
        connection = await asyncpg.connect(
            stage.home.dsn(role=SUPERUSER, database=stage.database), timeout=5
        )
        try:
            return await connection.fetchval(sql, timeout=REQUEST_WITHIN_S)
        finally:
            await connection.close()

    value = asyncio.run(run())
    return float(value) if isinstance(value, (int, float)) else None


@action("request")
def send_request(
    stage: Stage, *, path: str, to: str = "edge", method: str = "GET", within_s: float = 10.0
) -> float:
    """Ask once, at the edge or straight at one instance; the status is the value (0: no answer)."""
    try:
        answer = httpx2.request(method, stage.url(to) + path, timeout=within_s, **PLAIN)
    except httpx2.HTTPError:
        return 0.0
    return float(answer.status_code)


@action("redis")
def run_redis(stage: Stage, *, command: list[str]) -> float | None:
    """Run one Redis command, `["DEL", "link:launch"]` say."""
    from redis import Redis  # noqa: PLC0415 - a tenth of a second that `lab` alone need not wait

    with Redis.from_url(stage.home.redis_url(), socket_timeout=5) as redis:
        value = redis.execute_command(*command)
    return float(value) if isinstance(value, (int, float)) else None


@action("process")
def signal_process(stage: Stage, *, process: str, verb: str) -> None:
    """Pause, resume, kill or restart one process."""
    stage.warden.process(process, verb)
