"""What a kind of user is made of: requests out, answers in, no I/O.

A user is a generator: it yields a `Request` and gets the `Answer` sent back in. Whoever runs it
(our open-loop drive, or Locust through the locustfile) does the talking and the timing; the user
only decides what to ask next. So every user is tested without a socket.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request that a user wants to make now, or `after_s` from now."""

    name: str  # groups like with like in a ledger and in Locust's table: "visit", "create"
    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    expect_location: str | None = None  # a 3xx that points elsewhere is an error: "location"
    base_url: str | None = None  # another instance than the phase's
    note: str | None = None  # kept in the ledger: what the request was about (a target URL)
    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; status 0 means that nothing did."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    body: bytes = b""

    @property
    def location(self) -> str | None:
        """Where the answer points, if anywhere."""
        return self.headers.get("location")


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who is registered; `token` is their access token once they have logged in."""

    email: str
    password: str
    token: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One arrival: who comes, as the how-manyth, and with which luck."""

    n: int
    run: str  # differs between runs, so that keys and URLs of two runs never meet
    rng: Random
    accounts: tuple[Account, ...] = ()
    place: int | None = None  # the how-manyth of its own phase; None: there is only one

    @property
    def round(self) -> int:
        """What goes round in turn: `n` would skip whatever the other phases had in between."""
        return self.n if self.place is None else self.place

    @property
    def account(self) -> Account:
        """The account whose turn it is: round robin, so that each gets the same share."""
        return self.accounts[self.round % len(self.accounts)]

    def bearer(self) -> dict[str, str]:
        """Headers that say who is asking; nobody, where the plan prepared no accounts."""
        return {"authorization": f"Bearer {self.account.token}"} if self.accounts else {}


Script = Generator[Request, Answer, None]


class User(Protocol):
    """A kind of user: a frozen dataclass whose fields are the plan's `args`."""

    def script(self, turn: Turn) -> Script:
        """Yield what this user asks, one request at a time."""
        ...


JSON_BODY = {"content-type": "application/json"}
