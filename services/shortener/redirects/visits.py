"""A visit: resolve the code, count the click, say where to go. Both routes are built on this."""

import time
from collections.abc import Callable

from services.kit.bulkhead import BulkheadFullError
from services.kit.postgres import DatabaseUnavailable
from services.kit.problems import Unavailable
from services.shortener.clicks.recorder import ClickRecorder
from services.shortener.redirects import answer
from services.shortener.redirects.answer import Answer
from services.shortener.redirects.entry import Entry
from services.shortener.redirects.resolve import Resolver


class Visits:
    """Answers visitors."""

    def __init__(
        self,
        resolver: Resolver,
        clicks: ClickRecorder,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._resolver = resolver
        self._clicks = clicks
        self._clock = clock

    def nearby(self, code: str, *, counted: bool) -> Answer | None:
        """The answer, if this process knows it by heart. Never waits."""
        entry = self._resolver.nearby(code)
        return None if entry is None else self._of(code, entry, counted=counted)

    async def visit(self, code: str, *, counted: bool) -> Answer:
        """The answer; 503 when nobody could say where the code leads."""
        try:
            entry = await self._resolver.resolve(code)
        except (BulkheadFullError, DatabaseUnavailable):
            return answer.of_problem(Unavailable("Where this leads cannot be found out now."))
        return self._of(code, entry, counted=counted)

    def _of(self, code: str, entry: Entry, *, counted: bool) -> Answer:
        now_s = self._clock()
        answered = answer.of_entry(entry, now_s)
        if counted and answered.status == 302:
            self._clicks.record(code, entry.link_id, now_s)
        return answered
