"""partner: the third party gets slow, fails, or hangs."""

import contextlib
from typing import Any, Literal

import httpx2
from pydantic import Field

from chaos.faults.fault import Fault, Probe
from chaos.trouble import BadFault
from chaos.world import World

_TIMEOUT_S = 2.0


class Partner(Fault):
    """Set the partner's behaviour: the fields of `control` are the partner's own."""

    kind: Literal["partner"] = "partner"
    control: dict[str, Any] = Field(min_length=1)

    async def apply(self, world: World, fault_id: str) -> None:
        """Set it, and remember how it was."""
        before = await _control(world, "GET")
        world.memory.notes[fault_id] = before
        await _control(world, "PUT", before | self.control)

    async def lift(self, world: World, fault_id: str) -> None:
        """Set it as it was; after a crash, as it is by default."""
        before = world.memory.notes.get(fault_id, {})
        with contextlib.suppress(_PartnerGone):  # not running: its settings went with it
            await _control(world, "PUT", before)
        world.memory.forget(fault_id)

    async def probe(self, world: World, fault_id: str) -> Probe:
        """Ask the partner how it behaves, and how it will once what lies on top is lifted."""
        try:
            now = await _control(world, "GET")
        except BadFault as error:
            return Probe(False, str(error))
        said = {name: now.get(name) for name in self.control}
        on = said == self.control or any(map(self._holds, _found_later(world, fault_id)))
        return Probe(on, f"the partner says {said}")

    def _holds(self, control: dict[str, Any]) -> bool:
        return all(control.get(name) == value for name, value in self.control.items())


def _found_later(world: World, fault_id: str) -> list[dict[str, Any]]:
    """What the faults that were put on top of this one found, and will put back."""
    notes = world.memory.notes
    ids = list(notes)
    later = ids[ids.index(fault_id) + 1 :] if fault_id in notes else []
    return [notes[name] for name in later if isinstance(notes[name], dict)]


class _PartnerGone(BadFault):
    pass


async def _control(world: World, method: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    async with httpx2.AsyncClient(timeout=_TIMEOUT_S, trust_env=False) as http:
        try:
            answer = await http.request(method, f"{world.partner_url}/control", json=body)
        except httpx2.ConnectError as error:
            raise _PartnerGone("the partner is not running") from error
        except httpx2.HTTPError as error:
            raise BadFault(f"the partner does not answer: {error}") from error
    if not answer.is_success:
        raise BadFault(f"the partner refuses: {answer.text[:200]}")
    return dict(answer.json()) if answer.content else {}
