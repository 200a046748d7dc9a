"""What a client is told about its limits (draft-ietf-httpapi-ratelimit-headers, structured fields).

`RateLimit-Policy` says what the rule is, `RateLimit` what is left of it; a client may have more
than one. `Retry-After` is in seconds: a moment in time would need two clocks that agree.
"""

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.shortener.limits.bucket import Decision

_REMEMBERED = "rate_limit_headers"


def rate_limit_headers(decisions: list[Decision]) -> dict[str, str]:
    """The headers of an answer, allowed or refused."""
    if not decisions:
        return {}
    headers = {
        "RateLimit-Policy": ", ".join(
            f'"{d.policy.name}";q={d.policy.capacity};w={d.policy.window_s}' for d in decisions
        ),
        "RateLimit": ", ".join(
            f'"{d.policy.name}";r={d.remaining};t={d.full_after_s}' for d in decisions
        ),
    }
    refused = [d.retry_after_s for d in decisions if not d.allowed]
    if refused:
        headers["Retry-After"] = str(max(refused))
    return headers


def remember(request: Request, headers: dict[str, str]) -> None:
    """Keep the headers for the answer, whatever it will be."""
    request.scope[_REMEMBERED] = headers


class RateLimitHeaders:
    """Puts them on every answer that was decided on: errors and refusals too."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add what was remembered to the head of its answer."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start" and _REMEMBERED in scope:
                message["headers"] = [
                    *message.get("headers", ()),
                    *((k.lower().encode(), v.encode()) for k, v in scope[_REMEMBERED].items()),
                ]
            await send(message)

        await self.app(scope, receive, with_headers)
