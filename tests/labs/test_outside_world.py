import json
import os
import subprocess
import sys
import textwrap
import threading
import time

import psutil
import pytest

from labs.engine import generator
from labs.engine.canary import Canary
from labs.engine.catalogue import CHECKOUT
from labs.engine.generator import Generator, LoadFailed
from labs.engine.processor import Meter, service_pids


def test_a_canary_on_an_idle_machine_notices_nothing():
    canary = Canary()
    for _ in range(100):
        canary.woke(0.0102, 0.0102)

    assert canary.report()["late_share"] == 0
    assert canary.report()["worst_s"] < 0.001


def test_a_canary_that_is_not_woken_notices_for_how_long():
    canary = Canary()
    for slept_s in (0.01, 1.51, 0.01):
        canary.woke(slept_s, slept_s)

    assert canary.report()["worst_s"] == 1.5
    assert canary.report()["late_share"] > 0.9
    assert canary.report()["suspended_s"] == 0


def test_a_closed_lid_is_told_from_a_busy_machine():
    canary = Canary()
    canary.woke(0.01, 40.0)

    assert canary.report()["suspended_s"] == pytest.approx(39.99)
    assert canary.report()["worst_s"] == 0


def test_the_canary_reports_when_its_stdin_is_closed():
    done = subprocess.run(
        [sys.executable, "-m", "labs.engine.canary"],
        cwd=CHECKOUT,
        input=b"",
        capture_output=True,
        timeout=20,
        check=True,
    )

    assert json.loads(done.stdout)["late_share"] == 0


def burn(seconds):
    deadline = time.process_time() + seconds
    while time.process_time() < deadline:
        pass


def test_a_service_that_burns_is_seen_and_what_it_used_before_does_not_count():
    burn(0.2)
    meter = Meter()
    meter.look([os.getpid()])
    began_s = psutil.cpu_times()
    burn(0.3)
    meter.look([os.getpid(), 2**22 + 7])
    all_s = sum(psutil.cpu_times()) - sum(began_s)

    assert meter.report()["services_share"] == pytest.approx(0.3 / all_s, rel=0.5)


def test_what_the_lab_itself_uses_is_not_somebody_elses():
    meter = Meter()
    burn(0.5)
    report = meter.report()

    assert report["ours_share"] > 0.05
    assert report["ours_share"] + report["others_share"] <= 1.1


def test_the_partner_is_a_third_party_and_never_the_learners():
    names = ("shortener-a", "partner", "postgres", "relay")
    components = [{"name": name, "pid": n + 1} for n, name in enumerate(names)]

    assert service_pids(components) == [1, 4]


@pytest.fixture
def drive(tmp_path, monkeypatch):
    """Write a load generator of a few lines and let the child import it."""

    def write(body):
        text = "import json, sys, time\ndef main(argv):\n" + textwrap.indent(body, "    ")
        (tmp_path / "fake_drive.py").write_text(text)
        monkeypatch.setattr(generator, "CHECKOUT", f"{tmp_path}:{CHECKOUT}")
        real = subprocess.Popen
        monkeypatch.setattr(
            generator.subprocess,
            "Popen",
            lambda *a, **k: real(*a, **{**k, "cwd": str(CHECKOUT)}),
        )

    return write


def test_the_plan_is_handed_over_after_the_imports_and_t0_comes_back(drive, home, tmp_path):
    drive("print(json.dumps({'t0': 12.5, 'plan': argv[0]}), flush=True)\nreturn 0\n")
    child = Generator(home, tmp_path / "log", module="fake_drive")

    assert child.send(tmp_path / "plan.json", tmp_path / "out") == 12.5
    assert child.wait(5)
    child.stop()


def test_a_plan_that_is_refused_is_a_sentence(drive, home, tmp_path):
    drive("print('load: no such user', file=sys.stderr)\nreturn 2\n")
    child = Generator(home, tmp_path / "log", module="fake_drive")

    with pytest.raises(LoadFailed, match="load: no such user"):
        child.send(tmp_path / "plan.json", tmp_path / "out")
    child.stop()


def test_a_generator_that_hangs_is_ended_when_the_run_is_cancelled(drive, home, tmp_path):
    drive("time.sleep(60)\n")
    child = Generator(home, tmp_path / "log", module="fake_drive")
    cancelled = threading.Event()
    cancelled.set()

    with pytest.raises(LoadFailed):
        child.send(tmp_path / "plan.json", tmp_path / "out", cancelled)
    assert not child.running


def test_the_load_ends_when_whoever_started_it_is_killed(tmp_path):
    (tmp_path / "fake_drive.py").write_text("import time\ndef main(argv):\n    time.sleep(60)\n")
    parent = (
        "import os, pathlib, sys\n"
        "from labs.engine import generator\n"
        "from stack.home import Home\n"
        f"generator.CHECKOUT = '{tmp_path}:{CHECKOUT}'\n"
        "real = generator.subprocess.Popen\n"
        f"generator.subprocess.Popen = lambda *a, **k: real(*a, **{{**k, 'cwd': '{CHECKOUT}'}})\n"
        f"home = pathlib.Path('{tmp_path}')\n"
        "child = generator.Generator(Home(home / 'home'), home / 'log', module='fake_drive')\n"
        'child._process.stdin.write(b\'["plan", "out"]\\n\')\n'
        "child._process.stdin.flush()\n"
        "print(child._process.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", parent], cwd=CHECKOUT, capture_output=True, timeout=30, check=False
    )
    pid = int(done.stdout)

    deadline = time.monotonic() + 10
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie":
        assert time.monotonic() < deadline, "the load generator is an orphan"
        time.sleep(0.05)


def test_a_stranger_that_burns_is_named():
    meter = Meter()
    code = "import time\nwhile time.process_time() < 0.6: pass\ntime.sleep(30)"
    # A grandchild of nobody: the lab's own children are not strangers.
    stranger = subprocess.run(
        ["sh", "-c", '"$0" -c "$1" >/dev/null 2>&1 & echo $!', sys.executable, code],
        capture_output=True,
        text=True,
        check=True,
    )
    pid = int(stranger.stdout)
    try:
        deadline = time.monotonic() + 20
        while sum(psutil.Process(pid).cpu_times()[:2]) < 0.5 and time.monotonic() < deadline:
            time.sleep(0.05)
        named = dict(meter.report()["others"])
        assert named.get(psutil.Process(pid).name(), 0.0) > 0
    finally:
        os.kill(pid, 9)
