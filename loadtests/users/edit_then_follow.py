"""Edit, then follow on the other instance: how long does an old destination live on?"""

from dataclasses import dataclass, replace

from loadtests.users.create_then_follow import instance
from loadtests.users.editor import Editor
from loadtests.users.script import Request, Script, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class EditThenFollow:
    """Edits a link on one of `instances`, then visits it on the next one after `pause_s`.

    Give each arrival a code of its own (at least as many `codes` as arrivals), or two edits
    race and the second visit rightly sees the other's destination.
    """

    codes: tuple[str, ...]
    instances: tuple[str, ...] = ()
    pause_s: float = 1.0
    url: str = "https://example.com/{run}/edited/{n}"

    def script(self, turn: Turn) -> Script:
        """Edit as the editor does; follow only what was really changed."""
        editing = Editor(codes=self.codes, url=self.url).script(turn)
        step = next(editing)
        while True:
            answer = yield replace(step, base_url=instance(self.instances, turn.round))
            try:
                step = editing.send(answer)
            except StopIteration:
                break
        if step.method != "PATCH" or answer.status != 200:
            return
        yield Request(
            "follow",
            "GET",
            "/" + step.path.rpartition("/")[2],
            expect_location=step.note,
            base_url=instance(self.instances, turn.round + 1),
            after_s=self.pause_s,
        )
