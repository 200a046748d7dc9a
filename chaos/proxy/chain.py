"""A chain of toxics on one direction of one connection: still pure, still no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass

from chaos.proxy.toxics import Piece, Toxic


@dataclass(frozen=True, slots=True)
class Attached:
    """A toxic as it hangs on a proxy; `uid` stays when it is updated."""

    uid: int
    name: str
    type: str
    stream: str
    toxicity: float
    toxic: Toxic


@dataclass(slots=True)
class Stage:
    """A toxic as it bites one connection.

    `roll` decides with the toxicity whether this connection is bitten, and is kept for the life
    of the connection: an update does not throw the dice again.
    """

    attached: Attached
    roll: float
    since_s: float
    memory: float = 0.0

    @property
    def bites(self) -> bool:
        """Whether this connection is one of those that the toxicity picks."""
        return self.roll < self.attached.toxicity

    @property
    def ends_at_s(self) -> float | None:
        """When the toxic closes the connection by itself."""
        after_s = self.attached.toxic.ends_after_s()
        return None if after_s is None else self.since_s + after_s


def plan(stages: Sequence[Stage], piece: Piece, roll: float) -> tuple[list[Piece], list[float]]:
    """Run a piece through the chain; return what leaves, and each stage's memory after it."""
    pieces = [piece]
    memories = []
    for stage in stages:
        memory = stage.memory
        leaving: list[Piece] = []
        for entering in pieces:
            planned, memory = stage.attached.toxic.plan(entering, memory, roll)
            leaving += planned
        pieces = leaving
        memories.append(memory)
    return pieces, memories


def remember(stages: Sequence[Stage], memories: Sequence[float]) -> None:
    """Store the memories that `plan` returned."""
    for stage, memory in zip(stages, memories, strict=True):
        stage.memory = memory


def replay(stages: Sequence[Stage], piece: Piece, delivered: int, roll: float) -> Piece | None:
    """Let the stages remember the delivered part of a piece; return the rest, None if none.

    Memory must count what really went out and nothing else. Plans are pure, so running the
    delivered prefix through the chain again gives exactly that.
    """
    if delivered:
        _, memories = plan(stages, Piece(piece.at_s, piece.data[:delivered]), roll)
        remember(stages, memories)
    rest = Piece(piece.at_s, piece.data[delivered:], piece.end)
    return rest if rest.data or rest.end else None


def next_stages(
    old: Sequence[Stage], wanted: Sequence[Attached], now_s: float, rolls: Sequence[float]
) -> list[Stage]:
    """Return the stages for a changed list of toxics; those that stay keep roll and memory."""
    known = {stage.attached.uid: stage for stage in old}
    stages = []
    for attached, roll in zip(wanted, rolls, strict=True):
        stage = known.get(attached.uid)
        if stage is None:
            stage = _begun(attached, roll, now_s, 0.0)
        elif stage.attached is not attached:
            stage = _begun(attached, stage.roll, now_s, stage.memory)
        stages.append(stage)
    return stages


def _begun(attached: Attached, roll: float, now_s: float, memory: float) -> Stage:
    return Stage(attached, roll, now_s, attached.toxic.memory_from(now_s, memory))
