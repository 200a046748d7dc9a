"""The returning user: somebody who logs in, sometimes with the wrong password."""

import json
from dataclasses import dataclass

from loadtests.users.script import JSON_BODY, Request, Script, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """POSTs an account's credentials; `wrong_share` of them with a wrong password.

    `password_bytes` sends a wrong password of that size instead: what does hashing it cost?
    """

    wrong_share: float = 0.0
    password_bytes: int = 0

    def script(self, turn: Turn) -> Script:
        """Ask once."""
        account = turn.account
        wrong = self.password_bytes > 0 or turn.rng.random() < self.wrong_share
        password = "x" * (self.password_bytes or 16) if wrong else account.password
        body = json.dumps({"email": account.email, "password": password}).encode()
        name = "login_wrong" if wrong else "login"
        yield Request(name, "POST", "/api/v1/auth/login", body=body, headers=JSON_BODY)
