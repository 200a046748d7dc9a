"""What the auth routes do, in the words of a person: register, log in, refresh, log out."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from services.kit.postgres import Database
from services.shortener.auth import accounts
from services.shortener.auth.access_tokens import AccessTokens
from services.shortener.auth.passwords import Passwords
from services.shortener.auth.refresh_tokens import RefreshTokens
from services.shortener.problems import WrongCredentials


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a client gets to act with, and to go on with."""

    access_token: str
    refresh_token: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class Sessions:
    """Accounts and their sessions."""

    database: Database
    passwords: Passwords
    access: AccessTokens
    refresh: RefreshTokens

    async def register(self, email: str, password: str) -> int:
        """A new account. The hash is made before a connection is taken, not while one is held."""
        password_hash = await self.passwords.hash(password)
        return await accounts.add(self.database, email, password_hash)

    async def log_in(self, email: str, password: str) -> TokenPair:
        """Start a session, or say no in one way and one time for every reason."""
        account = await accounts.by_email(self.database, email)
        stored = account.password_hash if account else None
        if not await self.passwords.verify(stored, password) or account is None:
            raise WrongCredentials
        if self.passwords.outdated(account.password_hash):
            renewed = await self.passwords.hash(password)
            await accounts.store_hash(self.database, account.id, renewed)
        return self._pair(account.id, await self.refresh.start(account.id, datetime.now(UTC)))

    async def continue_session(self, refresh_token: str) -> TokenPair:
        """Trade a refresh token for a new pair."""
        rotated = await self.refresh.rotate(refresh_token, datetime.now(UTC))
        return self._pair(rotated.account_id, rotated.token)

    async def log_out(self, refresh_token: str) -> None:
        """End the session: no refresh of it works any more."""
        await self.refresh.end(refresh_token)

    def _pair(self, account_id: int, refresh_token: str) -> TokenPair:
        access_token = self.access.issue(account_id, time.time())
        return TokenPair(access_token, refresh_token, self.access.lifetime_s)
