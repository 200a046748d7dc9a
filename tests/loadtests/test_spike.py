"""`lab spike` from end to end, against a small server instead of the whole stack."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest
from bad_server import BadServer

pytestmark = pytest.mark.integration
CHECKOUT = Path(__file__).parents[2]


async def _lab(home: Path, *args: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *[sys.executable, "-B", "-m", "labs", *args],
        env={**os.environ, "LAB_HOME": str(home), "PYTHONPATH": str(CHECKOUT), "COLUMNS": "100"},
        cwd=home,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@pytest.fixture
def home(server: BadServer, tmp_path: Path) -> Path:
    (tmp_path / "ports.json").write_text(json.dumps({"edge": int(server.url.rpartition(":")[2])}))
    return tmp_path


async def test_a_spike_makes_its_own_link_and_deletes_it_again(
    server: BadServer, home: Path
) -> None:
    spike = await _lab(home, "spike", "--rps", "60", "--seconds", "2", "--json")
    out, said = await spike.communicate()
    assert spike.returncode == 0, said.decode()
    report = json.loads(out)
    assert report["planned"] == report["good"] == server.seen["GET /spike"]
    assert report["honest"]
    assert server.seen["POST /api/v1/links"] == 1
    assert server.seen["DELETE /api/v1/links/spike"] == 1


async def test_a_spike_shows_each_second_and_sums_up(server: BadServer, home: Path) -> None:
    args = ["--rps", "50", "--seconds", "2", "--shape", "steady", "--code", "x"]
    spike = await _lab(home, "spike", *args)
    out, said = await spike.communicate()
    assert spike.returncode == 0, said.decode()
    lines = out.decode().splitlines()
    assert sum("offered" in line and "p99" in line for line in lines) == 2
    assert "generator p99" in lines[-1]
    assert "honest" in lines[-1]
    assert not server.seen["POST /api/v1/links"]


async def test_ctrl_c_ends_a_spike_with_its_report_and_without_its_link(
    server: BadServer, home: Path
) -> None:
    spike = await _lab(home, "spike", "--rps", "60", "--seconds", "60", "--shape", "steady")
    while server.seen["GET /spike"] < 20 and spike.returncode is None:
        await asyncio.sleep(0.05)
    spike.send_signal(signal.SIGINT)
    out, said = await spike.communicate()
    assert spike.returncode == 0, said.decode()
    assert "ended early" in out.decode()
    assert server.seen["DELETE /api/v1/links/spike"] == 1


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--rps", "5000"], "more than 2000"),
        (["--seconds", "5000"], "900 s"),
        (["--shape", "spkie"], "There is no shape 'spkie'"),
    ],
)
async def test_a_spike_that_is_refused_is_one_sentence(
    home: Path, args: list[str], said: str
) -> None:
    spike = await _lab(home, "spike", "--code", "x", *args)
    _, error = await spike.communicate()
    assert spike.returncode == 2
    first, following = error.decode().splitlines()
    assert said in first
    assert following == "next: ./lab spike --help"


async def test_a_spike_without_a_stack_says_so(tmp_path: Path) -> None:
    spike = await _lab(tmp_path, "spike")
    _, error = await spike.communicate()
    assert spike.returncode == 2
    assert error.decode().splitlines() == ["lab: The stack is down.", "next: ./lab up"]
