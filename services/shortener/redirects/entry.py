"""What a cache knows about one code: where it leads, or that it leads nowhere."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer, as PostgreSQL gave it and Redis keeps it.

    Attributes:
        version: the row's version, which every edit raises; 0 when there is no row at all.
        link_id: the row's id, for counting clicks.
        url: where it leads; None when there is no such link (any more).
        expires_at_s: past this moment the link is gone. Compared when read, also here.
        stale_from_s: past this moment the entry may only be served while it is being refreshed.
        load_s: how long PostgreSQL took, for whoever wants to refresh early enough.
    """

    version: int
    link_id: int = 0
    url: str | None = None
    expires_at_s: float | None = None
    stale_from_s: float = 0.0
    load_s: float = 0.0

    @classmethod
    def of_row(
        cls,
        link_id: int,
        url: str,
        version: int,
        expires_at: datetime | None,
        deleted_at: datetime | None,
    ) -> "Entry":
        """The entry of a row. A deleted link keeps its row, so that its version is known."""
        return cls(
            version=version,
            link_id=link_id,
            url=None if deleted_at else url,
            expires_at_s=expires_at.timestamp() if expires_at else None,
        )

    @classmethod
    def decoded(cls, raw: bytes) -> "Entry | None":
        """Read what `encoded` wrote; None for anything else, which is then as good as a miss."""
        try:
            fields = json.loads(raw)
            fields.pop("key")
            return cls(**fields)
        except (ValueError, TypeError, KeyError, AttributeError):
            return None

    def encoded(self, key: str) -> bytes:
        """JSON, so that a person with redis-cli can read it. It begins with whose it is."""
        return json.dumps({"key": key} | asdict(self), separators=(",", ":")).encode()

    def expired(self, now_s: float) -> bool:
        """Whether the link's own time is over."""
        return self.expires_at_s is not None and self.expires_at_s <= now_s


NO_ROW = Entry(version=0)
