"""The verbs as a person types them, without a stack: each test has a LAB_HOME of its own."""

import json
import os
import subprocess
import sys
import time

import pytest

from labs.engine.alone import alone_on
from labs.engine.catalogue import CHECKOUT, find
from labs.engine.progress import note_attempt
from labs.engine.session import Session
from stack.home import Home

LAB = find("07").lab


@pytest.fixture
def lab(tmp_path):
    """Run `lab` with these words and return what it printed and how it ended."""
    environment = {
        "PATH": os.environ["PATH"],
        "LAB_HOME": str(tmp_path / "home"),
        "PYTHONPATH": str(CHECKOUT),
        "COLUMNS": "80",
    }

    def run(*words, code=0, stdin=""):
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", "labs", *words],
            env=environment,
            cwd=tmp_path,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    run.workspace = tmp_path / "home" / "workspace"
    return run


@pytest.fixture
def begun(lab):
    lab("start", "07", "--no-up")
    return lab


def edit(lab, text="# mine\n"):
    path = lab.workspace / "services" / "shortener" / "problems.py"
    path.write_text(path.read_text() + text)
    return path


def test_alone_it_says_where_you_are_and_the_one_command_to_type_next(lab):
    said = lab()

    assert "No lab is in hand." in said
    assert said.splitlines()[-1].startswith("next: ./lab start ")
    assert json.loads(lab("--json"))["next"].startswith("./lab start ")


def test_an_unsolved_lab_is_listed_without_its_name(lab):
    assert LAB.slug not in lab("list")
    assert LAB.slug in lab("list", "--spoil")
    assert json.loads(lab("list", "--json"))[0]["slug"] is None


def test_start_lays_out_the_project_and_shows_the_page(lab):
    said = lab("start", "7", "--no-up")

    assert LAB.title in said
    assert LAB.slug not in said.replace(str(lab.workspace), "")
    assert (lab.workspace / "services" / "shortener").is_dir()
    assert "in hand" in lab()


def test_a_start_beside_another_start_or_run_is_refused_and_changes_nothing(lab):
    with alone_on(Home(lab.workspace.parent)):
        said = lab("start", "7", "--no-up", code=2)

    assert "is under way on this stack" in said
    assert not lab.workspace.exists()


@pytest.mark.parametrize(
    ("words", "told", "following"),
    [
        (("start", "stampeed"), "the nearest is stampede", "./lab start 07"),
        (("start",), "Which lab?", "./lab start 01"),
        (("brake",), "the nearest is break", "./lab break"),
        (("zzzz",), "There is no verb", "./lab --help"),
        (("list", "--nosuch"), "No such option", "./lab list --help"),
        (("--nosuch",), "No such option", "./lab --help"),
        (("start", "99"), "There is no lab '99'", "./lab list"),
        (("check",), "No lab is in hand", "./lab start 01"),
        (("diff",), "no lab is in hand", "./lab list"),
        (("page",), "No lab is in hand", "./lab start 01"),
        (("verify",), "Which lab?", "./lab verify"),
        (
            ("verify", "stampede", "--variant", "right/nothing"),
            "No variant",
            "./lab verify stampede --variant reference",
        ),
        (("new", "Hot Row"), "is no slug", "./lab new"),
    ],
)
def test_bad_input_is_one_sentence_and_the_next_command(lab, words, told, following):
    said = lab(*words, code=2)

    assert told in said
    assert f"next: {following}" in said


def test_starting_over_unsaved_work_asks_and_with_yes_keeps_a_copy(begun):
    edit(begun)

    said = begun("start", "07", "--no-up", code=2)
    assert "has work that is not part of" in said
    assert "# mine" in edit(begun, "").read_text()

    said = begun("start", "07", "--no-up", "--yes")
    assert "is kept in" in said
    kept = list((begun.workspace.parent / "backups").rglob("problems.py"))
    assert any(path.read_text().endswith("# mine\n") for path in kept)


def test_the_diff_shows_what_was_changed_and_reset_takes_it_back(begun):
    assert "Nothing is changed" in begun("diff")
    edit(begun)
    assert "+# mine" in begun("diff")
    assert json.loads(begun("diff", "--json"))["files"] == ["services/shortener/problems.py"]

    begun("reset", code=2)
    begun("reset", "services/shortener/problems.py")
    assert "Nothing is changed" in begun("diff")


def test_a_prediction_is_offered_until_it_is_made(begun):
    assert begun().splitlines()[-1] == "next: ./lab predict"
    assert "--best NUMBER --low NUMBER" in begun("predict", code=2)  # no terminal here

    said = begun("predict", "--best", "60", "--low", "40", "--high", "100")
    assert "Noted: 60 people (between 40 and 100)." in said
    assert "Noted: 70 people, in place of 60." in begun("predict", "--best", "70")

    assert begun().splitlines()[-1] == "next: ./lab break"


def test_hints_come_one_at_a_time_and_stay_readable(begun):
    assert "Hint 1 of 4: where to look" in begun("hint")
    assert "Hint 2 of 4" in begun("hint")
    said = begun("hint", "--again")
    assert "Hint 1 of 4" in said
    assert "Hint 3 of 4" not in said
    begun("hint")
    assert "is the repair itself" in begun("hint", code=2)
    assert json.loads(begun("hint", "--json"))["left"] == 1


def test_a_damaged_progress_file_is_told_and_kept(begun):
    progress = begun.workspace.parent / "progress.json"
    progress.write_text("{")

    said = begun("list")

    assert "was damaged; it is kept as" in said
    assert list(progress.parent.glob("progress.json.damaged-*"))


def test_a_folder_that_may_not_be_written_is_one_sentence(lab, tmp_path):
    (tmp_path / "home").write_text("a file where the folder should be")

    said = lab("start", "07", "--no-up", code=2)

    assert said.count("\n") == 2
    assert "next: " in said


def test_an_outage_that_was_held_counts_as_seen_until_the_lab_is_begun_again(begun, tmp_path):
    now = Session(Home(tmp_path / "home"))
    folder = find("07")
    assert not now.place().broken

    now.change_lab(folder, lambda done: setattr(done, "held_at", time.time()))
    assert now.place().broken
    assert now.place().looked

    begun("start", "07", "--no-up")
    assert not now.place().broken


def test_a_stack_that_is_down_is_said_where_somebody_asks_what_it_did(lab, tmp_path):
    home = Home(tmp_path / "home").make()
    assert "nothing has written a log yet" in lab("logs", code=2)
    home.log("redis").write_text("ready\n")

    assert "The stack is down: this was said before it went" in lab("logs", "redis")
    assert "The stack is down" in lab("trace", "--live", code=2)


def test_a_repair_that_passed_is_kept_beside_its_run_and_stands_in_nobodys_way(begun, tmp_path):
    now = Session(Home(tmp_path / "home"))
    edit(begun)
    assert "has work that is not part of lab 01" in begun("start", "01", "--no-up", code=2)

    run = now.home.runs / "passed"
    run.mkdir(parents=True)
    (run / "repair.diff").write_text(now.workspace.diff())
    verdict = {"verdict": "PASS", "why": "", "claims": []}
    now.file.change(lambda p: note_attempt(p, LAB.slug, "check", verdict, run.name))
    path = edit(begun, "# more\n")
    begun("start", "01", "--no-up", code=2)  # that much did not pass

    path.write_text(path.read_text().removesuffix("# more\n"))
    assert "copy" in begun("start", "01", "--no-up")  # one is kept all the same
