"""clock_skew on a real uvicorn process under libfaketime."""

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from chaos.faults import BadFault, parse
from tests.chaos.faults.conftest import free_port, wait_until

APP = """
import sys, time, uvicorn

async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(time.time()).encode()})

uvicorn.run(app, port=int(sys.argv[1]), lifespan="off", log_level="error", loop="uvloop")
"""


def library() -> str:
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        pytest.skip("libfaketime is not installed")
    return str(found[0])


def answers(url: str) -> bool:
    try:
        return httpx2.get(url, trust_env=False).is_success
    except httpx2.HTTPError:
        return False


@pytest.fixture
def skewable(world, tmp_path):
    port, clock = free_port(), tmp_path / "service"
    clock.write_text("+0\n")
    environment = os.environ | {
        "LD_PRELOAD": library(),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DISABLE_SHM": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    child = subprocess.Popen((sys.executable, "-c", APP, str(port)), env=environment)
    world.processes.children["service"] = child
    world.processes.urls["service"] = f"http://127.0.0.1:{port}"
    world.processes.skewable.add("service")
    wait_until(lambda: answers(world.processes.urls["service"]), child)
    return world


async def until(fault, world, wanted: bool) -> float:
    """Return the seconds until the probe says what is wanted."""
    started_s = time.monotonic()
    while (await fault.probe(world, "clock_skew-1")).on is not wanted:
        assert time.monotonic() - started_s < 8, "the clock did not change"
    return time.monotonic() - started_s


@pytest.mark.integration
@pytest.mark.parametrize("offset_s", [3600, -120.5])
async def test_a_running_process_believes_in_another_time_and_then_in_ours(skewable, offset_s):
    fault = parse({"kind": "clock_skew", "process": "service", "offset_s": offset_s})
    url = skewable.processes.urls["service"]
    assert not (await fault.probe(skewable, "clock_skew-1")).on

    await fault.apply(skewable, "clock_skew-1")
    assert (await fault.probe(skewable, "clock_skew-1")).on, "apply returns when it is on"
    said_s = float(httpx2.get(url, trust_env=False).text)
    await fault.lift(skewable, "clock_skew-1")
    await until(fault, skewable, wanted=False)

    assert said_s - time.time() == pytest.approx(offset_s, abs=5)


@pytest.mark.integration
async def test_a_skew_too_small_to_see_in_a_date_is_proved_by_the_library(skewable):
    fault = parse({"kind": "clock_skew", "process": "service", "offset_s": 0.5})

    await fault.apply(skewable, "clock_skew-1")

    probe = await fault.probe(skewable, "clock_skew-1")
    assert (probe.on, probe.seen) == (True, "libfaketime is loaded in service")


async def test_a_process_without_the_library_cannot_be_skewed(world):
    fault = parse({"kind": "clock_skew", "process": "service", "offset_s": 30})

    with pytest.raises(BadFault, match="was not started with a clock that can be skewed"):
        await fault.apply(world, "clock_skew-1")
    await fault.lift(world, "clock_skew-1")
