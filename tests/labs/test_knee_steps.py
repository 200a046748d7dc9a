import pytest

from labs.knee.steps import Point, Step, bent, knee, point_of
from loadtests.ledger import Row

T0 = 1_000.0
STEP = Step("s1", 10.0, 5.0, 50.0)


def _row(planned_s: float, took_s: float, status: int = 302, late_s: float = 0.0) -> Row:
    at_s = T0 + planned_s
    return Row(0, "s1", "visit", "GET", "/x", at_s, at_s + late_s, at_s + took_s, status)


def _steady(rps: int, took_s: float, status: int = 302) -> list[Row]:
    return [_row(number / rps, took_s, status) for number in range(30 * rps)]


def _point(offered: float, goodput: float, cpu: float = 0.1, late_ms: float = 1.0) -> Point:
    return Point(offered, offered, goodput, 0.0, 1.0, 10.0, 20.0, cpu, late_ms)


def test_a_step_is_measured_between_its_settling_and_its_end() -> None:
    point = point_of(STEP, _steady(50, 0.2), T0, 0.1)
    assert point.offered_rps == pytest.approx(50)
    assert point.goodput_rps == pytest.approx(50)
    assert point.failed_rps == 0
    assert point.p99_ms == pytest.approx(200)


def test_in_flight_is_what_littles_law_says() -> None:
    point = point_of(STEP, _steady(50, 0.2), T0, 0.1)
    assert point.in_flight == pytest.approx(50 * 0.2, rel=0.01)


def test_a_request_that_is_open_through_the_whole_step_counts_as_one_in_flight() -> None:
    point = point_of(STEP, [_row(2.0, 100.0)], T0, 0.1)
    assert point.in_flight == pytest.approx(1.0)
    assert point.offered_rps == point.goodput_rps == 0


def test_failures_are_not_goodput() -> None:
    point = point_of(STEP, _steady(50, 0.2, status=503), T0, 0.1)
    assert (point.goodput_rps, point.failed_rps) == (0, pytest.approx(50))
    assert not point.keeps_up


def test_what_is_still_open_was_offered_too() -> None:
    due_s = [number / 50 for number in range(30 * 50)]
    point = point_of(STEP, [], T0, 0.1, due_s)
    assert (point.offered_rps, point.goodput_rps) == (pytest.approx(50), 0)


def test_goodput_has_bent_when_two_steps_in_a_row_do_not_keep_up() -> None:
    up, not_up = _point(100, 99), _point(150, 120)
    assert not bent([])
    assert not bent([not_up])
    assert not bent([up, not_up])
    assert not bent([not_up, up, not_up])
    assert bent([up, not_up, not_up])


def test_the_knee_is_the_last_step_that_kept_up() -> None:
    points = [_point(50, 50), _point(100, 99), _point(150, 120), _point(160, 159)]
    assert knee(points) == points[1]
    assert knee(points[:2]) == points[1]
    assert knee([_point(150, 120)]) is None


def test_a_point_of_a_busy_or_late_generator_is_not_trusted() -> None:
    assert _point(50, 50).trusted
    assert not _point(50, 50, cpu=0.71).trusted
    assert not _point(50, 50, late_ms=51).trusted
