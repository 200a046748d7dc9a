"""The question that is put to the partner about an address, whoever carries it there."""

from typing import Protocol


class SafetyCheck(Protocol):
    """Asks for a verdict within a deadline of its own."""

    async def is_safe(self, url: str) -> bool:
        """The partner's verdict on `url`.

        Raises:
            NoVerdict: None could be had in time. The address is neither safe nor unsafe then.
        """


class EverythingIsSafe:
    """No partner is configured: our own rules have the only say."""

    async def is_safe(self, url: str) -> bool:  # noqa: ARG002 - the interface's shape
        """Say yes."""
        return True
