import pytest

from labs.bench.overload import TIMES_CAPACITY, Answer, plan_of
from labs.bench.shed import Round
from labs.knee.ground import CEILING_RPS, hand_out, visits
from loadtests import plan as load_plan

EDGE = "http://127.0.0.1:8000"


def _round(goodput_rps):
    return Round(
        peak_rps=100.0,
        offered_rps=300.0,
        goodput_rps=goodput_rps,
        answer_p99_ms=600.0,
        refused=1000,
        refusal_p50_ms=2.0,
        refusal_p99_ms=9.0,
        refusal_of_an_answer=0.2,
        without_retry_after=0,
        other_failures=0,
        late=1,
        cached_good=1.0,
        cached_p99_ms=3.0,
        well_after=1.0,
        memory_mib=120.0,
        generator_cpu_share=0.1,
        schedule_error_p99_ms=1.0,
    )


def test_every_round_has_its_own_peak_overload_and_aftermath_one_after_the_other():
    plan, spans = plan_of(EDGE, 3)

    assert len(spans) == 3
    ends_s = [span.start_s + span.duration_s for steps in spans for span in steps.values()]
    starts_s = [span.start_s for steps in spans for span in steps.values()]
    assert starts_s[1:] == ends_s[:-1]
    by_name = {phase["name"]: phase for phase in plan["phases"]}
    overload = by_name[spans[1]["overload"].name]
    assert overload["shape"]["rps"] == TIMES_CAPACITY * CEILING_RPS


def test_every_visit_but_the_cached_ones_goes_to_a_link_of_its_own():
    plan, _ = plan_of(EDGE, 2)
    wanted = visits(plan)
    hand_out(plan, [f"c{number}" for number in range(wanted.total())])

    codes = [c for phase in plan["phases"][:-1] for c in phase["args"]["codes"]]
    assert len(codes) == len(set(codes)) == wanted.total()
    assert plan["phases"][-1]["args"]["codes"] == ["bench"]


def test_the_generator_accepts_the_longest_of_them():
    plan, _ = plan_of(EDGE, 40)
    assert load_plan.plan_of(plan).phases


def test_the_ratio_is_the_median_of_the_rounds():
    told = Answer([_round(70.0), _round(90.0), _round(95.0)], 150.0, 3.0).as_dict()

    assert told["ratio"] == pytest.approx(0.9)
    assert told["ratio_spread"] == {"min": 0.7, "median": 0.9, "max": 0.95}
    assert (told["rounds"], told["other_failures"]) == (3, 0)
