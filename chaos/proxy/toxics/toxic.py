"""What a toxic is: a pure decision about bytes and time. It never reads, waits or writes.

    client  ->  [ toxic ] -> [ toxic ]  ->  upstream        (one chain per direction)

A toxic is handed one `Piece` and answers with the pieces that should leave it, each with the
moment at which it is due. The pieces that leave one toxic enter the next. What a toxic has to
remember between pieces is one number (`memory`, 0.0 at first): bytes so far, or the moment at
which a slow wire is free again. It gets the number and returns the new one, so the pump can
replay the part that was really delivered when toxics change in mid-flight.
"""

from enum import Enum
from typing import ClassVar, NamedTuple


class End(Enum):
    """How a stream ends."""

    EOF = "eof"  # this direction is finished, the other may go on (TCP FIN)
    CLOSE = "close"  # both directions close after what was sent is out
    RESET = "reset"  # both directions at once, unsent data lost (TCP RST)


class Piece(NamedTuple):
    """Bytes, or an end, and when they are there (epoch of the monotonic clock)."""

    at_s: float
    data: bytes = b""
    end: End | None = None


Planned = tuple[list[Piece], float]


class Toxic:
    """The base of all toxics: frozen dataclasses whose fields are the JSON attributes."""

    # A connection whose bytes were thrown away cannot go on as if nothing had happened.
    closes_when_lifted: ClassVar[bool] = False

    def plan(self, piece: Piece, memory: float, roll: float) -> Planned:
        """Return the pieces that leave, in order, and the new memory.

        `roll` is in [0, 1) and stays with a piece when it is planned again. Bytes must leave in
        the order in which they came, unchanged; only a toxic that is meant to may drop some.
        """
        raise NotImplementedError

    def memory_from(self, now_s: float, memory: float) -> float:  # noqa: ARG002
        """Return the memory to go on with when the toxic bites or is updated at `now_s`."""
        return memory

    def ends_after_s(self) -> float | None:
        """Return how long after it bit it closes the connection even when no byte comes."""
        return None
