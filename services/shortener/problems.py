"""Every problem that the shortener tells a client about. README.md has a line for each."""

from services.kit.problems import Problem, Unavailable


class Unauthorized(Problem):
    """No valid access token."""

    type, title, status = "/problems/unauthorized", "Log in first", 401

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail, headers={"WWW-Authenticate": 'Bearer realm="shortener"'})


class WrongCredentials(Problem):
    """Unknown address or wrong password: which of the two is not said."""

    type, title, status = "/problems/wrong-credentials", "Address or password is wrong", 401

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": 'Bearer realm="shortener"'})


class RefreshRefused(Problem):
    """A refresh token that is unknown, expired, revoked or used before."""

    type, title, status = "/problems/refresh-refused", "This session is over; log in again", 401

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": 'Bearer realm="shortener"'})


class EmailTaken(Problem):
    """There is an account with this address."""

    type, title, status = "/problems/email-taken", "There is an account with this address", 409


class LinkNotFound(Problem):
    """No such link, or not one of yours."""

    type, title, status = "/problems/link-not-found", "You have no such link", 404


class AliasTaken(Problem):
    """Someone's link has this alias already."""

    type, title, status = "/problems/alias-taken", "That alias is already in use", 409


class AliasReserved(Problem):
    """A word that the service needs for itself."""

    type, title, status = "/problems/alias-reserved", "That alias is reserved", 422


class UnsafeUrl(Problem):
    """A target that we do not point to."""

    type, title, status = "/problems/unsafe-url", "This address cannot be shortened", 422


class QuotaExceeded(Problem):
    """The account owns as many links as it may."""

    type, title, status = "/problems/quota-exceeded", "Your account holds no more links", 403


class PreconditionRequired(Problem):
    """A change must say which version it changes."""

    type, title, status = "/problems/precondition-required", "Send If-Match with the ETag", 428


class PreconditionFailed(Problem):
    """Someone changed the link in between."""

    type, title, status = "/problems/precondition-failed", "The link has changed since", 412


class KeyReused(Problem):
    """The Idempotency-Key came with another request before."""

    type, title, status = "/problems/key-reused", "This Idempotency-Key was used differently", 422


class KeyInProgress(Problem):
    """The first request with this Idempotency-Key is not finished."""

    type, title, status = "/problems/key-in-progress", "The first attempt is still running", 409

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "1"})


class BadCursor(Problem):
    """A cursor that did not come from us."""

    type, title, status = "/problems/bad-cursor", "This is not one of our cursors", 400


class TooManyRequests(Problem):
    """A rate limit."""

    type, title, status = "/problems/too-many-requests", "Too many requests", 429


class NoVerdict(Unavailable):
    """Whether the address is safe could not be found out in time."""

    type, title = "/problems/no-verdict", "The safety check does not answer now"


class TooBusy(Unavailable):
    """More logins at once than we take on."""

    type, title = "/problems/too-busy", "Too many logins at once"
