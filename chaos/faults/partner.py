"""partner: the third party gets slow, fails, or hangs.

Several may be on, one on top of another, and end in any order. So none of them puts back what it
found: the partner is told what those say together that are on, the later ones last.
"""

import contextlib
from typing import Any, Literal

import httpx2
from pydantic import Field

from chaos.faults.fault import Fault, Probe
from chaos.loopback import PLAIN
from chaos.trouble import BadFault
from chaos.world import World

_TIMEOUT_S = 2.0


class Partner(Fault):
    """Set the partner's behaviour: the fields of `control` are the partner's own."""

    kind: Literal["partner"] = "partner"
    control: dict[str, Any] = Field(min_length=1)

    async def apply(self, world: World, fault_id: str) -> None:
        """Lay it on top of those that are on."""
        world.memory.layers[fault_id] = self.control
        try:
            await _tell(world)
        except BadFault:
            world.memory.forget(fault_id)
            raise

    async def lift(self, world: World, fault_id: str) -> None:
        """Take it away; what is left is what the others say, or how the partner is by default."""
        world.memory.forget(fault_id)
        with contextlib.suppress(_PartnerGone):  # not running: its settings went with it
            await _tell(world)

    async def probe(self, world: World, fault_id: str) -> Probe:
        """Ask the partner how it behaves; a fault under another one is on when both are."""
        try:
            now = await _control(world, "GET")
        except BadFault as error:
            return Probe(False, str(error))
        said = {name: now.get(name) for name in self.control}
        under = fault_id in world.memory.layers and _together(world).items() <= now.items()
        return Probe(said == self.control or under, f"the partner says {said}")


async def _tell(world: World) -> None:
    """Tell the partner; one at a time, or an older word could arrive after a newer one."""
    async with world.memory.one_layer_at_a_time:
        await _control(world, "PUT", _together(world))


def _together(world: World) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for control in world.memory.layers.values():
        merged |= control
    return merged


class _PartnerGone(BadFault):
    pass


async def _control(world: World, method: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    async with httpx2.AsyncClient(timeout=_TIMEOUT_S, **PLAIN) as http:
        try:
            answer = await http.request(method, f"{world.partner_url}/control", json=body)
        except httpx2.ConnectError as error:
            raise _PartnerGone("the partner is not running") from error
        except httpx2.HTTPError as error:
            raise BadFault(f"the partner does not answer: {error}") from error
    if not answer.is_success:
        raise BadFault(f"the partner refuses: {answer.text[:200]}")
    return dict(answer.json()) if answer.content else {}
