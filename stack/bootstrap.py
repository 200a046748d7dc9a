"""First use: say what will be installed, ask, and install it. Safe to run again.

`./lab` runs this with the system's Python when there is no environment yet, or when the locked
packages changed; `./lab setup` runs it by hand. Standard library only.
"""

import contextlib
import os
import sys
import time

from stack import system
from stack.home import CHECKOUT, Home
from stack.installing.apt import Apt
from stack.installing.plan import Plan
from stack.installing.progress import Progress
from stack.installing.venv import Environment
from stack.trouble import Trouble

OLDEST_PYTHON = (3, 11)


def main() -> None:
    """Install what is missing; exit 2 with one sentence when that cannot be."""
    yes = "--yes" in sys.argv or bool(os.environ.get("LAB_YES"))
    # The command that is about to run owns stdout: its one JSON document stands there alone.
    talk = sys.stderr if "--json" in sys.argv else sys.stdout
    try:
        with contextlib.redirect_stdout(talk):
            install(Home.find(), yes=yes, kafka="--kafka" in sys.argv)
    except Trouble as trouble:
        print(f"lab: {trouble.said}\nnext: {trouble.try_next}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("\nlab: stopped; what is installed already is kept.\nnext: ./lab", file=sys.stderr)
        sys.exit(2)


def install(home: Home, *, yes: bool, kafka: bool = False) -> None:
    """Bring this machine to where the lab runs."""
    if sys.version_info < OLDEST_PYTHON:
        have = ".".join(map(str, sys.version_info[:3]))
        raise Trouble(
            f"Python 3.11 or newer is needed; this is {have}.", "LAB_PYTHON=python3.12 ./lab"
        )
    home.make()
    wanted = system.PROGRAMS + (system.KAFKA_PROGRAMS if kafka else ())
    plan = Plan(system.missing(wanted), Environment(home, CHECKOUT / "locks" / "run.lock"))
    if plan.is_empty:
        return
    print(plan.text(), flush=True)
    plan.check_disk(home.path)
    if not plan.can_install:
        if any(program.required for program in plan.programs) or plan.needs_ensurepip:
            raise Trouble("These packages have to be installed by you.", plan.command())
    elif not yes and sys.stdin.isatty() and not _agreed():
        raise Trouble("Nothing was installed.", "./lab --yes")
    started_s = time.monotonic()
    with Progress() as progress:
        _work(plan, progress, home)
    print(f"Installed in {time.monotonic() - started_s:.0f} s.", flush=True)


def _work(plan: Plan, progress: Progress, home: Home) -> None:
    """Fetch packages for the system and for Python side by side: nobody likes to wait twice."""
    apt = Apt(home, progress.line("system"))
    packages = [program.package for program in plan.programs]
    if plan.needs_ensurepip and plan.can_install:
        apt.install(["python3-venv"])
    jobs = []
    if packages and plan.can_install:
        jobs.append(progress.in_background(lambda: apt.install(packages)))
    if plan.environment.needed:
        python = progress.line("python")
        jobs.append(progress.in_background(lambda: plan.environment.make(python)))
    progress.wait(jobs)


def _agreed() -> bool:
    try:
        return input("Go on? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


if __name__ == "__main__":
    main()
