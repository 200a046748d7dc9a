import json
import math
import re

import pytest

from labs.knee import page, picture
from labs.knee.bound import LittleBound
from labs.knee.experiment import LONGEST_S, SHARES, WARM_S, Measured, staircase
from labs.knee.ground import CEILING_RPS, ROUND_TRIPS, Held, wire_ms
from labs.knee.steps import Point, knee
from labs.knee.usl import Usl, fit
from loadtests.plan import arrivals_of, plan_of


def _point(offered: float, goodput: float, in_flight: float) -> Point:
    return Point(offered, offered, goodput, offered - goodput, in_flight, 120, 300, 0.05, 2.0)


def _measured(*points: Point, law: Usl | None = None) -> Measured:
    bound = LittleBound(places=16, hold_s=0.11, alone_s=0.12)
    return Measured(points, bound, law, knee(points), 53, "abc", 50.0)


BENDS = (
    _point(25, 25, 3),
    _point(75, 75, 9),
    _point(120, 119, 16),
    _point(150, 130, 90),
    _point(190, 132, 250),
)
LAW = fit([p.in_flight for p in BENDS], [p.goodput_rps for p in BENDS])


def test_the_page_needs_nothing_from_elsewhere() -> None:
    measured = _measured(*BENDS, law=LAW)
    whole = page.html(measured, picture.svg(picture.draw(measured)))
    assert "<svg" in whole
    assert not re.findall(
        r"""(?:src|href)=["']?https?:""", whole.split("<body>")[1].split("<svg")[0]
    )
    assert not re.findall(r"<(?:script|link|img|iframe)\b", whole)
    assert whole.count("<tr>") == 1 + len(BENDS)


def test_the_sentences_name_the_knee_and_the_bound() -> None:
    said = " ".join(page.sentences(_measured(*BENDS, law=LAW)))
    assert "16 / 0.110 s = 145 a second" in said
    assert "up to 120 a second (the knee" in said
    assert "190 a second offered, 132 answered" in said


def test_where_nothing_bends_no_knee_is_claimed() -> None:
    measured = _measured(*BENDS[:3])
    assert "no knee was found" in " ".join(page.sentences(measured))
    answer = page.as_json(measured)
    assert answer["bends"] is False
    assert answer["knee_rps"] is None
    assert answer["usl"] is None


def test_the_json_has_no_infinity_or_nan() -> None:
    measured = _measured(*BENDS, law=Usl(8.0, 0.1, 0.0, 0.9))
    answer = page.as_json(measured)
    json.dumps(answer, allow_nan=False)
    assert answer["usl"]["peak_in_flight"] is None
    assert answer["knee_rps"] == 120


def test_the_staircase_is_a_plan_that_ends_in_time() -> None:
    stairs = staircase("http://127.0.0.1:8080", 16, 5.0)
    assert len(arrivals_of(plan_of(stairs.plan))) == len(stairs.due_s)
    assert [step.rps for step in stairs.steps] == sorted(step.rps for step in stairs.steps)
    assert stairs.steps[-1].rps > 1.2 * CEILING_RPS
    assert WARM_S + 5.0 * len(SHARES) + 30 < LONGEST_S


def test_the_generators_share_of_a_core_is_measured_per_step() -> None:
    stairs = staircase("http://127.0.0.1:8080", 16, 5.0)
    first, second = stairs.steps[:2]
    stairs.cpu = [(1000 + s, 0.1 * s if s < 7.5 else 0.75 + 0.8 * (s - 7.5)) for s in range(13)]
    assert stairs.cpu_share(first, 1000) == pytest.approx(0.1)
    assert stairs.cpu_share(second, 1000) == pytest.approx(0.8)


@pytest.mark.parametrize("places", [1, 16, 20, 400])
def test_the_wire_puts_the_ceiling_where_we_want_it(places: int) -> None:
    ceiling = places / (ROUND_TRIPS * wire_ms(places) / 1000)
    assert ceiling == pytest.approx(CEILING_RPS, rel=0.2)


def test_the_time_a_connection_is_held_is_taken_from_the_run_alone() -> None:
    assert Held(30.0, 300).mean_since_s(Held(10.0, 100)) == pytest.approx(0.1)
    assert math.isnan(Held(10.0, 100).mean_since_s(Held(10.0, 100)))
