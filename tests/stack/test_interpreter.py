"""What a service imports from outside is compiled once, not at each start."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from stack.interpreter import bytecode, fill_bytecode, python_env

CHECKOUT = Path(__file__).resolve().parents[2]
_STARTED = """
import importlib.util, json, os, signal, socket, sys, threading, time
import services.{service}.__main__ as started

def until_it_listens():
    for _ in range(200):
        time.sleep(0.05)
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", int(sys.argv[1]))) == 0:
                break
    files.update(
        (name, module.__file__)
        for name, module in list(sys.modules.items())
        if (getattr(module, "__file__", None) or "").endswith(".py")
        and module.__spec__ is not None
        and module.__spec__.origin != "frozen"  # compiled into the interpreter itself
    )
    os.kill(os.getpid(), signal.SIGTERM)

files = {{}}
threading.Thread(target=until_it_listens).start()
started.main()
missing = [
    name
    for name, file in files.items()
    if "/services/" not in file and not os.path.exists(importlib.util.cache_from_source(file))
]
print(json.dumps({{"missing": sorted(missing), "imported": sorted(files)}}))
"""
# Nobody listens at port 9: a service starts all the same, and says at /readyz what it lacks.
_NOBODY = {
    "shortener": {
        "POSTGRES_DSN": "postgresql://nobody@127.0.0.1:9/nothing",
        "REDIS_URL": "redis://127.0.0.1:9",
        "PARTNER_URL": "http://127.0.0.1:9",
        "PUBLIC_BASE_URL": "http://127.0.0.1:9",
        "JWT_SECRET": "a secret of more than thirty-two bytes",
    },
    "relay": {"POSTGRES_DSN": "postgresql://nobody@127.0.0.1:9/nothing"},
    "analytics": {"POSTGRES_DSN": "postgresql://nobody@127.0.0.1:9/nothing"},
    "partner": {},
}


def started(home, service):
    """What a service had imported when it began to listen, and what of it was not compiled."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    given = {"INSTANCE": f"{service}-a", "PORT": port} | _NOBODY[service]
    done = subprocess.run(
        [sys.executable, "-B", "-c", _STARTED.format(service=service), port],
        env=python_env(home, CHECKOUT)
        | {f"{service.upper()}_{key}": value for key, value in given.items()},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    from stack.home import Home  # noqa: PLC0415 - reads the environment

    home = Home(tmp_path_factory.mktemp("home"))
    fill_bytecode(home)
    assert bytecode(home).is_dir()
    return home


@pytest.mark.parametrize("service", ["shortener", "relay", "analytics", "partner"])
def test_no_service_compiles_a_dependency_at_its_start(filled, service):
    told = started(filled, service)

    assert told["missing"] == []


def test_a_shortener_without_kafka_imports_nothing_it_does_not_need_to_be_ready(filled):
    told = started(filled, "shortener")

    heavy = {"rich", "pygments", "aiokafka", "wsproto", "google.protobuf", "requests"}
    assert heavy & set(told["imported"]) == set()
