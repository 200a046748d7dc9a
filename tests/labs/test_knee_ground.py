from typing import Any

from labs.knee.experiment import staircase
from labs.knee.ground import NONE_YET, hand_out, visits
from loadtests.plan import arrivals_of, plan_of

EDGE = "http://127.0.0.1:8000"


def _visited(plan: dict[str, Any]) -> list[str]:
    """Which code each arrival visits, by the rule of the load generator."""
    codes = {phase["name"]: phase["args"]["codes"] for phase in plan["phases"]}
    arrivals = arrivals_of(plan_of(plan))
    return [codes[arrival.phase.name][arrival.place] for arrival in arrivals]


def test_no_link_is_visited_twice_on_the_way_up() -> None:
    stairs = staircase(EDGE, 16, 3.0)
    hand_out(stairs.plan, [f"c{number}" for number in range(len(stairs.due_s))])
    visited = _visited(stairs.plan)
    assert len(visited) == len(set(visited)) == len(stairs.due_s)


def test_a_phase_that_has_its_links_keeps_them() -> None:
    plan = staircase(EDGE, 16, 3.0).plan
    plan["phases"][3]["args"]["codes"] = ["warm"]
    wanted = visits(plan)
    assert plan["phases"][3]["name"] not in wanted
    hand_out(plan, [f"c{number}" for number in range(wanted.total())])
    assert plan["phases"][3]["args"]["codes"] == ["warm"]
    assert all(tuple(phase["args"]["codes"]) != NONE_YET for phase in plan["phases"])
