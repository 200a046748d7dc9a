"""The same components, as containers: what differs from the embedded ones, and nothing else."""

import asyncio
import contextlib
import re

from stack.components.component import Component, Defaults
from stack.components.edge import Edge
from stack.components.kafka import Kafka
from stack.components.postgres import Postgres
from stack.components.prometheus import Prometheus
from stack.components.proxy import Proxy
from stack.components.redis import Redis
from stack.components.service import Service
from stack.components.sink import Sink
from stack.deployment import Deployment
from stack.home import Home
from stack.process import DidNotStart
from stack.walls import Walls

MASTER_SOCKET = "master.sock"  # HAProxy's: the console asks for a reload through it
RELOADED_WITHIN_S = 5.0
# "show proc" of the master: pid, "master", reloads so far, and how many of the latest failed.
_FAILED = re.compile(r"^\d+\s+master\s+\d+(?: \[failed: (\d+)\])?", re.MULTILINE)


class Resident(Defaults):
    """A server that the engine starts, from an image and options in the compose file."""

    walls = Walls.NONE

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self.ports = ()  # fixed, and the engine's to hold

    def argv(self) -> tuple[str, ...]:
        """Return nothing to run: it runs already."""
        return ("container", self.name)

    def env(self) -> dict[str, str]:
        """Return nothing: its environment stands in the compose file."""
        return {}

    async def prepare(self) -> None:
        """Nothing is left to write: `prepare.py` did, before it started."""


class ComposePostgres(Resident, Postgres):
    """PostgreSQL from its official image."""


class ComposeRedis(Resident, Redis):
    """Redis from its official image."""


class ComposeKafka(Resident, Kafka):
    """Apache Kafka from its official image."""

    ready_within_s = 60.0

    def notes(self) -> dict[str, str]:
        """Return nothing: there is no choice of brokers here."""
        return {}


class ComposeProxy(Resident, Proxy):
    """Shopify's Toxiproxy; told its proxies each time it starts."""


class ComposePrometheus(Resident, Prometheus):
    """Prometheus from its official image."""


class ComposeEdge(Resident, Edge):
    """HAProxy from its official image; what the workspace configures is loaded into it."""

    def __init__(self, home: Home, deployment: Deployment) -> None:
        Edge.__init__(self, home, deployment)
        self.ports = ()

    async def prepare(self) -> None:
        """Fill in the configuration, and have the running HAProxy read it."""
        await self.write()
        # Not there yet: it reads it when it starts. (A timeout is an OSError too, and no excuse.)
        with contextlib.suppress(FileNotFoundError, ConnectionError):
            await self._master("reload")
            await self._accepted()

    async def write(self) -> None:
        """Fill in the configuration."""
        await Edge.prepare(self)

    async def _accepted(self) -> None:
        """Refuse what HAProxy refuses: it would go on with what it had before."""
        async with asyncio.timeout(RELOADED_WITHIN_S):
            while not (said := _FAILED.search(await self._master("show proc"))):
                await asyncio.sleep(0.05)
        if int(said[1] or 0):
            raise DidNotStart(self.name, "has a configuration that HAProxy refuses", "")

    async def _master(self, command: str) -> str:
        async with asyncio.timeout(RELOADED_WITHIN_S):
            socket = self.cwd() / MASTER_SOCKET
            reader, writer = await asyncio.open_unix_connection(socket)
            writer.write(command.encode() + b"\n")
            writer.write_eof()  # it keeps a connection open for more commands until then
            answer = await reader.read()
            writer.close()
        return answer.decode(errors="replace")

    def _values(self) -> dict[str, str]:
        # Published by the engine, which reaches a container from outside its loopback.
        return super()._values() | {"BIND": "0.0.0.0"}  # noqa: S104


class ComposeService(Service):
    """One instance of a service, run by the supervisor of its container."""

    walls = Walls.NONE  # the container is the wall

    def __init__(self, home: Home, deployment: Deployment, instance: str) -> None:
        super().__init__(home, deployment, instance)
        self.ports = ()

    def env(self) -> dict[str, str]:
        """Return the embedded environment; spans go by way of the collector."""
        spans = f"{self.home.url('collector')}/v1/traces"
        return super().env() | {f"{self.prefix}OTLP_ENDPOINT": spans}


def catalogue(
    home: Home, deployment: Deployment, services: tuple[str, ...]
) -> dict[str, Component]:
    """Return every component there is, for this deployment."""
    all_of_them: list[Component] = [
        ComposePostgres(home),
        ComposeRedis(home),
        ComposeKafka(home),
        ComposeProxy(home),
        Sink(home),
        ComposePrometheus(home),
        ComposeEdge(home, deployment),
    ]
    all_of_them += [ComposeService(home, deployment, instance) for instance in services]
    return {component.name: component for component in all_of_them}
