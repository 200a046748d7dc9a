"""The reader: somebody who looks at their links and at how often they were clicked."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from loadtests.users.script import Request, Script, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """GETs the first page of the list of links, a link's stats, or either."""

    what: Literal["list", "stats", "mixed"] = "list"
    codes: tuple[str, ...] = ()
    limit: int = 20
    search: str = ""

    def script(self, turn: Turn) -> Script:
        """Ask once."""
        stats = self.what == "stats" or (self.what == "mixed" and turn.rng.random() < 0.5)
        if stats and self.codes:
            code = self.codes[turn.rng.randrange(len(self.codes))]
            yield Request("stats", "GET", f"/api/v1/links/{code}/stats", headers=turn.bearer())
            return
        query: dict[str, str] = {"limit": str(self.limit)}
        if self.search:
            query["search"] = self.search
        yield Request("list", "GET", f"/api/v1/links?{urlencode(query)}", headers=turn.bearer())
