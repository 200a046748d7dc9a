"""docker-compose.yml as it stands, on a real engine, with stand-ins for what registries would give.

`./lab test --compose` runs this: it takes minutes the first time. Not run, because nothing can
stand in for them: Grafana and Jaeger (`standins/build.py` says why).
"""

import http.client
import json
import os
import socket
import subprocess
from pathlib import Path

import pytest
from compose import compose_file, engine
from compose.standins import build

from stack.compose import host
from stack.home import CHECKOUT

PROJECT = "short-circuit-test"
PUBLISHED = ("EDGE", "PROMETHEUS", "GRAFANA", "JAEGER", "LOCUST")
EDGE_IN_THE_POD = 8080
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(3600),
    pytest.mark.skipif("LAB_TEST_COMPOSE" not in os.environ, reason="./lab test --compose runs it"),
]


def started():
    """The services that start without a profile and have an image here."""
    without = tuple(build.WITHOUT)
    return [
        name
        for name, service in compose_file.services().items()
        if not service.value("profiles") and not service.value("image").startswith(without)
    ]


def compose(*words):
    asked = [*host.command(), *words]
    environment = host.environment()
    done = subprocess.run(asked, cwd=CHECKOUT, env=environment, capture_output=True, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def docker(*words):
    return subprocess.run(("docker", *words), capture_output=True, text=True, check=True).stdout


def left(kind):
    """What the engine still has of our project."""
    ours = f"label=com.docker.compose.project={PROJECT}"
    everything = ("--all",) if kind == "container" else ()
    return docker(kind, "ls", "--quiet", *everything, "--filter", ours).split()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    engine.install()
    patch = pytest.MonkeyPatch()
    patch.setenv("COMPOSE_PROJECT_NAME", PROJECT)
    ports = {name: free_port() for name in PUBLISHED}
    for name, port in ports.items():
        patch.setenv(f"LAB_{name}_PORT", str(port))
    had_a_workspace = (CHECKOUT / "workspace").exists()
    with engine.running(tmp_path_factory.mktemp("engine")):
        build.build_all()
        build.build_ours()
        try:
            host.bring_up(host.command(), started())
            yield ports
        finally:
            compose("down", "-v", "--remove-orphans")
            if not had_a_workspace:
                Path(CHECKOUT / "workspace").rmdir()
            patch.undo()


def test_all_are_up_and_healthy(stack):
    said = [json.loads(docker("inspect", name))[0] for name in left("container")]
    states = {one["Name"]: one["State"] for one in said}
    ended = [n for n, s in states.items() if s["Status"] != "running" and s["ExitCode"] != 0]
    ill = [
        n for n, s in states.items() if s.get("Health", {}).get("Status", "healthy") != "healthy"
    ]

    assert len(states) == len(started())
    assert (ended, ill) == ([], [])


def test_the_edge_answers_on_this_machines_loopback_and_nowhere_else(stack):
    visit = http.client.HTTPConnection("127.0.0.1", stack["EDGE"], timeout=5)
    visit.request("GET", "/nobody-made-this")
    assert visit.getresponse().status == 404

    (pod,) = [name for name in left("container") if docker("port", name)]
    published = docker("port", pod).split("\n")
    assert [line for line in published if line and "-> 127.0.0.1:" not in line] == []


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


def test_down_leaves_nothing(stack):
    code, _, wrong = compose("down", "-v")

    assert code == 0, wrong
    assert {kind: left(kind) for kind in ("container", "volume", "network")} == {
        "container": [],
        "volume": [],
        "network": [],
    }
