"""The rules, tried by promtool on made-up series: which alert fires when, and when it ends."""

import subprocess
from pathlib import Path

import pytest

from stack import system

RULES = Path(__file__).resolve().parents[2] / "dashboards" / "rules"
pytestmark = pytest.mark.integration


def promtool(*words):
    tool = system.find("promtool")
    assert tool, "promtool comes with Prometheus: ./lab setup"
    return subprocess.run([tool, *words], cwd=RULES, capture_output=True, text=True, check=False)


def test_prometheus_accepts_the_rules():
    checked = promtool("check", "rules", "objectives.yml", "alerts.yml")

    assert checked.returncode == 0, checked.stderr


def test_the_alerts_fire_when_they_should_and_end_when_they_should():
    tested = promtool("test", "rules", "alerts.test.yml")

    assert tested.returncode == 0, tested.stdout + tested.stderr
