"""The shortener as a process over real servers, with its limits out of the way, and its callers."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from redis_server import free_port

ROOT = Path(__file__).parents[3]
WIDE = "1000000"
PASSWORD = "correct horse"
SETTINGS = {
    "INSTANCE": "shortener-a", "DRAIN_NOTICE_S": "0",
    "PUBLIC_BASE_URL": "http://sho.rt", "JWT_SECRET": "a secret of at least thirty-two bytes",
    # Cheap hashes and limits that nobody reaches: the tests about those set their own.
    "PASSWORD_TIME_COST": "1", "PASSWORD_MEMORY_KIB": "64", "PASSWORD_PARALLELISM": "1",
    "ACCESS_TOKEN_S": "86400", "LINK_QUOTA": WIDE,
    "API_PER_MINUTE": WIDE, "API_BURST": WIDE, "LOGIN_PER_MINUTE": WIDE, "LOGIN_BURST": WIDE,
    "ADDRESS_PER_MINUTE": WIDE, "ADDRESS_BURST": WIDE,
    "LIMITER_TIMEOUT_S": "2", "REDIS_TIMEOUT_S": "2", "TRACE_RATIO": "0",
}  # fmt: skip


@contextlib.contextmanager
def shortener_process(dsn: str, redis_url: str) -> Iterator[httpx2.Client]:
    """Its output goes nowhere: a pipe that nobody empties would stop it in the end."""
    port = free_port()
    given = SETTINGS | {"POSTGRES_DSN": dsn, "REDIS_URL": redis_url, "PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, "-B", "-m", "services.shortener"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
        | {f"SHORTENER_{name}": value for name, value in given.items()},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
            _wait_for(http, process)
            yield http
    finally:
        process.kill()
        process.wait()


def _wait_for(http: httpx2.Client, process: subprocess.Popen) -> None:
    deadline_s = time.monotonic() + 30
    while time.monotonic() < deadline_s and process.poll() is None:
        with contextlib.suppress(httpx2.TransportError):
            if http.get("/readyz").status_code == 200:
                return
        time.sleep(0.05)
    raise AssertionError(f"the shortener did not become ready (exit code {process.poll()})")


def new_session(http: httpx2.Client, email: str) -> dict[str, str]:
    """The tokens of a new account."""
    who = {"email": email, "password": PASSWORD}
    made = http.post("/api/v1/auth/register", json=who)
    assert made.status_code == 201, made.text
    return log_in(http, email)


def log_in(http: httpx2.Client, email: str) -> dict[str, str]:
    answer = http.post("/api/v1/auth/login", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return answer.json()


def bearer(tokens: dict[str, str]) -> dict[str, str]:
    return {"authorization": f"Bearer {tokens['access_token']}"}


def in_any_order(
    machine: type[RuleBasedStateMachine], http: httpx2.Client, *, examples: int, steps: int
) -> None:
    """Do what a model's rules allow, in many orders, and hold the API to the model."""
    run_state_machine_as_test(
        type("Machine", (machine,), {"http": http}),
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=True,
            database=None, suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
