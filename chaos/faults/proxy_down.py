"""proxy_down: a link is cut; new connections are refused."""

import asyncio
import contextlib
from typing import Literal

from chaos.client import AsyncProxyClient, ProxyGone, matching
from chaos.faults.fault import Fault, Probe
from chaos.faults.links import picked
from chaos.world import World


class ProxyDown(Fault):
    """Cut the links that `proxy` (a glob) picks, as if the dependency's host were gone."""

    kind: Literal["proxy_down"] = "proxy_down"
    proxy: str

    async def apply(self, world: World, fault_id: str) -> None:  # noqa: ARG002
        """Disable the proxies."""
        async with AsyncProxyClient(world.proxy_url) as client:
            for name in await picked(client, self.proxy):
                await client.update(name, enabled=False)

    async def lift(self, world: World, fault_id: str) -> None:  # noqa: ARG002
        """Enable them."""
        with contextlib.suppress(ProxyGone):
            async with AsyncProxyClient(world.proxy_url) as client:
                for name in matching(self.proxy, list(await client.proxies())):
                    await client.update(name, enabled=True)

    async def probe(self, world: World, fault_id: str) -> Probe:  # noqa: ARG002
        """Try to connect to each of them."""
        try:
            async with AsyncProxyClient(world.proxy_url) as client:
                links = await picked(client, self.proxy)
                for name in links:
                    if not await _refused((await client.proxy(name))["listen"]):
                        return Probe(False, f"{name} accepts connections")
        except ValueError as error:
            return Probe(False, str(error))
        return Probe(True, f"{', '.join(links)}: connections are refused")


async def _refused(address: str) -> bool:
    host, port = address.rsplit(":", 1)
    try:
        _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
    except ConnectionRefusedError:
        return True
    writer.transport.abort()
    return False
