"""docker-compose.yml as it stands, on a real engine, with stand-ins for what registries would give.

`./lab test --compose` runs this: it takes minutes the first time. Not run, because nothing can
stand in for them: Grafana and Jaeger (`standins/build.py` says why).
"""

import contextlib
import http.client
import json
import os
import re
import subprocess
import time

import pytest
from compose import engine
from compose.standins.standing import PROJECT, standing, started
from compose.standins.standing import call as compose
from panels_asked import unanswered_while_used

from stack.compose import ports

HEALTHY_WITHIN_S = 120  # the engine asks every half a minute
BACK_WITHIN_S = 60
REFUSED, SILENT = 7, 28  # curl's exit codes
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(3600),
    pytest.mark.skipif("LAB_TEST_COMPOSE" not in os.environ, reason="./lab test --compose runs it"),
]


def docker(*words):
    return subprocess.run(("docker", *words), capture_output=True, text=True, check=True).stdout


def left(kind):
    """What the engine still has of our project."""
    ours = f"label=com.docker.compose.project={PROJECT}"
    everything = ("--all",) if kind == "container" else ()
    return docker(kind, "ls", "--quiet", *everything, "--filter", ours).split()


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    with contextlib.ExitStack() as ending:
        try:
            published = ending.enter_context(standing(tmp_path_factory.mktemp("engine")))
        except engine.NoEngine as error:
            pytest.skip(f"docker compose was NOT run: {error}")
        yield published


def states():
    """The engine's word on each of our containers."""
    said = [json.loads(docker("inspect", name))[0] for name in left("container")]
    return {one["Name"]: one["State"] for one in said}


def test_all_are_up_and_healthy(stack):
    give_up_s = time.monotonic() + HEALTHY_WITHIN_S
    while True:
        now = states()
        health = {n: s.get("Health", {}).get("Status", "healthy") for n, s in now.items()}
        ill = [name for name, said in health.items() if said != "healthy"]
        if not ill or time.monotonic() > give_up_s:
            break
        time.sleep(1)
    ended = [n for n, s in now.items() if s["Status"] != "running" and s["ExitCode"] != 0]

    assert len(now) == len(started())
    assert (ended, ill) == ([], [])


def status_at(port):
    visit = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.closing(visit):
        visit.request("GET", "/nobody-made-this")
        with visit.getresponse() as answer:
            return answer.status


def test_the_edge_answers_on_this_machines_loopback_and_nowhere_else(stack):
    give_up_s = time.monotonic() + BACK_WITHIN_S
    while (status := status_at(stack["EDGE"])) == 503 and time.monotonic() < give_up_s:
        time.sleep(0.5)  # HAProxy has just read who is behind it, and looks at them first
    assert status == 404

    (pod,) = [name for name in left("container") if docker("port", name)]
    published = docker("port", pod).split("\n")
    assert [line for line in published if line and "-> 127.0.0.1:" not in line] == []


async def test_every_query_of_every_panel_has_an_answer_from_its_prometheus(stack):
    edge, prometheus = (f"http://127.0.0.1:{stack[name]}" for name in ("EDGE", "PROMETHEUS"))

    assert await unanswered_while_used(edge, prometheus, within_s=40.0) == []


def test_the_demo_shows_the_outage_and_the_repair(stack):
    code, said, wrong = compose("exec", "-T", "console", "lab", "demo", "--json")

    assert code == 0, said + wrong
    demo = json.loads(said)
    assert (demo["broken"]["verdict"], demo["repaired"]["verdict"]) == ("FAIL", "PASS")


def test_the_spans_of_that_run_came_through_the_collector(stack):
    count = (
        "from pathlib import Path;"
        "print(sum(f.stat().st_size for f in Path('/lab/runs').glob('*/spans.jsonl')))"
    )
    code, said, wrong = compose("exec", "-T", "console", "python3", "-c", count)

    assert code == 0, wrong
    assert int(said) > 0


def lab(*words):
    return compose("exec", "-T", "console", "lab", *words)


def answer_of(instance):
    """How a look at an instance ends: 0, or curl's word for why not."""
    url = f"http://127.0.0.1:{ports.fixed()[instance]}/livez"
    return compose("exec", "-T", "console", "curl", "-sf", "-m", "1", "-o", "/dev/null", url)[0]


def waited_for(wanted, instance):
    give_up_s = time.monotonic() + BACK_WITHIN_S
    while (code := answer_of(instance)) != wanted and time.monotonic() < give_up_s:
        time.sleep(0.5)
    return code


def pid_of(instance):
    found = json.loads(lab("status", "--json")[1])["components"]
    return next(part["pid"] for part in found if part["name"] == instance)


@pytest.mark.parametrize(("fault", "as_curl_says"), [("kill", REFUSED), ("pause", SILENT)])
def test_a_process_fault_goes_through_the_supervisor_and_is_lifted(stack, fault, as_curl_says):
    assert waited_for(0, "shortener-b") == 0

    code, said, wrong = lab("chaos", "add", fault, "shortener-b", "--for", "20", "--json")
    assert code == 0, said + wrong
    assert waited_for(as_curl_says, "shortener-b") == as_curl_says

    lifted = json.loads(said)["id"]
    assert lab("chaos", "remove", lifted)[0] == 0
    assert waited_for(0, "shortener-b") == 0


def test_a_restart_gives_the_service_another_process(stack):
    before = pid_of("shortener-b")

    code, said, wrong = lab("chaos", "add", "restart", "shortener-b", "--for", "5")

    assert code == 0, said + wrong
    assert waited_for(0, "shortener-b") == 0
    assert pid_of("shortener-b") != before


def test_haproxy_read_its_configuration_again_without_a_new_container(stack):
    asks = (
        "import socket; s = socket.socket(socket.AF_UNIX);"
        " s.connect('/lab/data/edge/master.sock'); s.sendall(b'show proc\\n');"
        " s.settimeout(5); print(s.recv(65536).decode())"
    )
    code, said, wrong = compose("exec", "-T", "console", "python3", "-c", asks)

    assert code == 0, wrong
    master = re.search(r"^\d+\s+master\s+(\d+)", said, re.MULTILINE)
    assert master, said
    assert int(master[1]) > 0


def test_down_leaves_nothing(stack):
    code, _, wrong = compose("down", "-v")

    assert code == 0, wrong
    assert {kind: left(kind) for kind in ("container", "volume", "network")} == {
        "container": [],
        "volume": [],
        "network": [],
    }
