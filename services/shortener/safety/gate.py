"""Both questions about an address in their order: our own rules, then the partner's verdict."""

from dataclasses import dataclass

from services.shortener.problems import UnsafeUrl
from services.shortener.safety import rules
from services.shortener.safety.check import SafetyCheck


@dataclass(frozen=True, slots=True)
class SafetyGate:
    """Lets addresses through, in the form in which they are stored."""

    partner: SafetyCheck
    own_hosts: frozenset[str]

    async def admit(self, url: str) -> str:
        """The address as we store it.

        Raises:
            UnsafeUrl: A rule or the partner says no.
            NoVerdict: The partner says nothing in time.
        """
        try:
            normal = rules.check(url, self.own_hosts)
        except rules.RefusedUrl as refused:
            raise UnsafeUrl(str(refused)) from refused
        if not await self.partner.is_safe(normal):
            raise UnsafeUrl("The safety check knows this address as unsafe.")
        return normal
