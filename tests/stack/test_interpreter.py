"""What a service imports from outside is compiled once, not at each start."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from stack.interpreter import bytecode, fill_bytecode, python_env

CHECKOUT = Path(__file__).resolve().parents[2]
_NOT_COMPILED = """
import importlib.util, json, os, sys
from services.kit import server
import services.{service}.__main__
import uvicorn
uvicorn.Config("x:y", loop="uvloop", http="httptools", ws="none", lifespan="on")
import uvicorn.loops.uvloop, uvicorn.lifespan.on, uvicorn.protocols.http.httptools_impl
files = {{
    name: module.__file__
    for name, module in sys.modules.items()
    if (getattr(module, "__file__", None) or "").endswith(".py")
    and module.__spec__.origin != "frozen"  # compiled into the interpreter itself
}}
missing = [
    name
    for name, file in files.items()
    if "/services/" not in file and not os.path.exists(importlib.util.cache_from_source(file))
]
print(json.dumps({{"missing": missing, "imported": sorted(files)}}))
"""


def printed(home, *words):
    done = subprocess.run(
        [sys.executable, "-B", *words],
        env=python_env(home, CHECKOUT),
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    from stack.home import Home  # noqa: PLC0415 - reads the environment

    home = Home(tmp_path_factory.mktemp("home"))
    fill_bytecode(home)
    assert bytecode(home).is_dir()
    return home


@pytest.mark.parametrize("service", ["shortener", "relay", "analytics", "partner"])
def test_no_service_compiles_a_dependency_at_its_start(filled, service):
    told = printed(filled, "-c", _NOT_COMPILED.format(service=service))

    assert told["missing"] == []


def test_a_shortener_without_kafka_imports_nothing_it_does_not_need_to_be_ready(filled):
    told = printed(filled, "-c", _NOT_COMPILED.format(service="shortener"))

    heavy = {"rich", "pygments", "aiokafka", "wsproto", "google.protobuf", "requests"}
    assert heavy & set(told["imported"]) == set()
