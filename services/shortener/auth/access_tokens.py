"""Access tokens: short-lived JWTs that any instance can check without asking anyone."""

import re
import secrets
from dataclasses import dataclass

import jwt

from services.shortener.problems import Unauthorized

ALGORITHM = "HS256"  # pinned: the token's own header never chooses how it is checked
ISSUER = "shortener"
AUDIENCE = "shortener-api"
REQUIRED = ["iss", "aud", "exp", "iat", "sub"]
SUBJECT = re.compile("[1-9][0-9]{0,17}")  # an account id, as we write it; PostgreSQL has 64 bits
LEEWAY_S = 5  # the clocks of two instances differ a little


@dataclass(frozen=True, slots=True)
class AccessTokens:
    """Issues and checks access tokens."""

    secret: str
    lifetime_s: int

    def issue(self, account_id: int, now_s: float) -> str:
        """A token that says who this is until its time is over."""
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(account_id),
            "iat": int(now_s),
            "exp": int(now_s) + self.lifetime_s,
            "jti": secrets.token_urlsafe(12),
        }
        return jwt.encode(claims, self.secret, ALGORITHM)

    def account_id(self, token: str) -> int:
        """Whose token this is.

        Raises:
            Unauthorized: It is not ours, not for us, over, or incomplete.
        """
        try:
            claims = jwt.decode(
                token,
                self.secret,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                leeway=LEEWAY_S,
                options={"require": REQUIRED},
            )
        except (jwt.InvalidTokenError, ValueError) as error:
            raise Unauthorized("The access token is not valid.") from error
        if not SUBJECT.fullmatch(claims["sub"]):
            raise Unauthorized("The access token is not valid.")
        return int(claims["sub"])
