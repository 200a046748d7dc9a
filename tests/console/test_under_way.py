"""A run that is under way is seen, whoever started it."""

import json
import time

from labs.console.under_way import UnderWay
from labs.engine.alone import alone_on
from stack.home import Home


def write_run(home: Home, t0: float) -> None:
    run = home.make().runs / "20260101-000000-07-workspace"
    run.mkdir()
    plan = {"t0": t0, "length_s": 8.0, "phases": []}
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


def test_a_run_that_nobody_holds_any_more_is_over(tmp_path):
    home = Home(tmp_path)
    write_run(home, time.time() - 2.5)

    assert UnderWay(home).look() is None
