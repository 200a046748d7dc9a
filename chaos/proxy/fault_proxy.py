"""One proxy: a listening port, an upstream, the toxics between them, and what it saw."""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from chaos.proxy import errors
from chaos.proxy.address import joined, parsed
from chaos.proxy.chain import Attached
from chaos.proxy.connection import Connection, Side
from chaos.proxy.stats import Stats
from chaos.proxy.toxics import TOXICS, attributes, changed

STREAMS = ("upstream", "downstream")
_BACKLOG = 1024
_uids = itertools.count(1)


class FaultProxy:
    """Forwards connections from `listen` to `upstream`."""

    def __init__(self, name: str, listen: str, upstream: str) -> None:
        self.name = name
        self.listen = joined(*parsed(listen))
        self.upstream = upstream
        self._target = parsed(upstream)
        self.enabled = False
        self.stats = Stats()
        self._toxics: list[Attached] = []
        self._server: asyncio.Server | None = None
        self._connections: set[Connection] = set()
        self._joining: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Accept connections; harmless when it does already."""
        if self.enabled:
            return
        host, port = parsed(self.listen)
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(self._accept, host, port, backlog=_BACKLOG)
        except OSError as error:
            raise errors.cannot_listen(self.listen, error) from error
        self.listen = joined(host, self._server.sockets[0].getsockname()[1])
        self.enabled = True

    def stop(self) -> None:
        """Refuse connections and cut those that are open."""
        self.enabled = False
        if self._server:
            self._server.close()
            self._server = None
        for connection in list(self._connections):
            connection.close(abort=True)

    async def update(self, listen: str, upstream: str, *, enabled: bool) -> None:
        """Move it, or turn it on or off. A move cuts what is open."""
        if self.differs(listen, upstream):
            wanted, target = joined(*parsed(listen)), parsed(upstream)
            self.stop()
            self.listen, self.upstream, self._target = wanted, upstream, target
        if enabled:
            await self.start()
        else:
            self.stop()

    def differs(self, listen: str, upstream: str) -> bool:
        """Whether it would have to move for these addresses."""
        return self.listen != joined(*parsed(listen)) or self.upstream != upstream

    def toxics(self) -> list[Attached]:
        """Return the toxics, the upstream ones first, as Toxiproxy lists them."""
        return sorted(self._toxics, key=lambda toxic: STREAMS.index(toxic.stream))

    def toxic(self, name: str) -> Attached:
        """Return one toxic."""
        for toxic in self._toxics:
            if toxic.name == name:
                return toxic
        raise errors.toxic_not_found()

    def use_toxics(self, toxics: Sequence[Attached]) -> None:
        """Take over another proxy's toxics."""
        self._set_toxics(list(toxics))

    def add_toxic(self, wanted: dict[str, Any]) -> Attached:
        """Put a toxic at the end of its chain; it bites open connections too."""
        kind = str(wanted.get("type") or "")
        stream = str(wanted.get("stream") or "downstream").lower()
        if stream not in STREAMS:
            raise errors.invalid_stream()
        name = str(wanted.get("name") or f"{kind}_{stream}")
        if kind not in TOXICS:
            raise errors.invalid_toxic_type()
        if any(toxic.name == name for toxic in self._toxics):
            raise errors.toxic_already_exists()
        bare = Attached(next(_uids), name, kind, stream, 1.0, TOXICS[kind]())
        toxic = _revised(bare, wanted)
        self._set_toxics([*self._toxics, toxic])
        return toxic

    def update_toxic(self, name: str, wanted: dict[str, Any]) -> Attached:
        """Change attributes or toxicity; what is not named stays."""
        old = self.toxic(name)
        new = _revised(old, wanted)
        self._set_toxics([new if toxic is old else toxic for toxic in self._toxics])
        return new

    def remove_toxic(self, name: str) -> None:
        """Take one toxic away."""
        gone = self.toxic(name)
        self._set_toxics([toxic for toxic in self._toxics if toxic is not gone])

    def remove_toxics(self) -> None:
        """Take all toxics away."""
        self._set_toxics([])

    def as_json(self) -> dict[str, Any]:
        """Return the proxy as the API shows it."""
        return {
            "name": self.name,
            "listen": self.listen,
            "upstream": self.upstream,
            "enabled": self.enabled,
            "toxics": [toxic_as_json(toxic) for toxic in self.toxics()],
        }

    def stats_as_json(self) -> dict[str, Any]:
        """Return what it saw."""
        since_s = [c.asked_s for c in self._connections if c.asked_s is not None]
        return self.stats.as_json(since_s)

    def _set_toxics(self, toxics: list[Attached]) -> None:
        self._toxics = toxics
        for connection in list(self._connections):
            connection.set_toxics(toxics)

    def _accept(self) -> Side:
        return Connection(self.stats, self._made, self._forget).client

    def _made(self, connection: Connection) -> None:
        self._connections.add(connection)
        self.stats.accepted += 1
        self.stats.open += 1
        task = asyncio.get_running_loop().create_task(self._join(connection))
        self._joining.add(task)
        task.add_done_callback(self._joining.discard)

    async def _join(self, connection: Connection) -> None:
        try:
            await connection.join(*self._target)
        except OSError:
            self.stats.upstream_failed += 1
            connection.close()
            return
        connection.set_toxics(self._toxics)
        connection.begin()

    def _forget(self, connection: Connection) -> None:
        self._connections.discard(connection)
        self.stats.open -= 1


def toxic_as_json(toxic: Attached) -> dict[str, Any]:
    """Return a toxic as the API shows it."""
    return {
        "attributes": attributes(toxic.toxic),
        "name": toxic.name,
        "type": toxic.type,
        "stream": toxic.stream,
        "toxicity": toxic.toxicity,
    }


def _revised(toxic: Attached, wanted: dict[str, Any]) -> Attached:
    toxicity = wanted.get("toxicity", toxic.toxicity)
    number = isinstance(toxicity, int | float) and not isinstance(toxicity, bool)
    if not number or not 0 <= toxicity <= 1:
        raise errors.bad_request_body("toxicity must be a number from 0 to 1")
    try:
        new = changed(toxic.toxic, wanted.get("attributes") or {})
    except ValueError as error:
        raise errors.bad_request_body(error) from error
    return replace(toxic, toxicity=float(toxicity), toxic=new)
