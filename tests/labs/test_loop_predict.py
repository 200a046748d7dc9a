import pytest
from loop_samples import Lab, begun
from run_samples import write_run

from labs.commands.lab_runs import say_guesses
from labs.engine.progress import Guess
from labs.engine.session import Session
from labs.engine.verdict import Outcome, Verdict


@pytest.fixture
def lab(tmp_path):
    started = Lab(tmp_path)
    started.quick("start", "07", "--no-up")
    return started


def test_before_the_outage_and_before_the_first_check_another_number_is_asked(tmp_path, lab):
    first = lab.quick("predict", typed="60\n")
    second = begun(tmp_path / "later").quick("predict", typed="1 2 6\n")

    assert "How many people wait" in first
    assert "After your repair" in second
    assert "next: ./lab break" in first


def test_three_numbers_are_a_range_around_a_best_guess_in_any_order(lab):
    lab.quick("predict", typed="100 40 60\n")

    guess = lab.stampede.guesses["crowd"]
    assert (guess.low, guess.best, guess.high) == (40, 60, 100)


@pytest.mark.parametrize("slip", ["sixty", "60 70", "nan", "-3", "1 2 3 4", "inf"])
def test_a_slip_of_the_finger_is_asked_again_and_not_taken_for_a_skip(lab, slip):
    told = lab.quick("predict", typed=f"{slip}\n60\n")

    assert "One number, or three" in told
    assert lab.stampede.guesses["crowd"].best == 60


def test_enter_skips_and_a_skipped_one_may_still_be_made(lab):
    assert "Skipped." in lab.quick("predict", typed="\n")
    lab.quick("predict", "--best", "60")

    assert lab.stampede.guesses["crowd"].best == 60


def test_a_guess_may_be_changed_until_it_is_measured_and_enter_keeps_it(lab):
    lab.quick("predict", "--best", "60")
    assert "So far you said 60; Enter keeps it." in lab.quick("predict", typed="\n")
    assert lab.stampede.guesses["crowd"].best == 60

    lab.quick("predict", "--best", "80")
    assert lab.stampede.guesses["crowd"].best == 80

    lab.change(lambda done: done.guesses.update(crowd=Guess(best=80, measured=87)))
    assert "nothing to predict now" in lab.quick("predict", "--best", "87")
    assert lab.stampede.guesses["crowd"].best == 80


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--best", "60", "--low", "70", "--high", "80"), "lies between"),
        (("--best", "60", "--low", "40"), "two ends"),
        (("--low", "40", "--high", "80"), "goes with a best guess"),
        (("--best", "nan"), "a number from 0 up"),
        (("--best", "-1"), "a number from 0 up"),
    ],
)
def test_a_guess_that_cannot_be_scored_is_refused(lab, words, said):
    assert said in lab.quick("predict", *words, code=2)
    assert lab.stampede.guesses == {}


def test_a_prediction_is_told_after_the_run_that_measured_it_and_never_again(lab, capsys):
    lab.quick("predict", "--best", "60")
    now = Session(lab.home)
    folder = now.folder()
    verdict = Verdict("stampede", "workspace", Outcome.FAIL, (), "", "code", "", 9.0)
    for run_id in ("20261129-200000-07-workspace", "20261129-200100-07-workspace"):
        run = lab.home.runs / run_id
        write_run(run, repaired=False, rps=100)
        now.note(folder, "break", verdict, run)
        say_guesses(now, folder, run)

    assert capsys.readouterr().out.count("You said 60; it was") == 1
