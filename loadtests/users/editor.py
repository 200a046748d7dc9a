"""The editor: somebody who points a link elsewhere, without overwriting a change they never saw."""

import json
from dataclasses import dataclass

from loadtests.users.pick import Pick, pick_code
from loadtests.users.script import JSON_BODY, Request, Script, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Editor:
    """GETs a link for its ETag, then PATCHes it with `If-Match`.

    With `if_match` given ("*", or a stale tag), there is no GET: the PATCH goes out with that.
    """

    codes: tuple[str, ...]
    url: str = "https://example.com/{run}/edited/{n}"
    if_match: str | None = None
    pick: Pick = "round_robin"
    hot_share: float = 0.8

    def script(self, turn: Turn) -> Script:
        """Ask for the version, then for the change; no change without a version."""
        code = pick_code(self.codes, self.pick, turn.round, turn.rng, self.hot_share)
        path = f"/api/v1/links/{code}"
        tag = self.if_match
        if tag is None:
            seen = yield Request("get", "GET", path, headers=turn.bearer())
            tag = seen.headers.get("etag")
            if seen.status != 200 or tag is None:
                return
        url = self.url.replace("{n}", str(turn.n)).replace("{run}", turn.run)
        headers = {**JSON_BODY, **turn.bearer(), "if-match": tag}
        body = json.dumps({"url": url}).encode()
        yield Request("edit", "PATCH", path, body=body, headers=headers, note=url)
