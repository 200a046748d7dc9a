"""Accounts for users who must be somebody: registered and logged in before the timeline starts."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from loadtests.bad_plan import BadPlan
from loadtests.users.script import JSON_BODY, Account, Request
from loadtests.wire import Exchange

MOST_ACCOUNTS = 200
PATIENCE_S = 30.0

Ask = Callable[[Request], Exchange]
Sleep = Callable[[float], object]


def prepare(
    wanted: int | Sequence[Mapping[str, str]], run: str, ask: Ask, sleep: Sleep
) -> tuple[Account, ...]:
    """Return logged-in accounts: that many new throw-away ones, or those that the plan names.

    A named account is {"email", "password"}, and is logged in, or brings a "token" of its own.
    """
    if isinstance(wanted, int):
        if wanted > MOST_ACCOUNTS:
            raise BadPlan(f"at most {MOST_ACCOUNTS} accounts, not {wanted}")
        return tuple(_registered(run, number, ask, sleep) for number in range(wanted))
    return tuple(_known(account, ask, sleep) for account in wanted)


def _registered(run: str, number: int, ask: Ask, sleep: Sleep) -> Account:
    account = Account(f"load-{run}-{number}@example.com", f"correct horse {run} {number}")
    _insist("register", account, ask, sleep)
    return _logged_in(account, ask, sleep)


def _known(raw: Mapping[str, str], ask: Ask, sleep: Sleep) -> Account:
    account = Account(raw.get("email", ""), raw.get("password", ""), raw.get("token", ""))
    return account if account.token else _logged_in(account, ask, sleep)


def _logged_in(account: Account, ask: Ask, sleep: Sleep) -> Account:
    token = str(_insist("login", account, ask, sleep)["access_token"])
    return Account(account.email, account.password, token)


def _insist(verb: str, account: Account, ask: Ask, sleep: Sleep) -> Mapping[str, Any]:
    """Ask until it is done; a rate limit is waited out, within reason."""
    body = json.dumps({"email": account.email, "password": account.password}).encode()
    request = Request(verb, "POST", f"/api/v1/auth/{verb}", body=body, headers=JSON_BODY)
    waited_s = 0.0
    while True:
        answer = ask(request)
        if answer.status in (200, 201):
            return dict(json.loads(answer.body))
        pause_s = float(answer.headers.get("retry-after", "1") or "1")
        if answer.status != 429 or waited_s + pause_s > PATIENCE_S:
            said = answer.error or answer.body[:200].decode("utf-8", "replace")
            raise BadPlan(f"cannot {verb} an account: {answer.status} {said}")
        sleep(pause_s)
        waited_s += pause_s
