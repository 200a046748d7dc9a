"""The visitor: somebody who clicks a short link."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from loadtests.users.pick import Pick, pick_code
from loadtests.users.script import Request, Script, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """GETs one short link and does not follow it; where `expect` knows the target, checks it."""

    codes: tuple[str, ...]
    expect: Mapping[str, str] = field(default_factory=dict)  # code -> Location
    pick: Pick = "uniform"
    hot_share: float = 0.8  # pick "hot": this share of the visits goes to the first code

    def script(self, turn: Turn) -> Script:
        """Ask once."""
        code = pick_code(self.codes, self.pick, turn.round, turn.rng, self.hot_share)
        yield Request("visit", "GET", f"/{code}", expect_location=self.expect.get(code))
