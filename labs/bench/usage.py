"""What processes used while a load ran: CPU time and memory, looked at now and then."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import psutil

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Look:
    """One look, in epoch seconds; CPU seconds so far."""

    at_s: float
    generator_cpu_s: float
    services_cpu_s: float
    services_mib: float


@dataclass(slots=True)
class Usage:
    """The load generator beside the services that it loads."""

    generator: psutil.Process
    services: Sequence[psutil.Process]
    looks: list[Look] = field(default_factory=list)

    def look(self, now_s: float) -> None:
        """Take note; a generator that has just ended used nothing more."""
        try:
            generator_cpu_s = _cpu_s(self.generator)
        except psutil.NoSuchProcess:
            return
        cpu_s = sum(_cpu_s(service) for service in self.services)
        mib = sum(service.memory_info().rss for service in self.services) / _MIB
        self.looks.append(Look(now_s, generator_cpu_s, cpu_s, mib))

    def between(self, from_s: float, until_s: float) -> tuple[float, float]:
        """Shares of a core that the generator and the services used; 0 for too few looks."""
        seen = [look for look in self.looks if from_s <= look.at_s <= until_s]
        if len(seen) < 2:
            return 0.0, 0.0
        first, last = seen[0], seen[-1]
        seconds = last.at_s - first.at_s
        return (
            (last.generator_cpu_s - first.generator_cpu_s) / seconds,
            (last.services_cpu_s - first.services_cpu_s) / seconds,
        )

    def most_mib(self, from_s: float, until_s: float) -> float:
        """The most that the services held; 0 where nobody looked."""
        seen = (look.services_mib for look in self.looks if from_s <= look.at_s <= until_s)
        return max(seen, default=0.0)

    def grown_mib(self) -> float:
        """The most that the services held, less what they held at the first look."""
        return max(look.services_mib for look in self.looks) - self.looks[0].services_mib


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
