"""`/api/v1/links`: the owner's links over HTTP."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Response
from starlette.requests import Request
from starlette.responses import JSONResponse

from services.kit.postgres import Database
from services.kit.problems import InvalidRequest, Unavailable, responses
from services.shortener import problems
from services.shortener.links import listing, stats, store
from services.shortener.links.change import ChangeLink
from services.shortener.links.create import CreateLink
from services.shortener.links.schemas import (
    LinkPage,
    LinkPatch,
    LinkView,
    NewLink,
    StatsView,
    etag,
)

PATH = "/api/v1/links"
_ALWAYS = (problems.Unauthorized, problems.TooManyRequests, InvalidRequest, Unavailable)
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255)]
Caller = Callable[[Request], Awaitable[int]]
NO_NUL = r"^[^\x00]*$"  # PostgreSQL's text has none
IfMatch = Annotated[str | None, Header(alias="If-Match")]


@dataclass(frozen=True, slots=True)
class LinkParts:
    """What these routes are built on."""

    database: Database
    create: CreateLink
    change: ChangeLink
    base_url: str


def routes(parts: LinkParts, caller: Caller) -> APIRouter:
    """The routes; `caller` says whose request it is, or refuses."""
    router = APIRouter(prefix=PATH, tags=["links"], responses=responses(*_ALWAYS))
    _add_create(router, parts, caller)
    _add_list(router, parts, caller)
    _add_reads(router, parts, caller)
    _add_change(router, parts, caller)
    _add_delete(router, parts, caller)
    return router


def _add_create(router: APIRouter, parts: LinkParts, caller: Caller) -> None:
    refusals = responses(
        problems.AliasTaken,
        problems.KeyInProgress,
        problems.AliasReserved,
        problems.UnsafeUrl,
        problems.KeyReused,
        InvalidRequest,
        problems.QuotaExceeded,
        problems.NoVerdict,
    )

    @router.post("", status_code=201, response_model=LinkView, responses=refusals)
    async def create_link(
        new: NewLink, owner: Annotated[int, Depends(caller)], idempotency_key: Key = None
    ) -> Response:
        """Create a link. With an `Idempotency-Key` it is safe to send again."""
        wish = new.wish(owner)
        answer = await (
            parts.create.once(wish, idempotency_key.strip('"'))
            if idempotency_key
            else parts.create.create(wish)
        )
        location = f"{PATH}/{answer.body['code']}"
        headers = {"Location": location, "ETag": etag(answer.body)}
        return JSONResponse(answer.body, answer.status, headers)


def _add_list(router: APIRouter, parts: LinkParts, caller: Caller) -> None:
    @router.get("", responses=responses(problems.BadCursor))
    async def list_links(
        owner: Annotated[int, Depends(caller)],
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        cursor: Annotated[str | None, Query(max_length=64)] = None,
        q: Annotated[str | None, Query(max_length=200, pattern=NO_NUL)] = None,
    ) -> LinkPage:
        """Your links, newest first. `q`: a code, or how an address starts (`example.com/a`)."""
        page = await listing.page(parts.database, owner, limit, cursor, q)
        return LinkPage.of(page, parts.base_url)


def _add_reads(router: APIRouter, parts: LinkParts, caller: Caller) -> None:
    @router.get("/{code}", responses=responses(problems.LinkNotFound))
    async def get_link(
        code: str, response: Response, owner: Annotated[int, Depends(caller)]
    ) -> LinkView:
        """One of your links, with the ETag that a change needs."""
        async with parts.database.connection() as connection:
            link = await store.owned(connection, code, owner)
        response.headers["ETag"] = link.etag
        return LinkView.of(link, parts.base_url)

    @router.get("/{code}/stats", responses=responses(problems.LinkNotFound))
    async def get_stats(
        code: str,
        owner: Annotated[int, Depends(caller)],
        days: Annotated[int, Query(ge=1, le=90)] = 7,
    ) -> StatsView:
        """The clicks of one of your links: all, and by hour for the last days."""
        since = datetime.now(UTC) - timedelta(days=days)
        async with parts.database.connection() as connection:
            link = await store.owned(connection, code, owner)
            figures = await stats.read(connection, link.id, since)
        return StatsView.of(link.code, figures)


def _add_change(router: APIRouter, parts: LinkParts, caller: Caller) -> None:
    refusals = responses(
        problems.LinkNotFound,
        problems.PreconditionFailed,
        problems.PreconditionRequired,
        problems.UnsafeUrl,
        InvalidRequest,
        problems.NoVerdict,
    )

    @router.patch("/{code}", responses=refusals)
    async def change_link(
        code: str,
        patch: LinkPatch,
        response: Response,
        owner: Annotated[int, Depends(caller)],
        if_match: IfMatch = None,
    ) -> LinkView:
        """Change the target or the expiry of exactly the version that you have seen."""
        link = await parts.change.change(owner, code, patch.change(), if_match)
        response.headers["ETag"] = link.etag
        return LinkView.of(link, parts.base_url)


def _add_delete(router: APIRouter, parts: LinkParts, caller: Caller) -> None:
    gone = responses(problems.LinkNotFound, problems.PreconditionFailed)

    @router.delete("/{code}", status_code=204, responses=gone)
    async def delete_link(
        code: str, owner: Annotated[int, Depends(caller)], if_match: IfMatch = None
    ) -> None:
        """Delete the link. Its code is never given out again."""
        await parts.change.delete(owner, code, if_match)
