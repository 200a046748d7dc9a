"""The API: its routes on the parts, and who is calling."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request

from services.kit.body_limit import BodyLimit, BodyTooLarge
from services.kit.problems import BadRequest, responses
from services.shortener.auth import routes as auth_routes
from services.shortener.auth.identity import account_of
from services.shortener.limits.headers import RateLimitHeaders
from services.shortener.links import routes as link_routes
from services.shortener.links.change import ChangeLink
from services.shortener.links.create import CreateLink
from services.shortener.links.model import Link
from services.shortener.links.schemas import LinkView
from services.shortener.openapi import declare_problems
from services.shortener.parts import Parts
from services.shortener.redirects import router as redirect_router

MAX_BODY_BYTES = 16_384
_ANYWHERE = responses(BadRequest, BodyTooLarge)  # decided before a route is asked


def add_api(app: FastAPI, parts: Parts) -> None:
    """Add every route of the API to the app."""
    app.add_middleware(BodyLimit, max_bytes=MAX_BODY_BYTES)
    app.add_middleware(RateLimitHeaders)
    app.include_router(auth_routes.routes(parts.sessions, parts.guards), responses=_ANYWHERE)
    app.include_router(link_routes.routes(_link_parts(parts), caller(parts)), responses=_ANYWHERE)
    app.include_router(redirect_router.routes(parts.redirects.visits))  # last: it matches much
    declare_problems(app)


def caller(parts: Parts) -> Callable[[Request], Awaitable[int]]:
    """A dependency: the account that calls, if it may call now."""
    account = account_of(parts.sessions.access)

    async def account_id(request: Request) -> int:
        identified = await account(request)
        await parts.guards.user(identified, request)
        return identified

    return account_id


def _link_parts(parts: Parts) -> link_routes.LinkParts:
    base_url = parts.settings.public_base_url

    def view(link: Link) -> dict[str, Any]:
        return LinkView.of(link, base_url).model_dump(mode="json")

    create = CreateLink(
        parts.database,
        parts.safety,
        parts.keys,
        parts.redirects.updates,
        parts.settings.link_quota,
        view,
    )
    change = ChangeLink(parts.database, parts.safety, parts.redirects.updates)
    return link_routes.LinkParts(parts.database, create, change, base_url)
