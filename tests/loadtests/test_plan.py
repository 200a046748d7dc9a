from typing import Any

import pytest
from bad_server import plan

from loadtests.bad_plan import BadPlan
from loadtests.plan import MOST_RPS, arrivals_of, loopback, plan_of

HERE = "http://127.0.0.1:8080"


def _steady(rps: float, **phase: Any) -> dict[str, Any]:
    shape = {"kind": "steady", "rps": rps, "spacing": "even"}
    raw: dict[str, Any] = plan(HERE, shape=shape, **phase)
    return raw


def test_phases_share_one_timeline() -> None:
    raw = _steady(2)
    raw["phases"].append({**raw["phases"][0], "name": "late", "start_s": 0.5})
    laid_out = arrivals_of(plan_of(raw))
    assert [(a.n, a.phase.name, a.offset_s) for a in laid_out] == [
        (0, "main", 0.25),
        (1, "main", 0.75),
        (2, "late", 0.75),
        (3, "late", 1.25),
    ]


def test_each_phase_counts_its_own_arrivals() -> None:
    raw = _steady(2)
    raw["phases"].append({**raw["phases"][0], "name": "beside", "start_s": 0.1})
    laid_out = arrivals_of(plan_of(raw))
    assert [(a.phase.name, a.n, a.place) for a in laid_out] == [
        ("main", 0, 0),
        ("beside", 1, 0),
        ("main", 2, 1),
        ("beside", 3, 1),
    ]


def test_another_phase_does_not_move_the_first_ones_arrivals() -> None:
    raw = plan(HERE, shape={"kind": "steady", "rps": 50})
    alone = [a.offset_s for a in arrivals_of(plan_of(raw))]
    raw["phases"].append({**raw["phases"][0], "name": "second"})
    both = arrivals_of(plan_of(raw))
    assert [a.offset_s for a in both if a.phase.name == "main"] == alone


@pytest.mark.parametrize("url", [HERE, "http://localhost:80", "http://[::1]:81", f"{HERE}/base"])
def test_load_may_go_to_this_machine(url: str) -> None:
    assert loopback(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com:80",
        "http://192.168.0.1:80",
        "http://0.0.0.0:80",
        "https://127.0.0.1:443",
        "http://127.0.0.1",
        "http://127.0.0.1.example.com:80",
        "http://127.0.0.1@example.com:80",
        "",
    ],
)
def test_load_goes_nowhere_else(url: str) -> None:
    with pytest.raises(BadPlan, match="nowhere else"):
        plan_of(plan(url))
    raw = _steady(1)
    raw["phases"][0]["base_url"] = url or "x"
    with pytest.raises(BadPlan, match="nowhere else"):
        plan_of(raw)
    args = {"instances": [HERE, url]}
    with pytest.raises(BadPlan, match="nowhere else"):
        plan_of(_steady(1, user="create_then_follow", args=args))


def test_the_most_that_may_be_asked_is_two_thousand_a_second() -> None:
    assert len(arrivals_of(plan_of(_steady(MOST_RPS)))) == MOST_RPS
    with pytest.raises(BadPlan, match="more than 2000"):
        arrivals_of(plan_of(_steady(MOST_RPS + 1)))
    with pytest.raises(BadPlan, match="more than 2000"):
        arrivals_of(plan_of(_steady(1e12)))
    burst = plan(HERE, shape={"kind": "burst", "count": 3_000}, duration_s=10)
    with pytest.raises(BadPlan, match="within one second"):
        arrivals_of(plan_of(burst))


def test_phases_together_may_not_ask_for_more_either() -> None:
    raw = _steady(1_500)
    raw["phases"].append({**raw["phases"][0], "name": "second"})
    with pytest.raises(BadPlan, match="within one second"):
        arrivals_of(plan_of(raw))


def test_a_run_lasts_fifteen_minutes_at_most() -> None:
    plan_of(_steady(1, start_s=890, duration_s=10))
    with pytest.raises(BadPlan, match="within 900 s"):
        plan_of(_steady(1, start_s=890, duration_s=11))


@pytest.mark.parametrize(
    "broken",
    [
        {"phases": [{"name": "x"}]},
        {"phases": ["x"]},
        {"phases": None},
        {"phases": [{**_steady(1)["phases"][0], "shape": None}]},
        {"timeout_s": "soon"},
    ],
)
def test_a_plan_that_cannot_be_read_is_a_sentence(broken: dict[str, Any]) -> None:
    with pytest.raises(BadPlan):
        plan_of({**_steady(1), **broken})
