"""A link as the rest of the code sees it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Link:
    """One row of `links`."""

    id: int
    code: str
    code_key: str
    owner_id: int
    url: str
    version: int
    created_at: datetime
    expires_at: datetime | None
    deleted_at: datetime | None

    @classmethod
    def from_row(cls, row: Any) -> "Link":
        """From a row that has exactly these columns."""
        return cls(**row)

    @property
    def etag(self) -> str:
        """A strong validator: the version counts every change."""
        return f'"{self.version}"'

    def expired(self, now: datetime) -> bool:
        """Whether the link is past its time. Compared when it is read, never by a sweeper."""
        return self.expires_at is not None and self.expires_at <= now


class LinkCache(Protocol):
    """Whoever keeps copies of links. Told after the commit, never before."""

    async def changed(self, link: Link) -> None:
        """This is the link now (perhaps deleted): older copies of it must not be served."""
