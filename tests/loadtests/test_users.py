import json
from collections import Counter
from random import Random
from typing import Any

import pytest

from loadtests.bad_plan import BadPlan
from loadtests.users import USERS, Account, Answer, Request, Turn, user_of

ARGS: dict[str, dict[str, Any]] = {
    "visitor": {"codes": ["a", "b"]},
    "visitor_head": {"codes": ["a"]},
    "scanner": {},
    "creator": {},
    "editor": {"codes": ["a", "b"]},
    "login": {},
    "reader": {"what": "mixed", "codes": ["a"]},
    "create_then_follow": {"instances": ["http://127.0.0.1:1", "http://127.0.0.1:2"]},
    "edit_then_follow": {
        "codes": ["a", "b"],
        "instances": ["http://127.0.0.1:1", "http://127.0.0.1:2"],
    },
}
PEOPLE = (Account("ann@example.com", "pw-a", "tok-a"), Account("bob@example.com", "pw-b", "tok-b"))


def _turn(n: int = 0) -> Turn:
    return Turn(n, "run1", Random(n), PEOPLE)


def _asks(kind: str, turn: Turn, *answers: Answer, **args: Any) -> list[Request]:
    """What a user asks if these are the answers it gets."""
    script = user_of(kind, {**ARGS[kind], **args}).script(turn)
    asked = [next(script)]
    for answer in answers:
        try:
            asked.append(script.send(answer))
        except StopIteration:
            break
    return asked


def _body(request: Request) -> Any:
    return json.loads(request.body)


def test_every_user_has_an_example_here() -> None:
    assert ARGS.keys() == USERS.keys()


@pytest.mark.parametrize("kind", USERS)
def test_a_user_who_gets_nothing_but_errors_stops_asking(kind: str) -> None:
    assert len(_asks(kind, _turn(), *[Answer(503)] * 5)) == 1


def test_accounts_and_codes_go_round_by_the_phase_not_by_all_arrivals() -> None:
    turns = [Turn(2 * n, "run1", Random(n), PEOPLE, n) for n in range(4)]

    visits = [_asks("visitor", turn, codes=["a", "b"], pick="round_robin")[0] for turn in turns]

    assert [turn.account.email[:3] for turn in turns] == ["ann", "bob", "ann", "bob"]
    assert [visit.path for visit in visits] == ["/a", "/b", "/a", "/b"]


@pytest.mark.parametrize("kind", USERS)
def test_the_same_luck_asks_the_same(kind: str) -> None:
    assert _asks(kind, _turn(5)) == _asks(kind, _turn(5))


def test_a_visitor_checks_where_the_link_points_if_the_plan_knows() -> None:
    (asked,) = _asks("visitor", _turn(), codes=["a"], expect={"a": "https://example.com/"})
    assert (asked.method, asked.path) == ("GET", "/a")
    assert asked.expect_location == "https://example.com/"


@pytest.mark.parametrize(
    ("pick", "share_of_first"), [("uniform", 0.1), ("hot", 0.82), ("round_robin", 0.1)]
)
def test_visits_are_spread_over_the_codes_as_asked(pick: str, share_of_first: float) -> None:
    codes = [f"c{number}" for number in range(10)]
    rng = Random(1)
    user = user_of("visitor", {"codes": codes, "pick": pick})
    paths = Counter(next(user.script(Turn(n, "r", rng))).path for n in range(4_000))
    assert paths["/c0"] / 4_000 == pytest.approx(share_of_first, abs=0.03)
    assert len(paths) == 10


def test_zipf_visits_fall_with_the_rank() -> None:
    user = user_of("visitor", {"codes": [f"c{n}" for n in range(100)], "pick": "zipf"})
    rng = Random(1)
    paths = Counter(next(user.script(Turn(n, "r", rng))).path for n in range(20_000))
    assert paths["/c0"] / paths["/c9"] == pytest.approx(7.3, rel=0.3)  # ln 2 / ln 1.1
    assert len(paths) == 100


