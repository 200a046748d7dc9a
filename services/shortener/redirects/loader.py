"""The read behind every miss: one statement, one unique index, no transaction."""

import time
from dataclasses import replace

from services.kit.bulkhead import Bulkhead
from services.kit.postgres import Database
from services.shortener.redirects.entry import NO_ROW, Entry
from services.shortener.redirects.metrics import RedirectMetrics

# One equality on the unique index `links_code_key`. A single statement is a transaction by itself.
LOAD = "SELECT id, url, version, expires_at, deleted_at FROM links WHERE code_key = $1"


class Loader:
    """Reads links from PostgreSQL, a bounded number at a time.

    The bulkhead is what stands between the database and all of the traffic on the day Redis dies.
    """

    def __init__(self, database: Database, bulkhead: Bulkhead, metrics: RedirectMetrics) -> None:
        self._database = database
        self._bulkhead = bulkhead
        self._metrics = metrics

    def check(self) -> None:
        """Raise BulkheadFullError where a read would be refused at once."""
        self._bulkhead.check()

    async def load(self, key: str) -> Entry:
        """The row as it is now.

        Raises:
            BulkheadFullError: too many reads wait already.
            DatabaseUnavailable: PostgreSQL does not answer. This says nothing about the link.
        """
        async with self._bulkhead.place():
            self._metrics.loads.inc()
            began_s = time.perf_counter()
            async with self._database.connection() as connection:
                row = await connection.fetchrow(LOAD, key)
        entry = NO_ROW if row is None else Entry.of_row(*row)
        return replace(entry, load_s=round(time.perf_counter() - began_s, 4))
