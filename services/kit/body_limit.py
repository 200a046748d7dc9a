"""A limit on request bodies: none of our requests needs more, and JSON is parsed as a whole."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kit.problems import Problem, render


class BodyTooLarge(Problem):
    """The body is larger than any of our requests needs."""

    type, title, status = "/problems/body-too-large", "The request body is too large", 413


class BodyLimit:
    """Refuses bodies that say that they are too large; cuts off those that turn out to be."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its body counted."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        length = next((v for k, v in scope["headers"] if k == b"content-length"), b"0")
        if not length.isdigit() or int(length) > self.max_bytes:
            await render(self._refusal())(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self.max_bytes:
                raise self._refusal()
            return message

        await self.app(scope, counted, send)

    def _refusal(self) -> BodyTooLarge:
        return BodyTooLarge(f"A body has {self.max_bytes} bytes at most.")
