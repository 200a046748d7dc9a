"""Creating a link: what is asked in which order, and what belongs into one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from services.kit.postgres import Database
from services.shortener import idempotency, outbox
from services.shortener.idempotency import Answer, Claim, IdempotencyKeys
from services.shortener.links import codes, quota, store
from services.shortener.links.model import Link, LinkCache
from services.shortener.problems import AliasReserved
from services.shortener.safety.gate import SafetyGate

View = Callable[[Link], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the client asks for."""

    owner_id: int
    url: str
    alias: str | None
    expires_at: datetime | None

    def payload(self) -> dict[str, Any]:
        """What makes two requests with one Idempotency-Key the same."""
        expires_at = self.expires_at.isoformat() if self.expires_at else None
        return {"url": self.url, "alias": self.alias, "expires_at": expires_at}


@dataclass(frozen=True, slots=True)
class CreateLink:
    """Creates links."""

    database: Database
    safety: SafetyGate
    keys: IdempotencyKeys
    cache: LinkCache
    link_quota: int
    view: View  # how the answer looks: it is stored under the Idempotency-Key

    async def once(self, wish: Wish, key: str) -> Answer:
        """Create the link, or give the answer that this key got before."""
        claim = await self.keys.claim(wish.owner_id, key, wish.payload())
        if isinstance(claim, Answer):
            return claim
        try:
            return await self.create(wish, claim)
        except Exception:
            await self.keys.give_up(claim)
            raise

    async def create(self, wish: Wish, claim: Claim | None = None) -> Answer:
        """Create the link.

        The partner is asked before a connection is taken: it may need a second, and a pool whose
        connections wait for a third party serves nobody.
        """
        if wish.alias is not None and codes.is_reserved(wish.alias):
            raise AliasReserved(f"`{wish.alias}` is not free for links.")
        url = await self.safety.admit(wish.url)
        draft = store.Draft(wish.owner_id, url, wish.alias, wish.expires_at)
        async with self.database.transaction() as connection:
            link, answer = await self._write(connection, draft, claim)
        await self.cache.changed(link)  # after the commit: "no such link" may be remembered
        return answer

    async def _write(
        self, connection: asyncpg.Connection, draft: store.Draft, claim: Claim | None
    ) -> tuple[Link, Answer]:
        """The link, its place in the quota, its event and its answer: all or nothing."""
        await quota.take_place(connection, draft.owner_id, self.link_quota)
        link = await store.insert(connection, draft)
        await outbox.write(connection, outbox.Event.CREATED, link)
        answer = Answer(201, self.view(link))
        if claim is not None:
            await idempotency.finish(connection, claim, answer)
        return link, answer
