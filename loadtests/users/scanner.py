"""The scanner: a bot that tries codes which do not exist."""

import string
from dataclasses import dataclass

from loadtests.users.script import Request, Script, Turn

_BASE62 = string.digits + string.ascii_letters


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanner:
    """GETs random codes, or, with `distinct`, the same few unknown ones over and over."""

    length: int = 7
    distinct: int = 0  # 0: a new code each time

    def script(self, turn: Turn) -> Script:
        """Ask once."""
        if self.distinct:
            code = f"no{turn.n % self.distinct:0{max(1, self.length - 2)}d}"
        else:
            code = "".join(turn.rng.choices(_BASE62, k=self.length))
        yield Request("scan", "GET", f"/{code}")
