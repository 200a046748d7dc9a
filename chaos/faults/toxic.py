"""toxic: a toxic of the fault proxy on one link or on several."""

import contextlib
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from chaos.client import AsyncProxyClient, ProxyGone, ProxyRefused
from chaos.faults.fault import Fault, Probe
from chaos.faults.links import picked
from chaos.proxy.toxics import TOXICS, changed
from chaos.world import World

_SILENCE_MS = 300  # an echo on loopback that takes longer is not coming
_SLOW_MACHINE_MS = 1000
_LONGEST_MS = 4000  # below the client's own time-out


class ToxicSpec(BaseModel):
    """A toxic as Toxiproxy's API describes it, without its name: that is the fault's id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str
    stream: Literal["upstream", "downstream"] = "downstream"
    toxicity: float = Field(default=1.0, gt=0, le=1)
    attributes: dict[str, int] = {}

    @field_validator("type")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if value not in TOXICS:
            raise ValueError(f"is none of {', '.join(TOXICS)}")
        return value

    def model_post_init(self, _context: Any) -> None:
        """Refuse attributes that this toxic does not have."""
        changed(TOXICS[self.type](), self.attributes)


class Toxic(Fault):
    """Delay, thin out or break what flows over the links that `proxy` (a glob) picks."""

    kind: Literal["toxic"] = "toxic"
    proxy: str
    toxic: ToxicSpec

    async def apply(self, world: World, fault_id: str) -> None:
        """Add the toxic to each link; its name is the fault's id."""
        body = self.toxic.model_dump() | {"name": fault_id}
        async with AsyncProxyClient(world.proxy_url) as client:
            for name in await picked(client, self.proxy):
                await client.add_toxic(name, body)

    async def lift(self, world: World, fault_id: str) -> None:
        """Remove every toxic of that name, wherever it is."""
        with contextlib.suppress(ProxyGone):
            async with AsyncProxyClient(world.proxy_url) as client:
                for name, proxy in (await client.proxies()).items():
                    if any(toxic["name"] == fault_id for toxic in proxy["toxics"]):
                        with contextlib.suppress(ProxyRefused):  # somebody else was faster
                            await client.remove_toxic(name, fault_id)

    async def probe(self, world: World, fault_id: str) -> Probe:
        """Look whether it is on all links as asked, and time an exchange under it."""
        try:
            async with AsyncProxyClient(world.proxy_url) as client:
                links = await picked(client, self.proxy)
                for name in links:
                    if not await self._is_there(client, name, fault_id):
                        return Probe(False, f"{name} has no toxic {fault_id} as asked")
                return await self._felt(client, links)
        except ValueError as error:
            return Probe(False, str(error))

    async def _is_there(self, client: AsyncProxyClient, name: str, fault_id: str) -> bool:
        proxy = await client.proxy(name)
        wanted = self.toxic.model_dump()
        for toxic in proxy["toxics"]:
            if toxic["name"] == fault_id:
                attributes = wanted["attributes"].items() <= toxic["attributes"].items()
                return bool(attributes and toxic["stream"] == wanted["stream"])
        return False

    async def _felt(self, client: AsyncProxyClient, links: list[str]) -> Probe:
        where = f"{self.toxic.type} on {', '.join(links)}"
        wait_ms = self._least_wait_ms() + 2 * self.toxic.attributes.get("jitter", 0)
        slack_ms = _SILENCE_MS if self.toxic.type == "timeout" else _SLOW_MACHINE_MS
        try:
            measured = await client.probe(links[0], min(_LONGEST_MS, wait_ms + slack_ms))
        except ProxyRefused as error:
            if error.status == 404:  # Shopify's proxy cannot probe itself
                return Probe(True, f"{where}, as the proxy says")
            raise
        ended, took_ms = measured["ended"], float(measured["took_ms"])
        seen = f"{where}; a timed exchange: {ended} after {took_ms:.0f} ms"
        return Probe(self._bites(ended, took_ms), seen)

    def _least_wait_ms(self) -> int:
        attributes = self.toxic.attributes
        if self.toxic.type == "latency":
            return max(0, attributes.get("latency", 0) - attributes.get("jitter", 0))
        if self.toxic.type == "reset_peer":
            return attributes.get("timeout", 0)
        return 0

    def _bites(self, ended: str, took_ms: float) -> bool:
        """Whether what was measured is what the toxic does; a dice throw proves nothing."""
        if self.toxic.toxicity < 1:
            return True
        if self.toxic.type == "latency":
            return took_ms >= min(self._least_wait_ms(), _LONGEST_MS) - 2
        if self.toxic.type == "timeout":
            return ended != "answered"
        if self.toxic.type == "reset_peer":
            return ended == "reset" or self._least_wait_ms() > _LONGEST_MS - _SLOW_MACHINE_MS
        return True
