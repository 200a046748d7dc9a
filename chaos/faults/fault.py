"""What every fault can do, and how its JSON becomes a checked, frozen value."""

from dataclasses import dataclass
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from chaos.trouble import BadFault
from chaos.world import World


@dataclass(frozen=True, slots=True)
class Probe:
    """Whether a fault is really on, by measurement, and what was seen, in words."""

    on: bool
    seen: str


class Fault(BaseModel):
    """One kind of fault. Its fields are its JSON; unknown fields are errors, typos included.

    `lift` must work from the fields and the id alone, also twice, also in another process than
    the one that applied: after a crash that is all there is. It must also tidy up an `apply`
    that stopped half-way.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)

    kind: str

    @classmethod
    def from_json(cls, spec: dict[str, Any]) -> Self:
        """Build from JSON; what is wrong comes back as one sentence."""
        try:
            return cls.model_validate(spec)
        except ValidationError as error:
            raise BadFault(f"the fault {spec.get('kind')!r}: {_sentence(error)}") from error

    async def apply(self, world: World, fault_id: str) -> None:
        """Turn it on."""
        raise NotImplementedError

    async def lift(self, world: World, fault_id: str) -> None:
        """Turn it off; harmless when it is off."""
        raise NotImplementedError

    async def probe(self, world: World, fault_id: str) -> Probe:
        """Measure whether it is on."""
        raise NotImplementedError


def _sentence(error: ValidationError) -> str:
    parts = []
    for problem in error.errors(include_url=False):
        where = ".".join(str(step) for step in problem["loc"])
        what = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "extra_forbidden":
            what = "is not a field of this fault"
        parts.append(f"{where} {what}".strip())
    return "; ".join(parts)
