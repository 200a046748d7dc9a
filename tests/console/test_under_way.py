"""A run that is under way is seen, whoever started it."""

import json
import time

from labs.console.under_way import UnderWay
from labs.engine.alone import alone_on
from labs.loop.oncall import UNNAMED
from stack.home import Home


def write_run(home: Home, t0: float, number: int = 7) -> None:
    run = home.make().runs / "20260101-000000-07-workspace"
    run.mkdir()
    plan = {"lab": number, "t0": t0, "length_s": 8.0, "phases": []}
    (run / "plan.json").write_text(json.dumps(plan))
    rows = [
        {"planned_s": t0 + s / 10, "done_s": t0 + s / 10 + 0.2, "status": 200} for s in range(9)
    ]
    rows.append({"planned_s": t0 + 0.5, "done_s": t0 + 1.5, "status": 503})
    (run / "requests.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    on = {"at_s": t0 + 1.0, "kind": "fault_on", "name": "distance"}
    (run / "events.jsonl").write_text(json.dumps(on) + "\n")


def test_a_run_of_a_terminal_is_seen_with_its_figures_and_its_faults(tmp_path):
    home = Home(tmp_path)
    write_run(home, time.time() - 2.5)

    with alone_on(home):
        seen = UnderWay(home).look()

    assert sum(second.good for second in seen.seconds) == 9
    assert sum(second.failed for second in seen.seconds) == 1
    assert seen.on == ("distance",)
    assert 20 < seen.percent < 60


def test_on_call_nobody_says_which_fault_is_on(tmp_path):
    home = Home(tmp_path)
    write_run(home, time.time() - 2.5, UNNAMED)

    with alone_on(home):
        seen = UnderWay(home).look()

    assert (seen.on, seen.told) == ((), ())
    assert sum(second.good for second in seen.seconds) == 9


def test_a_run_is_still_seen_while_its_plan_is_away_for_a_moment(tmp_path):
    """Its start is written into it just before the load begins; a page may be opened just then."""
    home = Home(tmp_path)
    write_run(home, time.time() - 2.5)
    plan = next(home.runs.glob("*/plan.json"))
    under_way = UnderWay(home)

    with alone_on(home):
        before = under_way.look()
        plan.rename(plan.with_name("plan.away"))
        away = under_way.look()
        first = UnderWay(home).look()

    assert away.run_id == before.run_id
    assert first is None


def test_a_run_that_nobody_holds_any_more_is_over(tmp_path):
    home = Home(tmp_path)
    write_run(home, time.time() - 2.5)

    assert UnderWay(home).look() is None
