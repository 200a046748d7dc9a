"""One open page: what the parts of it are given."""

from __future__ import annotations

from dataclasses import dataclass

from labs.console.frame import Frame
from labs.console.hub import Hub
from labs.engine.catalogue import LabFolder
from labs.engine.progress import LabProgress


@dataclass(frozen=True)
class View:
    """A page that looks at the stack, whatever runs on it."""

    hub: Hub
    frame: Frame


@dataclass(frozen=True)
class LabPage(View):
    """The lab, and whether it is the one in hand."""

    folder: LabFolder
    in_hand: bool

    @property
    def done(self) -> LabProgress:
        """What the learner has done with it, as it was seen last.

        Parts follow what concerns them in it, and nothing else: a part that was drawn again because
        of something else would throw away what somebody is typing into it.
        """
        return self.hub.seen.progress.lab(self.folder.lab.slug)
