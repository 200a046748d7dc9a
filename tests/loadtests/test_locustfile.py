"""Locust patches the whole process, so it always runs in one of its own here."""

import asyncio
import re
import socket
import sys
from pathlib import Path

import pytest
from bad_server import BadServer

pytestmark = pytest.mark.integration
LOCUSTFILE = Path(__file__).parents[2] / "loadtests" / "locustfile.py"


async def _locust(*args: str, cwd: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *[sys.executable, "-B", "-m", "locust", "-f", str(LOCUSTFILE), "--only-summary", *args],
        cwd=cwd,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


def _burst(url: str) -> list[str]:
    curve = ["--shape", "burst", "--rps", "100", "--seconds", "2"]
    return ["--headless", "--host", url, "--code", "x", *curve]


async def _said(process: asyncio.subprocess.Process) -> str:
    out, _ = await process.communicate()
    return out.decode()


async def test_one_locust_carries_the_whole_curve(server: BadServer, tmp_path: Path) -> None:
    process = await _locust(*_burst(server.url), cwd=tmp_path)
    said = await _said(process)
    assert process.returncode == 0, said
    assert server.seen == {"GET /x": 100}
    assert re.search(r"GET\s+visit\s+100\s+0\(0.00%\)", said)


async def test_two_workers_share_the_curve_and_carry_it_once(
    server: BadServer, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    here = ["--master-bind-host", "127.0.0.1", "--master-bind-port", port]
    master = await _locust(
        *_burst(server.url), "--master", "--expect-workers", "2", *here, cwd=tmp_path
    )
    there = ["--worker", "--master-host", "127.0.0.1", "--master-port", port]
    workers = [await _locust(*there, cwd=tmp_path) for _ in range(2)]
    said = await _said(master)
    for worker in workers:
        await _said(worker)
    assert master.returncode == 0, said
    assert server.seen == {"GET /x": 100}


async def test_a_load_that_is_refused_is_a_sentence_and_exit_code_2(tmp_path: Path) -> None:
    process = await _locust(*_burst("http://example.com:80"), cwd=tmp_path)
    said = await _said(process)
    assert process.returncode == 2, said
    assert "load: load goes to http://127.0.0.1:PORT and nowhere else" in said
