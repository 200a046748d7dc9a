"""The link checker: a preview bot or monitor that asks HEAD, which must not count as a click."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from loadtests.users.pick import Pick, pick_code
from loadtests.users.script import Request, Script, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorHead:
    """HEADs one short link and does not follow it."""

    codes: tuple[str, ...]
    expect: Mapping[str, str] = field(default_factory=dict)  # code -> Location
    pick: Pick = "uniform"
    hot_share: float = 0.8

    def script(self, turn: Turn) -> Script:
        """Ask once."""
        code = pick_code(self.codes, self.pick, turn.round, turn.rng, self.hot_share)
        yield Request("look", "HEAD", f"/{code}", expect_location=self.expect.get(code))
