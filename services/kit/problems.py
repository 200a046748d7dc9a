"""Errors as RFC 9457 problem details: one class each, turned into a response in one place."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.kit.telemetry import trace_id

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):  # noqa: N818 - RFC 9457 calls them problems
    """An error that a client is told about. Subclasses say which; the instance says what exactly.

    Attributes:
        type: A reference to the page that explains this kind of problem.
        title: One line, the same for every problem of this type.
        status: The HTTP status it is sent with.
    """

    type: ClassVar[str] = "about:blank"
    title: ClassVar[str] = "Internal Server Error"
    status: ClassVar[int] = 500

    def __init__(
        self, detail: str = "", *, headers: Mapping[str, str] | None = None, **extra: Any
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.headers = dict(headers or {})
        self.extra = extra

    def body(self) -> dict[str, Any]:
        """The members of the problem object."""
        members: dict[str, Any] = {"type": self.type, "title": self.title, "status": self.status}
        if self.detail:
            members["detail"] = self.detail
        current = trace_id()
        if current is not None:
            members["trace_id"] = current
        return members | self.extra


class InternalError(Problem):
    """Something that we did not foresee; the log has it under the trace id."""


class NotFound(Problem):
    """Nothing stands at this path."""

    type, title, status = "/problems/not-found", "Nothing stands here", 404


class MethodNotAllowed(Problem):
    """The path exists, the method does not."""

    type, title, status = "/problems/method-not-allowed", "This method is not offered here", 405


class BadRequest(Problem):
    """The request could not be read."""

    type, title, status = "/problems/bad-request", "The request could not be read", 400


class InvalidRequest(Problem):
    """The request could be read, and says something that it may not say."""

    type, title, status = "/problems/invalid-request", "The request is not valid", 422


class Unavailable(Problem):
    """Something that this answer needs is not available now; a later try may succeed."""

    type, title, status = "/problems/unavailable", "Temporarily unavailable", 503

    def __init__(self, detail: str = "", *, retry_after_s: int = 1, **extra: Any) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after_s)}, **extra)


class ProblemBody(BaseModel):
    """What every error answer looks like (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str | None = None
    trace_id: str | None = None


def render(problem: Problem) -> Response:
    """The one place where a problem becomes a response."""
    return Response(
        json.dumps(problem.body()),
        status_code=problem.status,
        headers=problem.headers,
        media_type=MEDIA_TYPE,
    )


def from_http_exception(error: HTTPException) -> Problem:
    """The framework's own refusals (unknown path, wrong method) in our words."""
    kinds: dict[int, type[Problem]] = {404: NotFound, 405: MethodNotAllowed, 400: BadRequest}
    kind = kinds.get(error.status_code)
    if kind is not None:
        return kind(headers=error.headers)
    problem = Problem(str(error.detail), headers=error.headers)
    problem.status = error.status_code  # type: ignore[misc]  # a status without a class of its own
    problem.title = str(error.detail)  # type: ignore[misc]
    return problem


def from_validation_error(error: RequestValidationError) -> Problem:
    """Every field that was refused, with a JSON pointer to it. What was sent is not echoed."""
    listed = [
        {"pointer": pointer(item["loc"]), "detail": str(item["msg"])} for item in error.errors()
    ]
    if any(item["type"] == "json_invalid" for item in error.errors()):
        return BadRequest("The body is not JSON.", errors=listed)
    return InvalidRequest("See `errors` for each field.", errors=listed)


def pointer(location: Sequence[str | int]) -> str:
    """`("body", "url")` as `/url`; what is not in the body keeps its place (`query/limit`)."""
    where, *rest = location or ("body",)
    path = "".join(f"/{part}" for part in rest)
    return path if where == "body" else f"{where}{path}"


def responses(*kinds: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """FastAPI's `responses=` for a route that may answer with these problems."""
    by_status: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        example = {"type": kind.type, "title": kind.title, "status": kind.status}
        entry = by_status.setdefault(
            kind.status,
            {"description": "", "content": {MEDIA_TYPE: {"schema": _SCHEMA, "examples": {}}}},
        )
        entry["description"] = " / ".join(filter(None, [entry["description"], kind.title]))
        entry["content"][MEDIA_TYPE]["examples"][kind.__name__] = {"value": example}
    return by_status


_SCHEMA = {"$ref": "#/components/schemas/ProblemBody"}
