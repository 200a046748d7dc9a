import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests import ledger
from loadtests.ledger import Row


def _row(n: int = 0, at_s: float = 0.0, took_s: float = 0.01, **more: Any) -> Row:
    usual = {
        "n": n,
        "phase": "main",
        "name": "visit",
        "method": "GET",
        "path": "/x",
        "planned_s": 1000.0 + at_s,
        "sent_s": 1000.0 + at_s,
        "done_s": 1000.0 + at_s + took_s,
        "status": 302,
    }
    return Row(**{**usual, **more})


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.sampled_from([1, 25, 50, 55, 90, 99, 99.9]))
def test_a_percentile_is_the_smallest_value_that_enough_values_do_not_exceed(
    values: list[float], per_cent: float
) -> None:
    def enough(value: float) -> bool:
        return sum(other <= value for other in values) * 100 >= per_cent * len(values) - 1e-6

    assert ledger.percentile(values, per_cent) == min(filter(enough, values))


def test_nothing_measured_has_no_percentile() -> None:
    assert math.isnan(ledger.percentile([], 99))
    assert math.isnan(ledger.latency_ms([_row(status=500)], 99))
    assert math.isnan(ledger.share_good([]))


def test_latency_counts_from_when_a_request_was_due() -> None:
    late = _row(sent_s=1000.4, done_s=1000.5)
    assert late.latency_ms == pytest.approx(500)
    assert late.schedule_error_ms == pytest.approx(400)


def test_waiting_for_the_server_to_accept_is_not_the_generators_error() -> None:
    assert _row(sent_s=1000.401, connect_s=0.4).schedule_error_ms == pytest.approx(1)


def test_a_request_that_was_never_sent_is_as_late_as_it_was_given_up() -> None:
    assert _row(sent_s=None, done_s=1005.0, status=0).schedule_error_ms == pytest.approx(5000)


def test_offered_load_counts_plans_and_goodput_counts_good_answers_when_they_arrive() -> None:
    rows = [_row(0, 0.1), _row(1, 0.9, took_s=0.3), _row(2, 0.5, status=503), _row(3, 2.5)]
    assert ledger.offered_per_s(rows, 1000.0) == {0: 3, 2: 1}
    assert ledger.goodput_per_s(rows, 1000.0) == {0: 1, 1: 1, 2: 1}
    assert ledger.errors_per_s(rows, 1000.0) == {0: 1}
    assert ledger.share_good(rows) == 0.75


def test_a_redirect_to_elsewhere_is_not_good() -> None:
    assert not _row(error="location").good


@pytest.mark.parametrize(
    ("rows", "honest", "why"),
    [
        ([_row(n) for n in range(10)], True, ""),
        ([], False, "nothing was planned"),
        ([_row(n, sent_s=None, status=0) for n in range(10)], False, "only 0 of 10"),
        ([_row(n, sent_s=1000.2, done_s=1000.3) for n in range(10)], False, "200 ms late"),
    ],
)
def test_a_generator_that_sent_too_little_or_too_late_is_not_honest(
    rows: list[Row], honest: bool, why: str
) -> None:
    judged = ledger.honest(rows)
    assert judged.honest is honest
    assert why in judged.why


def _written(folder: Path, *entries: Any, torn: str = "") -> Path:
    path = folder / "requests.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries) + torn)
    return path


def _entry(n: int, **more: Any) -> dict[str, Any]:
    row = _row(n, **more)
    return {name: getattr(row, name) for name in Row.__slots__ if name != "headers"}


def test_a_ledger_is_read_in_the_order_of_the_plan_with_its_summary(tmp_path: Path) -> None:
    late, early = _entry(1, at_s=1.0), _entry(0, phase="warm")
    read = ledger.load(_written(tmp_path, late, early, {"summary": {"planned": 2}}))
    assert [row.n for row in read.rows] == [0, 1]
    assert read.summary == {"planned": 2}
    assert {name: len(rows) for name, rows in read.by_phase().items()} == {"warm": 1, "main": 1}
    assert list(read.by_name()) == ["visit"]


def test_a_ledger_of_a_newer_drive_can_still_be_read(tmp_path: Path) -> None:
    read = ledger.load(_written(tmp_path, {**_entry(0), "colour": "blue"}))
    assert len(read.rows) == 1


def test_a_line_that_is_still_being_written_is_read_when_it_is_whole(tmp_path: Path) -> None:
    whole = json.dumps(_entry(1))
    path = _written(tmp_path, _entry(0), torn=whole[:40])
    assert len(ledger.load(path).rows) == 1
    rows, offset = ledger.tail(path)
    assert [row.n for row in rows] == [0]
    with path.open("a") as more:
        more.write(whole[40:] + "\n" + json.dumps({"summary": {}}) + "\n")
    rows, offset = ledger.tail(path, offset)
    assert [row.n for row in rows] == [1]
    assert ledger.tail(path, offset) == ([], offset)
