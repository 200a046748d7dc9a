"""The address of a client, as the edge reports it."""

from starlette.requests import Request


def client_address(request: Request) -> str:
    """The last entry of `X-Forwarded-For`: the one that our own edge wrote.

    The edge overwrites the header. Should something before it have appended to a client's own
    value, the entries to the left are still only what the client claims.
    """
    forwarded = request.headers.getlist("x-forwarded-for")
    if forwarded:
        return forwarded[-1].rpartition(",")[2].strip()
    return request.client.host if request.client else "unknown"
