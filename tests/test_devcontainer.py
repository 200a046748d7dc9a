"""The zero-install door leads to this project: its Python, and verbs that exist."""

import json
import re
import tomllib
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
DOOR = CHECKOUT / ".devcontainer" / "devcontainer.json"


def door():
    """Read it; its comments stand on lines of their own."""
    lines = DOOR.read_text().splitlines()
    return json.loads("\n".join(line for line in lines if not line.lstrip().startswith("//")))


def test_it_opens_with_the_oldest_python_that_we_support():
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    oldest = project["requires-python"].removeprefix(">=")

    assert re.fullmatch(r"python:[\d.]+-bookworm", door()["image"])
    assert door()["image"].startswith(f"python:{oldest}-")


def test_it_runs_the_launcher_with_verbs_that_exist():
    commands = [door()[key].split() for key in ("onCreateCommand", "postAttachCommand")]

    assert [command[0] for command in commands] == ["./lab", "./lab"]
    assert commands[0][1:] == ["setup", "--yes"]
    assert "setup" in (CHECKOUT / "labs" / "commands" / "stack.py").read_text()
