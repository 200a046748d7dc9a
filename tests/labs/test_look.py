import json
import os
import re
import time

import pytest
import typer
from run_samples import write_run
from typer.testing import CliRunner

from labs.commands import look
from stack.trouble import Trouble

runner = CliRunner()


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    write_run(home / "runs" / "20261120-before", repaired=False, rps=60)
    write_run(home / "runs" / "20261120-repaired", repaired=True, rps=60)
    hour_ago = time.time() - 3600
    os.utime(home / "runs" / "20261120-before" / "plan.json", (hour_ago, hour_ago))
    return home


@pytest.fixture
def lab(home, monkeypatch):
    monkeypatch.setenv("LAB_HOME", str(home))
    app = typer.Typer()
    app.callback()(lambda: None)
    look.register(app)

    def run(*words):
        result = runner.invoke(app, ["trace", *words], env={"COLUMNS": "80", "NO_COLOR": "1"})
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.output

    return run


def test_the_slowest_of_the_last_run_are_listed_with_the_next_command(lab):
    said = lab("--count", "3")

    assert "run 20261120-repaired" in said
    took = [float(ms) for ms in re.findall(r"^ +([\d.]+) ", said, re.MULTILINE)]
    assert took == sorted(took, reverse=True)
    assert len(took) == 3
    assert re.search(r"next: \./lab trace [0-9a-f]{8}\n", said)


def test_the_list_says_what_was_answered_and_which_phases_there_are(lab):
    said = lab("--count", "3")
    listed = json.loads(lab("--count", "3", "--json"))["traces"]

    assert {one["status"] for one in listed} <= {302, 503}
    assert re.search(r"^ +[\d.]+ +(302|503) ", said, re.MULTILINE)
    assert "--phase shows one of: launch" in said


def test_every_line_fits_eighty_columns(lab):
    said = lab("--compare", "20261120-before", "20261120-repaired") + lab("--count", "3")

    assert max(map(len, said.splitlines())) <= 80


def test_one_trace_is_drawn_from_its_first_letters_also_out_of_an_older_run(lab):
    slowest = json.loads(lab("--run", "20261120-before", "--json"))["traces"][0]

    said = lab(slowest["trace_id"][-8:])

    assert said.startswith("Of run 20261120-before:")
    assert slowest["trace_id"] in said
    assert "postgres SELECT links" in said
    assert "SELECT id, url, expires_at, version FROM links" in said


def test_a_comparison_takes_the_same_route_and_says_which_is_faster(lab):
    said = lab("--compare", "20261120-before", "20261120-repaired")

    assert said.index("BEFORE: the slowest GET /{code}") < said.index("AFTER: the slowest")
    assert re.search(r"after is [\d.]+ times faster", said)


def test_json_is_one_document_with_self_times_and_the_critical_path(lab):
    both = json.loads(lab("--compare", "20261120-before", "20261120-repaired", "--json"))

    root = both["before"]["tree"][0]
    assert root["critical"]
    assert root["took_ms"] == pytest.approx(both["before"]["took_ms"])
    assert {"self_ms", "at_ms", "depth", "attributes"} <= root.keys()


@pytest.mark.parametrize(
    "words",
    [("ffffffffffff",), ("--run", "nothing"), ("--route", "/nowhere"), ("--run", "20261120-")],
)
def test_what_is_not_there_is_one_sentence_and_the_next_command(lab, words):
    with pytest.raises(Trouble) as trouble:
        lab(*words)

    assert trouble.value.try_next.startswith("./lab ")


def test_the_warm_up_is_left_out_unless_every_phase_is_asked_for(home, lab):
    run = write_run(home / "runs" / "20261119-05-workspace", repaired=False, rps=60)
    for name in ("plan.json", "requests.jsonl"):
        told = (run / name).read_text()
        (run / name).write_text(told.replace('"newsletter"', '"warm-up"'))
    asked = ("--run", "20261119-05", "--json")

    usual, every = json.loads(lab(*asked)), json.loads(lab(*asked, "--phase", "all"))
    warm_up = json.loads(lab(*asked, "--phase", "warm-up"))

    assert "its warm-up left out (--phase all: every phase)" in usual["source"]
    assert usual["of"] + warm_up["of"] == every["of"]
    assert warm_up["of"] > 0


def test_of_a_run_that_was_held_the_main_phase_is_listed_and_others_on_request(home, lab):
    write_run(home / "runs" / "20261119-07-workspace-hold", repaired=False, rps=60)
    old = time.time() - 7200
    os.utime(home / "runs" / "20261119-07-workspace-hold" / "plan.json", (old, old))
    run = ("--run", "20261119-07", "--json")

    main, every = json.loads(lab(*run)), json.loads(lab(*run, "--phase", "all"))
    other = json.loads(lab(*run, "--phase", "newsletter"))

    assert main["source"].startswith("phase launch of run 20261119-07-workspace-hold")
    assert main["of"] + other["of"] == every["of"]
    with pytest.raises(Trouble, match="launch, newsletter"):
        lab(*run, "--phase", "lunch")
