"""One open page of a lab: what the parts of it are given."""

from __future__ import annotations

from dataclasses import dataclass

from labs.console.frame import Frame
from labs.console.hub import Hub
from labs.engine.catalogue import LabFolder


@dataclass(frozen=True)
class LabPage:
    """The lab, and whether it is the one in hand."""

    hub: Hub
    frame: Frame
    folder: LabFolder
    in_hand: bool
