"""Which request is limited by which key. Redirects are not limited here."""

import hashlib
from dataclasses import dataclass

from starlette.requests import Request

from services.shortener.limits.address import client_address
from services.shortener.limits.bucket import Decision, Policy
from services.shortener.limits.headers import rate_limit_headers, remember
from services.shortener.limits.limiter import Ask, Limiter
from services.shortener.problems import TooManyRequests


@dataclass(frozen=True, slots=True)
class Guards:
    """One method per kind of request. Each lets it pass, or refuses it with 429."""

    api: Limiter
    login: Limiter
    per_user: Policy
    per_account: Policy
    per_address: Policy

    async def user(self, account_id: int, request: Request) -> None:
        """The API: one bucket per user. Without Redis everyone is let through."""
        await _pass(self.api, [Ask(self.per_user, str(account_id))], request)

    async def credentials(self, email_key: str, request: Request) -> None:
        """Login: guessing one account's password, and one address guessing many."""
        asks = [
            Ask(self.per_account, _digest(email_key)),
            Ask(self.per_address, client_address(request)),
        ]
        await _pass(self.login, asks, request)

    async def address(self, request: Request) -> None:
        """Refresh and logout: there is no account to go by before the token has been looked up."""
        await _pass(self.login, [Ask(self.per_address, client_address(request))], request)


async def _pass(limiter: Limiter, asks: list[Ask], request: Request) -> None:
    decisions: list[Decision] = await limiter.take(asks)
    headers = rate_limit_headers(decisions)
    remember(request, headers)
    if any(not decision.allowed for decision in decisions):
        refused = ", ".join(d.policy.name for d in decisions if not d.allowed)
        raise TooManyRequests(f"The limit `{refused}` is used up.")


def _digest(email_key: str) -> str:
    """Keys are read by people and dumps: no addresses in them."""
    return hashlib.sha256(email_key.encode()).hexdigest()[:24]
