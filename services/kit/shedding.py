"""Load shedding: which waiters are not worth keeping, once a queue stands.

A queue is there to even out a burst: it fills, and it empties. One that has not been empty for
longer than anybody is allowed to wait is something else: more comes in than goes out, everybody is
served at the end of their patience, when most of them have gone, and the work is done for nobody
(goodput falls to zero while throughput is at its height). From then on only a short queue is kept:

- whoever comes is refused at once where the places, at their present pace, would not get to them
  within `wait_s`: a refusal after a long wait has held a connection, a task and a visitor for
  nothing;
- whoever has waited far longer than that by the time a place is free passes it on.

A burst that empties within `stands_after_s` is served as before, to the last. The idea is CoDel's
(Nichols and Jacobson, 2012): look at how long a queue stands, not at how long it is.

Pure: time is an argument.
"""

from dataclasses import dataclass, field

_WEIGHT = 0.1  # of the newest hold in the running mean
_FAR = 2.0  # so many times `wait_s` is far longer: an estimate may be off without refusing all


@dataclass(slots=True)
class Shedding:
    """Watches the queue in front of `places` places."""

    places: int
    stands_after_s: float
    wait_s: float
    _queued_since_s: float | None = field(default=None, init=False)
    _hold_s: float = field(default=0.0, init=False)

    def saw(self, waiting: int, now_s: float) -> None:
        """Take note of how many wait now."""
        if not waiting:
            self._queued_since_s = None
        elif self._queued_since_s is None:
            self._queued_since_s = now_s

    def held(self, seconds: float) -> None:
        """Take note of how long a place was held."""
        self._hold_s += (seconds - self._hold_s) * (_WEIGHT if self._hold_s else 1.0)

    def stands(self, now_s: float) -> bool:
        """Whether somebody has been waiting all the time, for too long to be a burst."""
        since_s = self._queued_since_s
        return since_s is not None and now_s - since_s > self.stands_after_s

    def refuses(self, waiting: int, now_s: float) -> bool:
        """Whether somebody who comes now, behind those who wait, would wait too long."""
        return self.stands(now_s) and (waiting + 1) * self._hold_s / self.places > self.wait_s

    def is_too_late(self, waited_s: float, now_s: float) -> bool:
        """Whether somebody who waited that long passes the place on."""
        return waited_s > _FAR * self.wait_s and self.stands(now_s)
