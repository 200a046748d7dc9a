"""The people of a schedule: writers who make, change and delete links, readers who visit them.

Each waits for its answer (a closed loop): here it matters what was acknowledged, not how fast.
"""

import asyncio
import contextlib
import random
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx2

from labs.soak.memory import GONE, KnownLink, Memory
from stack.trouble import Trouble

ANSWERS_WITHIN_S = 3.0
_PAUSE_S = 0.02
_LINKS = "/api/v1/links"
_TRIES_OF_A_CREATION = 20


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody with links. The name is in every URL that they shorten."""

    name: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """What shows who asks."""
        return {"authorization": f"Bearer {self.token}"}


async def register(http: httpx2.AsyncClient, count: int) -> list[Account]:
    """Make accounts, before anything breaks."""
    return [await _registered(http, f"soak-{secrets.token_hex(6)}") for _ in range(count)]


async def _registered(http: httpx2.AsyncClient, name: str) -> Account:
    who = {"email": f"{name}@example.com", "password": secrets.token_urlsafe(16)}
    for verb in ("register", "login"):
        answer = await http.post(f"/api/v1/auth/{verb}", json=who)
        if not answer.is_success:
            said = f"No account could be made: {verb} answered {answer.status_code}."
            raise Trouble(said, "./lab status")
    return Account(name, str(answer.json()["access_token"]))


class Crowd:
    """Writers and readers who share one memory."""

    def __init__(self, http: httpx2.AsyncClient, accounts: Sequence[Account], seed: int) -> None:
        self.memory = Memory()
        self._http = http
        self._accounts = accounts
        self._dice = random.Random(seed)  # noqa: S311 - replayable, not secret

    async def live(self, seconds: float, readers: int) -> None:
        """Let everybody act for so long; whoever waits for an answer may finish."""
        until_s = asyncio.get_running_loop().time() + seconds
        async with asyncio.TaskGroup() as group:
            for account in self._accounts:
                group.create_task(self._again_and_again(until_s, partial(self._write, account)))
            for _ in range(readers):
                group.create_task(self._again_and_again(until_s, self._read))

    async def _again_and_again(self, until_s: float, act: Callable[[], Awaitable[None]]) -> None:
        loop = asyncio.get_running_loop()
        while loop.time() < until_s:
            await act()
            await asyncio.sleep(_PAUSE_S * self._dice.uniform(0.5, 1.5))

    # Writers.

    async def _write(self, account: Account) -> None:
        own = [link for link in self.memory.links.values() if link.owner == account.name]
        alive = [link for link in own if GONE not in link.may_be]
        roll = self._dice.random()
        if len(alive) < 3 or roll < 0.35:
            await self._create(account)
        elif roll < 0.75:
            await self._change(account, self._dice.choice(alive))
        elif roll < 0.85:
            await self._delete(account, self._dice.choice(alive))
        else:
            await self._look_around(account)

    async def _create(self, account: Account) -> None:
        """Try with one Idempotency-Key until it is acknowledged, as a good client does."""
        url = f"https://example.com/{account.name}/{secrets.token_hex(6)}"
        headers = account.headers | {"idempotency-key": secrets.token_hex(8)}
        for _ in range(_TRIES_OF_A_CREATION):
            answer = await self._ask("POST", _LINKS, headers=headers, json={"url": url})
            if answer is not None and answer.status_code == 201:
                self.memory.acknowledged += 1
                code = str(answer.json()["code"])
                self.memory.created(code, account.name, url, answer.headers["etag"])
                return
            self._note_failure(answer)
            if answer is not None and answer.status_code < 500 and answer.status_code != 409:
                self.memory.complain(f"creating a link was answered with {answer.status_code}")
                return
            await asyncio.sleep(0.2)

    async def _change(self, account: Account, link: KnownLink) -> None:
        url = f"https://example.com/{account.name}/{secrets.token_hex(6)}"
        before = set(link.may_be)
        link.attempted(url)
        answer = await self._ask(
            "PATCH",
            f"{_LINKS}/{link.code}",
            headers=account.headers | {"if-match": link.etag},
            json={"url": url},
        )
        if answer is not None and answer.status_code == 200:
            self.memory.acknowledged += 1
            link.acknowledged(url, answer.headers["etag"])
            return
        self._note_failure(answer)
        if answer is not None and answer.status_code < 500:
            link.refused(url, before)
            if answer.status_code == 412:  # an earlier change of ours was carried out after all
                await self._learn_etag(account, link)

    async def _delete(self, account: Account, link: KnownLink) -> None:
        before = set(link.may_be)
        link.attempted(GONE)
        answer = await self._ask("DELETE", f"{_LINKS}/{link.code}", headers=account.headers)
        if answer is not None and answer.status_code == 204:
            self.memory.acknowledged += 1
            link.acknowledged(GONE)
            return
        self._note_failure(answer)
        if answer is not None and answer.status_code < 500:
            link.refused(GONE, before)

    async def _learn_etag(self, account: Account, link: KnownLink) -> None:
        answer = await self._ask("GET", f"{_LINKS}/{link.code}", headers=account.headers)
        if answer is not None and answer.status_code == 200:
            link.etag = answer.headers["etag"]

    async def _look_around(self, account: Account) -> None:
        """Read the own list, and try somebody else's link: nobody sees another's data."""
        answer = await self._ask("GET", _LINKS, headers=account.headers)
        if answer is not None and answer.status_code == 200:
            for item in answer.json()["items"]:
                if f"/{account.name}/" not in item["url"]:
                    self.memory.complain(f"{account.name} was shown {item['url']}")
        foreign = [link for link in self.memory.links.values() if link.owner != account.name]
        if foreign:
            await self._trespass(account, self._dice.choice(foreign))

    async def _trespass(self, account: Account, link: KnownLink) -> None:
        """Try to read, to change and to delete what is somebody else's."""
        path, url = f"{_LINKS}/{link.code}", f"https://example.com/{account.name}/stolen"
        match = account.headers | {"if-match": link.etag}
        tries: tuple[tuple[str, str, dict[str, Any]], ...] = (
            ("shown", "GET", {"headers": account.headers}),
            ("let change", "PATCH", {"headers": match, "json": {"url": url}}),
            ("let delete", "DELETE", {"headers": match}),
        )
        for done, method, rest in tries:
            answer = await self._ask(method, path, **rest)
            if answer is not None and answer.is_success:
                self.memory.complain(f"{account.name} was {done} /{link.code}, which is another's")

    # Readers.

    async def _read(self) -> None:
        if not self.memory.links:
            return
        link = self._dice.choice(list(self.memory.links.values()))
        answer = await self._ask("GET", f"/{link.code}")
        if answer is None or answer.status_code >= 500:
            self.memory.unanswered += 1
            return
        self.memory.visited(link, answer.status_code, answer.headers.get("location", ""))

    async def _ask(self, method: str, path: str, **rest: Any) -> httpx2.Response | None:
        """Return the answer, or None where there was none."""
        with contextlib.suppress(httpx2.HTTPError):
            return await self._http.request(method, path, **rest)
        return None

    def _note_failure(self, answer: httpx2.Response | None) -> None:
        if answer is None or answer.status_code >= 500:
            self.memory.uncertain += 1
        else:
            self.memory.refused += 1


async def look_up(http: httpx2.AsyncClient, links: Sequence[KnownLink]) -> dict[str, str]:
    """Return code -> where it leads (HEAD: a visit that is not counted); no answer, no entry."""
    places = asyncio.Semaphore(8)
    seen: dict[str, str] = {}

    async def one(link: KnownLink) -> None:
        async with places:
            with contextlib.suppress(httpx2.HTTPError):
                answer = await http.head(f"/{link.code}")
                seen[link.code] = _leads_to(answer)

    await asyncio.gather(*(one(link) for link in links))
    return seen


def _leads_to(answer: httpx2.Response) -> str:
    if answer.status_code == 302:
        return str(answer.headers["location"])
    return GONE if answer.status_code in (404, 410) else f"(status {answer.status_code})"
