"""Looks at PostgreSQL several times a second, through the grader's own direct connection.

Texts are asked for once per statement, and only calls that changed are written: reading all texts
twenty times a second would be load of its own.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

import asyncpg

EVERY_S = 0.05
_CALLS = """SELECT queryid::text AS id, sum(calls)::bigint AS calls
FROM pg_stat_statements(false)
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
GROUP BY queryid"""
_TEXTS = "SELECT queryid::text AS id, query FROM pg_stat_statements WHERE queryid = ANY($1)"
_ACTIVITY = """SELECT application_name AS app, count(*) AS connections,
  count(*) FILTER (WHERE state = 'active') AS active,
  count(*) FILTER (WHERE wait_event_type = 'Lock') AS waiting,
  count(*) FILTER (WHERE state = 'idle in transaction'
    AND clock_timestamp() - state_change > interval '0.2 s') AS idle
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() GROUP BY application_name"""


class Sampler:
    """A thread that writes `samples.jsonl` until it is stopped."""

    def __init__(self, dsn: str, out: Path) -> None:
        self._dsn = dsn
        self._out = out
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sampler", daemon=True)
        self.looks = 0
        self.error = ""

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look once more, and end."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        try:
            with self._out.open("w", encoding="utf-8") as out:
                asyncio.run(self._look(out))
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            self.error = f"the grader lost its view of PostgreSQL: {error}"

    async def _look(self, out: TextIO) -> None:
        connection = await asyncpg.connect(
            self._dsn, timeout=5, server_settings={"application_name": "grader"}
        )
        try:
            await _find_statements(connection)
            known: dict[str, int] = {}
            while True:
                last = self._over.is_set()
                began = time.monotonic()
                out.write(json.dumps(await _sample(connection, known)) + "\n")
                out.flush()
                self.looks += 1
                if last:
                    return
                rest_s = EVERY_S - (time.monotonic() - began)
                await asyncio.sleep(max(0.005, rest_s))
        finally:
            await connection.close()


async def _find_statements(connection: asyncpg.Connection[Any]) -> None:
    """Look where the extension is: the database's template brings it along."""
    found = await connection.fetchval(
        "SELECT nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace"
        " WHERE extname = 'pg_stat_statements'"
    )
    await connection.execute(f'SET search_path = "{found or "public"}", public')


async def _sample(connection: asyncpg.Connection[Any], known: dict[str, int]) -> Mapping[str, Any]:
    at_s = time.time()
    calls = {row["id"]: row["calls"] for row in await connection.fetch(_CALLS)}
    changed = {key: count for key, count in calls.items() if known.get(key) != count}
    sample: dict[str, Any] = {"at_s": at_s, "calls": changed}
    fresh = [int(key) for key in changed if key not in known]
    if fresh:
        texts = await connection.fetch(_TEXTS, fresh)
        sample["statements"] = {row["id"]: row["query"] for row in texts}
    known.update(changed)
    rows = await connection.fetch(_ACTIVITY)
    sample["active"] = {row["app"]: row["active"] for row in rows if row["active"]}
    sample["connections"] = {row["app"]: row["connections"] for row in rows}
    sample["idle_in_transaction"] = {row["app"]: row["idle"] for row in rows if row["idle"]}
    sample["waiting"] = sum(row["waiting"] for row in rows)
    return sample
