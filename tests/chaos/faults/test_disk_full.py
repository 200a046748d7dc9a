"""A full disk, felt by a real process, and by nobody else."""

import subprocess
import sys

import pytest

from chaos.faults import parse
from chaos.trouble import BadFault

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of others are Linux's")
WRITER = """
import os, pathlib, sys
for line in sys.stdin:
    try:
        pathlib.Path(sys.argv[1]).write_bytes(b"x" * 4096)
        said = "written"
    except OSError as error:
        said = os.strerror(error.errno)
    print(said, flush=True)
"""


class Writer:
    """A process that writes a file whenever it is asked to."""

    def __init__(self, file):
        self.child = subprocess.Popen(
            (sys.executable, "-c", WRITER, str(file)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def write(self):
        self.child.stdin.write("now\n")
        self.child.stdin.flush()
        return self.child.stdout.readline().strip()


@pytest.fixture
def writers(world, tmp_path):
    both = {name: Writer(tmp_path / f"{name}.data") for name in ("one", "other")}
    world.processes.children |= {name: writer.child for name, writer in both.items()}
    yield both
    for writer in both.values():
        writer.child.stdout.close()


async def test_its_writes_fail_and_nobody_elses_and_afterwards_they_succeed(world, writers):
    fault = parse({"kind": "disk_full", "process": "one"})
    assert writers["one"].write() == "written"
    assert not (await fault.probe(world, "f-1")).on

    await fault.apply(world, "f-1")

    assert (await fault.probe(world, "f-1")).on
    assert writers["one"].write() == "File too large"
    assert writers["other"].write() == "written"
    await fault.lift(world, "f-1")
    await fault.lift(world, "f-1")
    assert not (await fault.probe(world, "f-1")).on
    assert writers["one"].write() == "written"


async def test_a_process_that_does_not_run_has_no_disk_to_fill(world):
    with pytest.raises(BadFault, match="one is not running"):
        await parse({"kind": "disk_full", "process": "one"}).apply(world, "f-1")


async def test_lifting_after_it_went_down_is_harmless(world, writers):
    fault = parse({"kind": "disk_full", "process": "one"})
    await fault.apply(world, "f-1")
    writers["one"].child.kill()
    writers["one"].child.wait()

    probe = await fault.probe(world, "f-1")
    await fault.lift(world, "f-1")

    assert (probe.on, probe.seen) == (True, "one went down of it")
