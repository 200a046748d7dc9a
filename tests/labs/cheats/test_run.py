"""Running cheats: each once, kept on disk, and taken up again as long as nothing changed."""

from dataclasses import replace
from typing import ClassVar

import pytest

from labs.cheats import run
from labs.cheats.run import Kept, chosen, run_all
from labs.cheats.suite import Cheat
from labs.cheats.table import Caught
from labs.engine.catalogue import LabError
from labs.engine.results import Result
from labs.engine.verdict import Outcome, Verdict

CHEATS = tuple(Cheat(name, name, lambda _root, _folder: None) for name in ("first", "second"))


class FakeExperiment:
    """Stands for a run on a stack: rejected at once."""

    made: ClassVar[list] = []
    outcome = Outcome.FAIL

    def __init__(self, home, folder, root, variant):
        self.home, self.variant = home, variant

    def run(self):
        self.made.append(self.variant)
        result = Result("x", "x holds", 1.0, "0", "", ok=False, traded="x was given up")
        return Verdict("sample", self.variant, self.outcome, (result,), "x", "", "", 1.0), (
            self.home.runs
        )


@pytest.fixture(autouse=True)
def _without_a_stack(monkeypatch):
    monkeypatch.setattr(FakeExperiment, "made", [])
    monkeypatch.setattr(run, "Experiment", FakeExperiment)
    monkeypatch.setattr(run, "lay_cheat", lambda _folder, _cheat, root: root)


def rows(home, folder, *, resume):
    kept = Kept(home, folder, resume=resume)
    return [row for _, row in run_all(home, folder, CHEATS, kept)]


def test_every_cheat_runs_once_and_the_row_says_what_was_given_up(home, folder):
    found = rows(home, folder, resume=False)

    assert FakeExperiment.made == ["cheat/first", "cheat/second"]
    assert [(row.verdict, row.sentence) for row in found] == [("FAIL", "x was given up")] * 2


def test_what_ran_before_it_was_ended_does_not_run_again(home, folder):
    kept = Kept(home, folder, resume=False)
    next(iter(run_all(home, folder, CHEATS, kept)))

    found = rows(home, folder, resume=True)

    assert FakeExperiment.made == ["cheat/first", "cheat/second"]
    assert [row.cheat for row in found] == ["first", "second"]


def test_rows_of_another_lab_are_not_taken_up(home, folder, monkeypatch):
    rows(home, folder, resume=False)
    monkeypatch.setattr(run, "content", lambda _folder: "changed")

    rows(home, folder, resume=True)

    assert len(FakeExperiment.made) == 4


def test_what_nobody_could_judge_is_run_twice_and_tried_again_later(home, folder, monkeypatch):
    monkeypatch.setattr(FakeExperiment, "outcome", Outcome.INCONCLUSIVE)

    found = rows(home, folder, resume=False)

    assert FakeExperiment.made == ["cheat/first"] * 2 + ["cheat/second"] * 2
    assert [row.verdict for row in found] == ["INCONCLUSIVE"] * 2
    assert Kept(home, folder, resume=True).rows == []


def test_a_cheat_that_there_is_not_is_answered_with_those_there_are(folder):
    with pytest.raises(LabError, match="has no cheat 'bribe'"):
        chosen(folder, ["bribe"])

    assert [cheat.name for cheat in chosen(folder, ["no_auth"])] == ["no_auth"]


def test_a_row_survives_the_disk(home, folder):
    row = Caught("first", "first", "FAIL", ("x", "y"), "given up", 1.0, "run", "why")
    Kept(home, folder, resume=False).add(row)

    assert Kept(home, folder, resume=True).rows == [replace(row)]
