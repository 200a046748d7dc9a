"""What a fault may touch: a few addresses and a few verbs on processes, and nothing else.

The warden hands a `World` to every fault. Everything in it is the lab's own: a fault cannot
reach a process or a server that the lab did not start.
"""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


class Processes(Protocol):
    """The verbs on processes that the supervisor lends to faults.

    A name that the supervisor does not know raises `chaos.trouble.BadFault`. While a process is
    paused or held down by a fault, the supervisor neither restarts it nor counts it unhealthy.
    """

    def pid(self, name: str) -> int | None:
        """Return the process id, or None when it is not running."""

    async def pause(self, name: str) -> None:
        """Send SIGSTOP."""

    async def resume(self, name: str) -> None:
        """Send SIGCONT; harmless when it is not paused."""

    async def kill(self, name: str) -> None:
        """Send SIGKILL and keep it down until `start`."""

    async def start(self, name: str) -> None:
        """Start it again after `kill`; harmless when it runs."""

    async def restart(self, name: str) -> None:
        """Stop it in good order and start it; return when it is up."""

    def url(self, name: str) -> str | None:
        """Return its own HTTP address, direct; None when it does not speak HTTP."""

    def faketime_file(self, name: str) -> Path | None:
        """Return the FAKETIME_TIMESTAMP_FILE it was started with, None without libfaketime."""


@dataclass
class Memory:
    """What the faults that are on must keep in this process: connections, and what they found.

    Nothing here survives a crash, so no `lift` may depend on it.
    """

    connections: dict[str, list[Any]] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)
    layers: dict[str, dict[str, Any]] = field(default_factory=dict)  # of the partner, oldest first
    one_layer_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    def forget(self, fault_id: str) -> list[Any]:
        """Drop what was kept for a fault and return its connections, to be closed."""
        self.notes.pop(fault_id, None)
        self.layers.pop(fault_id, None)
        return self.connections.pop(fault_id, [])


class World(Protocol):
    """The lab as a fault sees it. Addresses are direct: never through the fault proxy."""

    @property
    def proxy_url(self) -> str:
        """The fault proxy's HTTP API."""

    @property
    def postgres_dsn(self) -> str:
        """A DSN of a superuser on the lab's database: it reaches past exhausted connections."""

    @property
    def redis_url(self) -> str:
        """Redis, direct."""

    @property
    def partner_url(self) -> str:
        """The partner's own address, direct."""

    @property
    def processes(self) -> Processes:
        """The supervisor's verbs."""

    @property
    def memory(self) -> Memory:
        """One per warden, shared by all faults."""
