from typing import ClassVar

import pytest

from labs.engine import verify_run
from labs.engine.verify import Row
from labs.engine.verify_run import Chapter, Table, Verification
from stack.trouble import Trouble

VARIANTS = ("reference", "bug")


class FakeRun:
    """Stands for a run on a stack: at once, and the same every time."""

    made: ClassVar[list] = []

    def __init__(self, home, folder, variant, whole, stop, turn, aside):
        self.home, self.variant, self.stop = home, variant, stop

    def row(self, number):
        if self.variant == "broken":
            raise Trouble("The stack is gone.", "./lab up")
        self.made.append((self.home.path.name, self.variant, number))
        verdict = "FAIL" if self.variant == "bug" else "PASS"
        return Row(self.variant, number, verdict, (), 1.0)


@pytest.fixture(autouse=True)
def _without_a_stack(monkeypatch):
    monkeypatch.setattr(FakeRun, "made", [])
    monkeypatch.setattr(verify_run, "VariantRun", FakeRun)


def chapter(home, folder, variants=VARIANTS, *, resume=False):
    return Chapter(folder, variants, Table.of(home, folder, resume=resume))


def test_every_variant_runs_as_often_as_was_asked(home, folder):
    one = chapter(home, folder)

    Verification(home, [one], runs=2).run()

    assert [(row.variant, row.number) for row in one.rows(2)] == one.wanted(2)
    assert one.missing(2) == []


def test_what_was_made_before_it_was_ended_is_not_made_again(home, folder):
    Verification(home, [chapter(home, folder)], runs=1).run()
    FakeRun.made.clear()

    again = chapter(home, folder, resume=True)
    Verification(home, [again], runs=2).run()

    assert [(variant, number) for _, variant, number in FakeRun.made] == [
        ("reference", 2),
        ("bug", 2),
    ]


def test_two_stacks_share_the_work_of_all_labs_and_the_second_goes_down_once(
    home, folder, monkeypatch
):
    down = []
    monkeypatch.setattr(verify_run.Warden, "down", lambda self: down.append(self.home.path.name))
    chapters = [chapter(home, folder), chapter(home, folder)]

    Verification(home, chapters, runs=5, jobs=2).run()

    assert len(FakeRun.made) == 20
    assert down == ["2"]


def test_an_error_ends_everything_is_raised_and_leaves_the_rows(home, folder):
    one = chapter(home, folder, ("reference", "broken", "bug"))

    with pytest.raises(Trouble, match="The stack is gone"):
        Verification(home, [one], runs=1).run()

    assert [row.variant for row in chapter(home, folder, resume=True).table.rows] == ["reference"]


def test_a_second_stack_fetches_nothing_that_the_first_one_has(home, folder, monkeypatch):
    monkeypatch.setattr(verify_run.Warden, "down", lambda _self: None)
    jar = home.path / "cache" / "kafka" / "4.1.1" / "clients.jar"
    jar.parent.mkdir(parents=True)
    jar.write_text("as fetched")

    for _ in range(2):  # what is there already is left alone
        Verification(home, [chapter(home, folder)], runs=1, jobs=2).run()

    second = home.path / "jobs" / "2" / "cache" / "kafka" / "4.1.1" / "clients.jar"
    assert second.samefile(jar)
