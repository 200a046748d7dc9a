"""Sessions against a model: a refresh token works once, and whatever is over stays over."""

import itertools
from dataclasses import dataclass, field

import pytest
from fuzzed import bearer, in_any_order, log_in, new_session
from hypothesis import strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]
AUTH = "/api/v1/auth"
_numbers = itertools.count(1)
WHICH = strategies.integers(0, 30)


@dataclass
class Session:
    """One login: the token that goes on with it, and those that were used."""

    current: str
    used: list[str] = field(default_factory=list)
    over: bool = False


class Sessions(RuleBasedStateMachine):
    """Log in, refresh, replay and log out, with several sessions of one account."""

    http = None  # the test gives it

    def __init__(self) -> None:
        super().__init__()
        self.email = f"eve-{next(_numbers)}@example.com"
        tokens = new_session(self.http, self.email)
        self.access = bearer(tokens)
        self.sessions = [Session(tokens["refresh_token"])]

    def refresh(self, token):
        return self.http.post(f"{AUTH}/refresh", json={"refresh_token": token})

    def pick(self, which):
        return self.sessions[which % len(self.sessions)]

    @rule()
    def log_in(self):
        self.sessions.append(Session(log_in(self.http, self.email)["refresh_token"]))

    @rule(which=WHICH)
    def go_on(self, which):
        session = self.pick(which)
        answer = self.refresh(session.current)
        if session.over:
            assert answer.status_code == 401
            return
        assert answer.status_code == 200, answer.text
        session.used.append(session.current)
        session.current = answer.json()["refresh_token"]
        assert session.current not in session.used
        self.access = bearer(answer.json())

    @precondition(lambda self: any(session.used for session in self.sessions))
    @rule(which=WHICH)
    def replay(self, which):
        """Whoever replays ends the session, also for the one who holds the current token."""
        with_used = [session for session in self.sessions if session.used]
        session = with_used[which % len(with_used)]
        assert self.refresh(session.used[which % len(session.used)]).status_code == 401
        session.over = True

    @rule(which=WHICH)
    def log_out(self, which):
        session = self.pick(which)
        body = {"refresh_token": session.current}
        assert self.http.post(f"{AUTH}/logout", json=body).status_code == 204
        session.over = True

    @rule(which=WHICH, at=strategies.integers(0, 42))
    def guess(self, which, at):
        """One character off is nobody's token, and harms no session."""
        token = self.pick(which).current
        other = "A" if token[at] != "A" else "B"
        assert self.refresh(token[:at] + other + token[at + 1 :]).status_code == 401

    @invariant()
    def what_is_over_stays_over(self):
        for session in self.sessions:
            if session.over:
                assert self.refresh(session.current).status_code == 401

    @invariant()
    def an_access_token_is_good_until_its_time(self):
        assert self.http.get("/api/v1/links", headers=self.access).status_code == 200


def test_a_session_goes_on_only_with_its_last_token_in_any_order_of_calls(http):
    in_any_order(Sessions, http, examples=15, steps=20)
