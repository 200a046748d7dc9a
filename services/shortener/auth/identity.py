"""Who is asking: the account behind the access token of a request."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request

from services.shortener.auth.access_tokens import AccessTokens
from services.shortener.problems import Unauthorized


def account_of(access: AccessTokens) -> Callable[[Request], Awaitable[int]]:
    """A dependency that returns the account id, or refuses."""

    async def account_id(request: Request) -> int:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthorized("Send `Authorization: Bearer <access token>`.")
        return access.account_id(token.strip())

    return account_id