def test_a_creator_is_somebody_and_never_repeats_a_key() -> None:
    first, second = _asks("creator", _turn(0))[0], _asks("creator", _turn(1))[0]
    assert first.headers["authorization"] == "Bearer tok-a"
    assert second.headers["authorization"] == "Bearer tok-b"
    assert first.headers["idempotency-key"] != second.headers["idempotency-key"]
    assert _body(first) == {"url": "https://example.com/run1/0"}
    assert first.note == "https://example.com/run1/0"


def test_creators_race_for_one_alias_and_one_key_if_the_plan_says_so() -> None:
    asked = [
        _asks("creator", _turn(n), alias="sale", idempotency_key="one", url="https://e.org/{x}")[0]
        for n in range(3)
    ]
    assert {request.headers["idempotency-key"] for request in asked} == {"one"}
    assert [_body(request) for request in asked] == [
        {"url": "https://e.org/{x}", "alias": "sale"}
    ] * 3
    (keyless,) = _asks("creator", _turn(), idempotency_key="")
    assert "idempotency-key" not in keyless.headers


def test_an_editor_changes_the_version_they_have_seen() -> None:
    get, patch = _asks("editor", _turn(3), Answer(200, {"etag": '"7"'}))
    assert (get.method, get.path) == ("GET", "/api/v1/links/b")
    assert (patch.method, patch.path) == ("PATCH", "/api/v1/links/b")
    assert patch.headers["if-match"] == '"7"'


def test_an_editor_without_a_version_changes_nothing() -> None:
    assert len(_asks("editor", _turn(), Answer(200))) == 1


def test_an_editor_can_be_told_what_to_match() -> None:
    (patch,) = _asks("editor", _turn(), if_match='"1"')
    assert (patch.method, patch.headers["if-match"]) == ("PATCH", '"1"')


def test_a_login_uses_the_accounts_own_password_or_a_wrong_one() -> None:
    (right,) = _asks("login", _turn(1))
    assert _body(right) == {"email": "bob@example.com", "password": "pw-b"}
    (wrong,) = _asks("login", _turn(1), wrong_share=1.0)
    assert _body(wrong)["password"] != "pw-b"
    assert wrong.name == "login_wrong"
    (huge,) = _asks("login", _turn(1), password_bytes=1_000_000)
    assert len(_body(huge)["password"]) == 1_000_000


def test_a_new_link_is_followed_on_the_other_instance() -> None:
    made = Answer(201, body=b'{"code": "new1234"}')
    create, follow = _asks("create_then_follow", _turn(1), made, pause_s=0.5)
    assert (create.base_url, follow.base_url) == ("http://127.0.0.1:2", "http://127.0.0.1:1")
    assert (follow.path, follow.after_s) == ("/new1234", 0.5)
    assert follow.expect_location == _body(create)["url"]


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[]", b'{"id": 7}', b'{"code": 7}'])
def test_a_created_link_without_a_code_cannot_be_followed(body: bytes) -> None:
    assert len(_asks("create_then_follow", _turn(), Answer(201, body=body))) == 1


def test_an_edited_link_is_followed_on_the_other_instance() -> None:
    answers = Answer(200, {"etag": '"1"'}), Answer(200)
    get, patch, follow = _asks("edit_then_follow", _turn(0), *answers)
    assert get.base_url == patch.base_url == "http://127.0.0.1:1"
    assert (follow.base_url, follow.path) == ("http://127.0.0.1:2", "/a")
    assert follow.expect_location == _body(patch)["url"]


def test_an_edit_that_lost_is_not_followed() -> None:
    answers = Answer(200, {"etag": '"1"'}), Answer(412)
    assert len(_asks("edit_then_follow", _turn(0), *answers)) == 2


@pytest.mark.parametrize(
    ("kind", "args", "said"),
    [
        ("visiter", {}, "there is no user 'visiter'"),
        ("visitor", {}, "needs codes"),
        ("visitor", {"codes": []}, "needs codes"),
        ("visitor", {"codes": ["a"], "code": "b"}, "has no code"),
    ],
)
def test_a_user_that_is_misspelt_says_so(kind: str, args: dict[str, Any], said: str) -> None:
    with pytest.raises(BadPlan, match=said):
        user_of(kind, args)
