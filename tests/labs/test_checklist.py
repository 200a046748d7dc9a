from dataclasses import replace

import pytest

from labs.engine.checklist import WIDTH, Before, best_of, lines
from labs.engine.model import Claim
from labs.engine.results import Result
from labs.engine.verdict import Outcome, Verdict

LOADS = Result(
    "loads",
    "an expiry of the link costs the database a handful of reads, whatever its popularity may be",
    51.0,
    "at most 14",
    "reads per expiry",
    ok=False,
    felt="51 people waited for the same row, each with a read of their own",
    traded="the database sees how popular a link is",
)
GUARD = Result("guard.links", "links resolve", 0.0, "0", "broken of 6", ok=True, samples=6)


def text(*claims, outcome=Outcome.FAIL, why="", last=None):
    verdict = Verdict("sample", "workspace", outcome, claims, why, "abc", "", 11.42)
    return "\n".join(line.text for line in lines(verdict, last or {}, "lab 07"))


def test_a_broken_claim_shows_measured_needed_last_time_and_what_was_felt():
    shown = text(LOADS, GUARD, last={"loads": Before(98.0, 98.0)})

    assert "  NO an expiry of the link costs" in shown
    assert "51 reads per expiry, needed at most 14, last time 98" in shown
    assert "51 people waited for the same row" in shown
    assert "Traded away: the database sees how popular a link is." in shown
    assert shown.endswith("FAIL  1 of 2 not held, 11.4 s")


def test_kept_promises_take_one_line_and_a_broken_one_is_told():
    broken = Result("guard.auth", "no token, no link", 2.0, "0", "broken of 6", ok=False, felt="x")

    assert "ok nothing that worked before stopped working (1 of 1 kept)" in text(GUARD)
    shown = text(GUARD, broken)
    assert "NO nothing that worked before stopped working (1 of 2 kept)" in shown
    assert "2 broken of 6, needed 0" in shown


def test_an_inconclusive_run_says_why_and_blames_nobody():
    shown = text(LOADS, outcome=Outcome.INCONCLUSIVE, why="This is not your code: asleep.")

    assert "INCONCLUSIVE  nothing is said about your code" in shown
    assert "This is not your code: asleep." in shown


def test_a_stretch_claim_is_marked_as_one():
    stretch = Result("p99", "fast, too", 9.0, "at most 3", "times", ok=False, stretch=True)

    assert "  NO* fast, too (stretch)" in text(stretch, outcome=Outcome.PASS)


def test_a_checklist_fits_eighty_columns():
    assert all(len(line) <= WIDTH for line in text(LOADS, GUARD).splitlines())


def test_the_best_so_far_is_shown_where_it_was_not_the_last():
    shown = text(LOADS, last={"loads": Before(98.0, 23.0)})

    assert "51 reads per expiry, needed at most 14, last time 98, best so far 23" in shown


def test_what_holds_is_not_held_against_the_best_of_code_that_was_worse_elsewhere():
    holds = replace(LOADS, measured=5.0, ok=True)

    assert "best so far" not in text(holds, last={"loads": Before(98.0, 2.0)})


@pytest.mark.parametrize(
    ("bound", "best"),
    [({"at_most": 14}, 2), ({"at_least": 5}, 30), ({"equals": 9}, 11), ({"between": (3, 4)}, 2)],
)
def test_best_is_what_comes_closest_to_the_bound(bound, best):
    claim = Claim(id="x", says="it holds", measure="m", **bound)

    assert best_of(claim, [30, 2, 11]) == best
    assert best_of(claim, []) is None
