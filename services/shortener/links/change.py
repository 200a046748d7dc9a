"""Changing and deleting a link: by its owner, against a version that the owner has seen."""

from dataclasses import dataclass
from datetime import datetime

from services.kit.postgres import Database
from services.shortener import outbox
from services.shortener.links import etags, quota, store
from services.shortener.links.model import Link, LinkCache
from services.shortener.safety.gate import SafetyGate

KEEP = object()  # "this field stays as it is", which None (never expires) does not say


@dataclass(frozen=True, slots=True)
class Change:
    """The new values."""

    url: str | None = None  # None: stays; a link without a target makes no sense
    expires_at: datetime | object | None = KEEP


@dataclass(frozen=True, slots=True)
class ChangeLink:
    """Changes and deletes links."""

    database: Database
    safety: SafetyGate
    cache: LinkCache

    async def change(self, owner_id: int, code: str, wanted: Change, if_match: str | None) -> Link:
        """Write the new values, raising the version."""
        async with self.database.connection() as connection:
            link = await store.owned(connection, code, owner_id)
        etags.demand(if_match, link)
        url = await self.safety.admit(wanted.url) if wanted.url is not None else link.url
        expires_at = wanted.expires_at if wanted.expires_at is not KEEP else link.expires_at
        assert expires_at is None or isinstance(expires_at, datetime)
        async with self.database.transaction() as connection:
            changed = await store.change(connection, link, url, expires_at)
            await outbox.write(connection, outbox.Event.CHANGED, changed)
        await self.cache.changed(changed)
        return changed

    async def delete(self, owner_id: int, code: str, if_match: str | None) -> None:
        """Delete the link. If-Match is optional here: a delete overwrites nobody's values."""
        async with self.database.transaction() as connection:
            link = await store.owned(connection, code, owner_id, lock=True)
            if if_match is not None:
                etags.demand(if_match, link)
            deleted = await store.delete(connection, link)
            await quota.give_back(connection, owner_id)
            await outbox.write(connection, outbox.Event.DELETED, deleted)
        await self.cache.changed(deleted)
