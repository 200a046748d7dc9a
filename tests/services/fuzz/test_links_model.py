"""Links against a model: whatever two accounts do in whatever order, the API says what they did."""

import itertools
from dataclasses import dataclass, field

import pytest
from fuzzed import bearer, in_any_order, new_session
from hypothesis import strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]
LINKS = "/api/v1/links"
_numbers = itertools.count(1)
PEOPLE = strategies.sampled_from(["ada", "bob"])
PAGES = strategies.sampled_from([f"https://example.com/{name}" for name in "abc"])
NAMES = strategies.sampled_from(["sale", "Sale", "SALE", "news-1", "News-1"])
WHICH = strategies.integers(0, 30)


@dataclass
class Known:
    """What the API said of a link last."""

    owner: str
    code: str
    url: str
    version: int


@dataclass
class World:
    """Everything that must be true of the API now."""

    live: list[Known] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    keys: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)


class Links(RuleBasedStateMachine):
    """Create, change, delete, visit and list, by two accounts that know each other's codes."""

    http = None  # the test gives it

    def __init__(self) -> None:
        super().__init__()
        self.number = next(_numbers)
        self.world = World()
        self.as_ = {
            who: bearer(new_session(self.http, f"{who}-{self.number}@example.com"))
            for who in ("ada", "bob")
        }

    def pick(self, which: int) -> Known:
        return self.world.live[which % len(self.world.live)]

    @rule(who=PEOPLE, url=PAGES)
    def create(self, who, url):
        self.keep(who, url, self.http.post(LINKS, json={"url": url}, headers=self.as_[who]))

    @rule(who=PEOPLE, url=PAGES, name=NAMES)
    def create_under_a_name(self, who, url, name):
        alias = f"{name}-{self.number}"
        answer = self.http.post(LINKS, json={"url": url, "alias": alias}, headers=self.as_[who])
        if alias.lower() in self.world.taken:
            assert answer.status_code == 409
            return
        self.world.taken.add(alias.lower())
        self.keep(who, url, answer)

    @rule(who=PEOPLE, url=PAGES, key=strategies.sampled_from(["k1", "k2"]))
    def create_once(self, who, url, key):
        headers = self.as_[who] | {"idempotency-key": key}
        answer = self.http.post(LINKS, json={"url": url}, headers=headers)
        first = self.world.keys.get((who, key))
        if first is None:
            self.world.keys[who, key] = (url, answer.json()["code"])
            self.keep(who, url, answer)
        elif first[0] == url:
            assert (answer.status_code, answer.json()["code"]) == (201, first[1])
        else:
            assert answer.json()["type"] == "/problems/key-reused"

    def keep(self, who, url, answer):
        assert answer.status_code == 201, answer.text
        made = answer.json()
        assert (made["url"], made["version"]) == (url, 1)
        self.world.live.append(Known(who, made["code"], url, 1))

    @precondition(lambda self: self.world.live)
    @rule(who=PEOPLE, which=WHICH, url=PAGES, behind=strategies.integers(0, 1))
    def change(self, who, which, url, behind):
        link = self.pick(which)
        headers = self.as_[who] | {"if-match": f'"{link.version - behind}"'}
        answer = self.http.patch(f"{LINKS}/{link.code}", json={"url": url}, headers=headers)
        if who != link.owner:
            assert answer.status_code == 404
        elif behind:
            assert answer.status_code == 412
        else:
            assert answer.status_code == 200, answer.text
            link.url, link.version = url, link.version + 1

    @precondition(lambda self: self.world.live)
    @rule(who=PEOPLE, which=WHICH)
    def delete(self, who, which):
        link = self.pick(which)
        answer = self.http.delete(f"{LINKS}/{link.code}", headers=self.as_[who])
        assert answer.status_code == (204 if who == link.owner else 404)
        if who == link.owner:
            self.world.live.remove(link)
            self.world.gone.append(link.code)

    @invariant()
    def every_link_leads_where_it_was_last_said_to_lead(self):
        for link in self.world.live:
            visit = self.http.get(f"/{link.code}")
            assert (visit.status_code, visit.headers["location"]) == (302, link.url)
        for code in self.world.gone:
            assert self.http.get(f"/{code}").status_code == 404

    @invariant()
    def each_owner_lists_their_own_newest_first_and_page_by_page(self):
        for who, headers in self.as_.items():
            own = [(n.code, n.url, n.version) for n in self.world.live if n.owner == who]
            assert self.listed(headers) == own[::-1]

    def listed(self, headers):
        found, query = [], {"limit": 3}
        while True:
            page = self.http.get(LINKS, params=query, headers=headers).json()
            found += [(one["code"], one["url"], one["version"]) for one in page["items"]]
            if page["next_cursor"] is None:
                return found
            query["cursor"] = page["next_cursor"]


def test_links_are_what_was_last_acknowledged_in_any_order_of_calls(http):
    in_any_order(Links, http, examples=12, steps=25)
