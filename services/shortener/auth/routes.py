"""`/api/v1/auth`: accounts and sessions over HTTP."""

from fastapi import APIRouter, Response
from starlette.requests import Request

from services.kit.problems import InvalidRequest, Unavailable, responses
from services.shortener import problems
from services.shortener.auth.accounts import email_key
from services.shortener.auth.schemas import (
    AccountView,
    Credentials,
    NewAccount,
    RefreshToken,
    Tokens,
)
from services.shortener.auth.sessions import Sessions, TokenPair
from services.shortener.limits.guards import Guards

_ALWAYS = (problems.TooManyRequests, InvalidRequest, problems.TooBusy, Unavailable)


def routes(sessions: Sessions, guards: Guards) -> APIRouter:
    """The routes. Each is limited before it does any work."""
    router = APIRouter(prefix="/api/v1/auth", tags=["auth"], responses=responses(*_ALWAYS))
    _add_accounts(router, sessions, guards)
    _add_tokens(router, sessions, guards)
    return router


def _add_accounts(router: APIRouter, sessions: Sessions, guards: Guards) -> None:
    @router.post("/register", status_code=201, responses=responses(problems.EmailTaken))
    async def register(new: NewAccount, request: Request) -> AccountView:
        """Make an account."""
        await guards.credentials(email_key(new.email), request)
        made = await sessions.register(new.email, new.password.get_secret_value())
        return AccountView(id=made, email=new.email.strip())

    @router.post("/login", responses=responses(problems.WrongCredentials))
    async def login(who: Credentials, request: Request, response: Response) -> Tokens:
        """Start a session."""
        await guards.credentials(email_key(who.email), request)
        pair = await sessions.log_in(who.email, who.password.get_secret_value())
        return _tokens(pair, response)


def _add_tokens(router: APIRouter, sessions: Sessions, guards: Guards) -> None:
    @router.post("/refresh", responses=responses(problems.RefreshRefused))
    async def refresh(old: RefreshToken, request: Request, response: Response) -> Tokens:
        """Trade a refresh token for a new pair. Each works once; a second use ends the session."""
        await guards.address(request)
        pair = await sessions.continue_session(old.refresh_token)
        return _tokens(pair, response)

    @router.post("/logout", status_code=204)
    async def logout(old: RefreshToken, request: Request) -> None:
        """End the session of this refresh token."""
        await guards.address(request)
        await sessions.log_out(old.refresh_token)


def _tokens(pair: TokenPair, response: Response) -> Tokens:
    response.headers["Cache-Control"] = "no-store"
    return Tokens(
        access_token=pair.access_token,
        refresh_token=pair.refresh_token,
        expires_in=pair.expires_in,
    )
