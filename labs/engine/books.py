"""What the load was told, held against what there is: links that were acknowledged must exist.

A create that was answered with 201 and made nothing looks like service to whoever counts statuses.
So every acknowledged code is looked up in the database, past all services. A deleted link counts
as one that existed: its row stays.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import asyncpg

from labs.engine.evidence import read_lines
from labs.engine.model import Lab
from labs.engine.seed import expected_urls
from stack.components.postgres import SUPERUSER
from stack.home import Home

ASK_WITHIN_S = 5.0
LINKS = "/api/v1/links"
CREATED = 201
NO_CODE = "(no code)"
_THERE = "SELECT coalesce(array_agg(code), '{}') FROM links WHERE code = ANY($1)"


class Books:
    """The database of one run, and what the load generator wrote down."""

    def __init__(self, home: Home, lab: Lab, run_dir: Path, database: str) -> None:
        self._dsn = home.dsn(role=SUPERUSER, database=database)
        self._lab = lab
        self._lines = list(read_lines(run_dir / "requests.jsonl"))
        self.unread = False  # whether the database could not be asked: the run says so in a note

    def unmade(self) -> tuple[int, list[str]]:
        """Return how many links were acknowledged, and the codes of those that nobody made."""
        told = acknowledged(self._lines)
        if not told:
            return 0, []
        there = self._ask(_THERE, told)
        if there is None:  # the database could not be asked: that says nothing about the links
            return 0, []
        return len(told), [code for code in told if code not in set(there)]

    def hand_over(self, email: str) -> str:
        """Make a link of the experiment somebody else's, and return its code; empty: there is none.

        The load has just asked for it, so whatever remembers links remembers this one.
        """
        code = visited(self._lab, self._lines)
        if not code:
            return ""
        moved = self._ask(
            "UPDATE links SET owner_id = accounts.id FROM accounts"
            " WHERE code = $1 AND email_key = lower($2) RETURNING code",
            code,
            email,
        )
        return code if moved else ""

    def _ask(self, query: str, *values: object) -> Any:
        async def ask() -> Any:
            connection = await asyncpg.connect(self._dsn, timeout=ASK_WITHIN_S)
            try:
                return await connection.fetchval(query, *values, timeout=ASK_WITHIN_S)
            finally:
                await connection.close()

        try:
            return asyncio.run(ask())
        except (OSError, TimeoutError, asyncpg.PostgresError):
            self.unread = True
            return None


def acknowledged(lines: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the codes that creates were answered with; one without `Location` has none."""
    return [
        str(line.get("location") or NO_CODE).rsplit("/", 1)[-1]
        for line in lines
        if (line.get("method"), line.get("path"), line.get("status")) == ("POST", LINKS, CREATED)
    ]


def visited(lab: Lab, lines: Iterable[Mapping[str, Any]]) -> str:
    """Return the code of the last link of the seed that the load was led by; empty: there is none.

    Links that an action of the timeline changes stay the back office's.
    """
    theirs = {str(act.args["expect"]["code"]) for act in lab.action if "expect" in act.args}
    last = ""
    for line in lines:
        code = str(line.get("path", "")).lstrip("/")
        leads = line.get("method") == "GET" and 300 <= int(line.get("status") or 0) < 400
        if leads and code != last and code not in theirs and expected_urls(lab, code):
            last = code
    return last
