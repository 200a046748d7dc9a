"""`GET /{code}` in the framework: requests that are traced, and all of them with HOT_ROUTE=off."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.kit.problems import Unavailable, responses
from services.shortener.redirects.answer import LinkExpired, NoSuchLink
from services.shortener.redirects.visits import Visits


def routes(visits: Visits) -> APIRouter:
    """The redirect. Include it last: it matches every path of one segment."""
    router = APIRouter(tags=["redirect"])

    @router.head("/{code}", include_in_schema=False)
    @router.get(
        "/{code}",
        status_code=302,
        response_class=Response,
        responses=responses(NoSuchLink, LinkExpired, Unavailable),
        response_description="Where the code leads, in `Location`",
        operation_id="visit",
    )
    async def visit(request: Request, code: str) -> Response:
        answer = await visits.visit(code, counted=request.method == "GET")
        response = Response(answer.body, answer.status)
        response.raw_headers = answer.headers
        return response

    return router
