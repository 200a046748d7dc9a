"""A learner's words survive a kill in mid-write, an upgrade, a full disk, two terminals at once."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from loop_samples import Lab, begun, solved

from labs.engine.catalogue import CHECKOUT
from labs.engine.progress_file import ProgressFile
from stack.home import Home

WRITES_FOR_EVER = """
import sys
from pathlib import Path
from labs.engine.progress_file import ProgressFile
from stack.home import Home

file = ProgressFile(Home(Path(sys.argv[1])))
for number in range(10**6):
    file.change(lambda whole: whole.lab("stampede").write("broke", f"line {number}", number))
    print(number, flush=True)
"""
WRITES_ON_A_FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from labs.engine.progress_file import ProgressFile
from stack.home import Home
from stack.trouble import Trouble

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
file = ProgressFile(Home(Path(sys.argv[1])))
try:
    file.change(lambda whole: whole.lab("stampede").write("costs", "x" * 4000, 1.0))
except Trouble as trouble:
    print(trouble.said)
"""
WRITES_WITHOUT_MEMORY = """
import resource, sys
from pathlib import Path
from labs.engine.progress_file import ProgressFile
from stack.home import Home

file = ProgressFile(Home(Path(sys.argv[1])))
file.change(lambda whole: whole.lab("stampede").write("broke", "kept", 1.0))
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 40_000_000,) * 2)
print("begun", flush=True)
file.change(lambda whole: whole.lab("stampede").write("costs", "x" * 30_000_000, 1.0))
print("written")
"""
# A file as the first version wrote it: nothing of drill, on-call, design or diagnoses in it yet.
FIRST_VERSION = {
    "format": 1,
    "in_hand": "stampede",
    "labs": {
        "stampede": {
            "started_at": 1.0,
            "hints": [1],
            "guesses": {"crowd": {"best": 60.0, "at": 1.0}},
            "attempts": [{"at": 2.0, "kind": "break", "verdict": "FAIL", "run": "gone"}],
        }
    },
}


def python(code, home):
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT)}
    words = [sys.executable, "-c", code, str(home.path)]
    return subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("after", [1, 7, 23])
def test_a_writer_that_is_killed_loses_no_line_that_it_had_reported(tmp_path, after):
    home = Home(tmp_path)
    with python(WRITES_FOR_EVER, home) as writer:
        reported = [int(writer.stdout.readline()) for _ in range(after)][-1]
        time.sleep(after / 2000)
        writer.send_signal(signal.SIGKILL)
        reported = max([reported, *map(int, writer.stdout.read().split())])

    told = []
    lines = ProgressFile(home, told.append).read().lab("stampede").lines["broke"]

    assert told == []
    assert [line.text for line in lines][: reported + 1] == [
        f"line {number}" for number in range(reported + 1)
    ]
    ProgressFile(home).change(lambda whole: setattr(whole, "in_hand", "after"))
    assert ProgressFile(home).read().in_hand == "after"


def test_on_a_full_disk_a_line_is_refused_aloud_and_all_others_stay(tmp_path):
    home = Home(tmp_path)
    file = ProgressFile(home)
    file.change(lambda whole: whole.lab("stampede").write("broke", "kept", 1.0))

    said = python(WRITES_ON_A_FULL_DISK, home).communicate(timeout=60)[0]

    assert "cannot be written" in said
    assert file.read().lab("stampede").line("broke") == "kept"
    assert file.read().lab("stampede").line("costs") == ""


def test_a_writer_that_runs_out_of_memory_leaves_what_was_written(tmp_path):
    home = Home(tmp_path)

    said = python(WRITES_WITHOUT_MEMORY, home).communicate(timeout=60)[0]

    assert said == "begun\n"  # it died in the middle: an error or an abort, whichever came first
    assert ProgressFile(home).read().lab("stampede").line("broke") == "kept"
    assert ProgressFile(home).read().lab("stampede").line("costs") == ""


def test_a_file_of_the_first_version_is_gone_on_with_and_loses_nothing(tmp_path):
    lab = Lab(tmp_path)
    lab.home.path.mkdir(parents=True)
    lab.file.path.write_text(json.dumps(FIRST_VERSION))

    lab.quick("design", "--step", "api", "--said", "POST /links")
    lab.quick("skip", "03")

    now = json.loads(lab.file.path.read_text())
    before = FIRST_VERSION["labs"]["stampede"]
    assert now["labs"]["stampede"]["hints"] == before["hints"]
    assert now["labs"]["stampede"]["guesses"]["crowd"]["best"] == 60.0
    assert now["labs"]["stampede"]["attempts"][0]["run"] == "gone"
    assert now["design"][0]["lines"] == {"api": ["POST /links"]}


def test_a_reset_and_a_new_start_leave_every_word_where_it_was(tmp_path, monkeypatch):
    lab = solved(tmp_path)
    lab.quick("debrief", "--broke", "all at once")
    lab.quick("design", "--step", "data", "--said", "one row per link")
    kept = lab.progress.model_dump()

    monkeypatch.setenv("LAB_YES", "1")
    lab.quick("start", "07", "--no-up")
    lab.quick("reset")

    now = lab.progress.model_dump()
    assert now["design"] == kept["design"]
    assert now["labs"]["stampede"]["lines"] == kept["labs"]["stampede"]["lines"]
    assert now["labs"]["stampede"]["attempts"] == kept["labs"]["stampede"]["attempts"]


def test_two_terminals_that_write_at_once_both_keep_their_lines(tmp_path):
    lab = begun(tmp_path)
    environment = {"PATH": os.environ["PATH"], "LAB_HOME": str(lab.home.path)}
    environment["PYTHONPATH"] = str(CHECKOUT)
    words = [sys.executable, "-m", "labs", "design", "--step", "api", "--said"]
    both = [
        subprocess.Popen([*words, line], env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL)
        for line in ("from the left", "from the right")
    ]

    assert [one.wait(100) for one in both] == [0, 0]
    (played,) = lab.progress.design
    assert sorted(played.lines["api"]) == ["from the left", "from the right"]
