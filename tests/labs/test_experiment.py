"""One stack, and a small lab run on it: healthy, broken in several ways, ended early."""

import threading
import time
from pathlib import Path

import pytest
from lab_samples import write_lab

from labs.engine.audience import Audience, Cancelled
from labs.engine.catalogue import LabFolder
from labs.engine.experiment import Experiment
from labs.engine.recorded import RecordedRun
from labs.engine.rerun import run_until_sure
from labs.engine.tree import lay_reference
from labs.engine.verdict import Outcome
from stack.home import Home
from stack.warden.client import Warden

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(180),
    # The warden is started detached and outlives its starter: nobody waits for that child.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

MINI = """
format = 1
number = 7
slug = "mini"
title = "A small lab"
module = "caching"
level = 1
minutes = 10
needs = ["postgres", "redis", "edge"]
recover_s = 0.2

[[seed.link]]
code = "launch"
url = "https://example.com/launch"

[[load]]
name = "visits"
start_s = 0.2
duration_s = 1.5
shape = { kind = "steady", rps = 40 }
user = "visitor"
args = { codes = ["launch"] }

[[fault]]
name = "distance"
at_s = 0.0
for_s = 1.6
[fault.spec]
kind = "toxic"
proxy = "shortener-*.postgres"
toxic = { type = "latency", stream = "downstream", attributes = { latency = 30, jitter = 0 } }

[[action]]
name = "count"
do = "sql"
at_s = 0.5
args = { sql = "SELECT count(*) FROM links WHERE code = 'launch'" }

[[claim]]
id = "served"
says = "every visit is answered"
measure = "failed_requests"
of = { phase = "visits" }
equals = 0
min_samples = 40
felt = "{measured} visitors got an error"

[[claim]]
id = "right"
says = "every visit leads where the link points"
measure = "wrong_locations"
equals = 0
min_samples = 40

[[claim]]
id = "reads"
says = "somebody read the link"
measure = "statement_calls"
of = { statement = "from links" }
at_least = 1

[[claim]]
id = "seeded"
says = "the link is there once"
measure = "action_value"
of = { action = "count" }
equals = 1
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("home")).make()
    yield home
    Warden(home).down()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return LabFolder(write_lab(tmp_path_factory.mktemp("catalogue"), MINI, slug="mini"))


@pytest.fixture
def tree(home, request) -> Path:
    root = home.path / "variants" / request.node.name
    lay_reference(root)
    return root


def failed(verdict):
    return [result.id for result in verdict.broken]


def test_a_healthy_tree_passes_and_leaves_everything_in_its_run(home, folder, tree):
    stages = []
    experiment = Experiment(home, folder, tree, audience=Audience(stage=stages.append))
    verdict, run = run_until_sure(experiment, print)

    if verdict.verdict is Outcome.INCONCLUSIVE:
        pytest.skip(verdict.why)
    assert verdict.verdict is Outcome.PASS, verdict.why
    assert stages[0] == "starting the services"
    names = {path.name for path in run.iterdir()}
    assert {"plan.json", "requests.jsonl", "events.jsonl", "samples.jsonl", "verdict.json"} <= names
    assert RecordedRun(run).faults[0].name == "distance"
    assert Warden(home).status()["faults"] == []


def test_a_syntax_error_is_a_fail_that_names_file_and_line_and_the_stack_lives(home, folder, tree):
    broken = tree / "services" / "shortener" / "app.py"
    broken.write_text(broken.read_text() + "\ndef oops(:\n")

    verdict, _ = Experiment(home, folder, tree).run()

    assert failed(verdict) == ["starts"]
    assert "services/shortener/app.py:" in verdict.why
    states = {c["name"]: c["state"] for c in Warden(home).status()["components"]}
    assert states["postgres"] == "ready"


def test_a_deleted_file_is_a_fail_and_never_the_reference(home, folder, tree):
    (tree / "services" / "shortener" / "app.py").unlink()

    verdict, _ = Experiment(home, folder, tree).run()

    assert failed(verdict) == ["starts"]


def test_a_tree_that_was_saved_during_the_run_is_void(home, folder, tree):
    """The services report what they run; the run is compared with the tree it was meant for."""
    experiment = Experiment(home, folder, tree)
    file = tree / "services" / "shortener" / "__init__.py"
    experiment.audience.stage = lambda words: (
        file.write_text("# saved\n") if words == "starting the services" else None
    )

    verdict, _ = experiment.run()

    assert verdict.verdict is Outcome.INCONCLUSIVE
    assert "saved meanwhile" in verdict.why


def test_a_cancelled_run_leaves_no_fault_and_no_load(home, folder, tree):
    cancel = threading.Event()
    experiment = Experiment(home, folder, tree, cancel=cancel)
    experiment.audience.tick = lambda _run, now_s: cancel.set() if now_s > 0.4 else False
    began = time.monotonic()

    with pytest.raises(Cancelled):
        experiment.run()

    assert time.monotonic() - began < 30
    assert Warden(home).status()["faults"] == []


def test_ctrl_c_leaves_no_fault_and_no_load(home, folder, tree):
    experiment = Experiment(home, folder, tree)

    def interrupt(_run, now_s):
        if now_s > 0.4:
            raise KeyboardInterrupt
        return False

    experiment.audience.tick = interrupt
    with pytest.raises(KeyboardInterrupt):
        experiment.run()

    assert Warden(home).status()["faults"] == []
