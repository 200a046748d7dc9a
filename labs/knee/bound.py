"""What Little's law allows, whatever the code does.

Little: in flight = throughput x time. Each request holds one of `places` for `hold_s`, so they
serve at most places / hold_s requests a second; and while nobody waits, N in flight get
N / alone_s. Where the two lines cross is the knee of the ideal system. A real one stays below both.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LittleBound:
    """`places`, each of which serves one request for `hold_s` seconds."""

    places: int
    hold_s: float
    alone_s: float  # how long a request takes in all when it has the system to itself

    @property
    def ceiling_rps(self) -> float:
        """The most that all places together can serve in a second."""
        return self.places / self.hold_s

    def throughput(self, in_flight: float) -> float:
        """The most that `in_flight` requests at once can get."""
        return min(in_flight / self.alone_s, self.ceiling_rps)
