"""`lab test` and `lab lint`: the same verbs for a person and for CI."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from stack.trouble import Trouble

CHECKOUT = Path(__file__).resolve().parents[2]
TEST_LOCK = CHECKOUT / "locks" / "test.lock"
FUZZ = {"LAB_FUZZ_EXAMPLES": "350", "LAB_FUZZ_CASES": "5000"}  # docs/reliability.md has a run
ROOMS = ("services", "loadtests", "chaos", "stack", "labs", "dashboards", "tests")


def register(app: typer.Typer) -> None:
    """Add `test` and `lint`."""
    app.command(
        "test",
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )(run_tests)
    app.command("lint")(lint)


def run_tests(
    context: typer.Context,
    fast: Annotated[
        bool, typer.Option("--fast", help="Only what needs no servers (about a minute).")
    ] = False,
    compose: Annotated[
        bool,
        typer.Option("--compose", help="Only docker-compose.yml, run on a real engine (minutes)."),
    ] = False,
    fuzz: Annotated[
        bool,
        typer.Option("--fuzz", help="Only the fuzzing of the API, 5,000 cases and more (minutes)."),
    ] = False,
) -> None:
    """Run the tests; what else you type goes to pytest (`./lab test tests/chaos -k latency`)."""
    install_test_tools()
    chosen = ["-m", "not integration and not e2e"] if fast else []
    if compose:
        os.environ["LAB_TEST_COMPOSE"] = "1"
        chosen = ["tests/compose"]
    if fuzz:
        os.environ |= FUZZ
        chosen = ["tests/services/fuzz"]
    raise typer.Exit(_run([sys.executable, "-m", "pytest", *chosen, *context.args]))


def lint() -> None:
    """Check style and types (reads only; `ruff format` is the verb that writes)."""
    install_test_tools()
    rooms = [room for room in ROOMS if (CHECKOUT / room).is_dir()]
    verdicts = [
        _run([sys.executable, "-m", "ruff", "check", *rooms]),
        _run([sys.executable, "-m", "ruff", "format", "--check", *rooms]),
        _run([sys.executable, "-m", "mypy", *(room for room in rooms if room != "tests")]),
    ]
    raise typer.Exit(max(verdicts))


def install_test_tools() -> None:
    """Bring the environment to locks/test.lock; nothing happens when it is there already."""
    stamp = Path(sys.prefix) / "test.lock"
    if stamp.exists() and stamp.read_bytes() == TEST_LOCK.read_bytes():
        return
    print("Installing the test tools (once) ...", flush=True)
    wanted = ["--require-hashes", "-r", str(TEST_LOCK)]
    code = _run([sys.executable, "-m", "pip", "install", "--quiet", "--no-input", *wanted])
    if code != 0:
        raise Trouble("The test tools could not be installed (pip says why above).", "./lab test")
    stamp.write_bytes(TEST_LOCK.read_bytes())


def _run(argv: list[str]) -> int:
    """Run from the checkout the way a learner's Python would: bytecode rules are the default."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(argv, cwd=CHECKOUT, env=environment, check=False).returncode  # noqa: S603
