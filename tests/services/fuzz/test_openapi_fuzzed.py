"""Schemathesis over the shortener's OpenAPI: a process, real PostgreSQL and Redis, logged in."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from fuzzed import bearer, new_session

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1200)]
CONFIG = Path(__file__).with_name("schemathesis.toml")
TOOL = Path(sys.executable).with_name("schemathesis")
# `./lab test --fuzz` asks for the five thousand cases of docs/reliability.md.
EXAMPLES = os.environ.get("LAB_FUZZ_EXAMPLES", "20")
LEAST_CASES = int(os.environ.get("LAB_FUZZ_CASES", "500"))
SEED = os.environ.get("LAB_FUZZ_SEED", "8")


def test_no_case_gets_a_5xx_or_an_answer_that_is_not_declared(http, tmp_path):
    authorization = bearer(new_session(http, "fuzz@example.com"))["authorization"]
    run = subprocess.run(
        [
            TOOL, "--config-file", CONFIG, "run", f"{http.base_url}/openapi.json",
            "--checks", "all", "--exclude-checks", ",".join(switched_off()),
            "--phases", "examples,coverage,fuzzing,stateful", "--mode", "all",
            "--header", f"Authorization: {authorization}",
            "--max-examples", EXAMPLES, "--seed", SEED, "--continue-on-failure", "--no-color",
        ],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip

    print(run.stdout[-3000:])
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2000:]
    assert cases_in(run.stdout) >= LEAST_CASES


def switched_off():
    """The checks that the file switches off: `--checks all` would switch them on again."""
    checks = tomllib.loads(CONFIG.read_text())["checks"]
    return [name for name, check in checks.items() if check.get("enabled") is False]


def cases_in(report: str) -> int:
    found = re.search(r"([\d,]+) generated", report)
    return int(found[1].replace(",", "")) if found else 0


def test_one_check_is_off_no_route_is_left_out_and_no_5xx_is_forgiven():
    config = tomllib.loads(CONFIG.read_text())

    assert set(config) == {"generation", "checks"}
    widened = {"positive_data_acceptance", "negative_data_rejection"}
    assert set(config["checks"]) == widened | {"ensure_resource_availability"}
    for check in (config["checks"][name] for name in widened):
        assert set(check) == {"expected-statuses"}
        assert not any(status.startswith("5") for status in check["expected-statuses"])
