"""Create, then follow on the other instance: does a new link work everywhere at once?"""

import json
from dataclasses import dataclass, replace

from loadtests.users.creator import creation
from loadtests.users.script import Answer, Request, Script, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateThenFollow:
    """Creates a link on one of `instances`, then visits it on the next one after `pause_s`.

    Without `instances` both go to the phase's base URL.
    """

    instances: tuple[str, ...] = ()
    pause_s: float = 0.0
    url: str = "https://example.com/{run}/{n}"

    def script(self, turn: Turn) -> Script:
        """Create, and follow what was created; nothing to follow, nothing asked."""
        url = self.url.replace("{n}", str(turn.n)).replace("{run}", turn.run)
        create = creation(turn, url, key=f"{turn.run}-{turn.n}")
        made = yield replace(create, base_url=instance(self.instances, turn.round))
        code = code_of(made)
        if code is None:
            return
        yield Request(
            "follow",
            "GET",
            f"/{code}",
            expect_location=url,
            base_url=instance(self.instances, turn.round + 1),
            after_s=self.pause_s,
        )


def code_of(made: Answer) -> str | None:
    """Return the code of the link that was created, or None if there is none to be read."""
    if made.status not in (200, 201):
        return None
    try:
        code = json.loads(made.body)["code"]
    except (ValueError, TypeError, KeyError):  # answered, but not with a link
        return None
    return code if isinstance(code, str) else None


def instance(instances: tuple[str, ...], number: int) -> str | None:
    """Return one of the instances in turn, or None for the phase's own base URL."""
    return instances[number % len(instances)] if instances else None
