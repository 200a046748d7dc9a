"""Clicks of one link, from the hourly roll-up that the analytics service writes."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

_TOTAL = "SELECT coalesce(sum(clicks), 0)::bigint FROM click_counts WHERE link_id = $1"
_HOURS = """
SELECT hour, clicks FROM click_counts
 WHERE link_id = $1 AND hour >= $2 ORDER BY hour"""


@dataclass(frozen=True, slots=True)
class Stats:
    """All clicks, and those of each hour that had any."""

    total: int
    hours: list[tuple[datetime, int]]


async def read(connection: asyncpg.Connection, link_id: int, since: datetime) -> Stats:
    """The figures as far as they have been counted: a click needs a moment to get there."""
    total = await connection.fetchval(_TOTAL, link_id)
    rows = await connection.fetch(_HOURS, link_id, since)
    return Stats(total, [(row["hour"], row["clicks"]) for row in rows])
