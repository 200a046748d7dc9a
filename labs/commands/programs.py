"""The servers that a verb cannot do without: installed before it begins, or said to be missing."""

import subprocess
import sys

import typer

from labs import screen
from stack import runtime, system
from stack.home import Home
from stack.trouble import Trouble


def have_programs() -> None:
    """Install the servers that are missing, or say what stands in the way."""
    if any(program.required for program in system.missing()):
        code = subprocess.call([sys.executable, "-m", "stack.bootstrap"])
        if code:
            raise typer.Exit(code)
        if any(program.required for program in system.missing()):
            raise Trouble("A server is still missing.", "./lab doctor")


def have_kafka() -> None:
    """Install Java and Maven where we may; without them Kafka is the in-memory broker."""
    if runtime.in_compose():
        return  # it is a container beside this one
    from stack import kafka_choice  # noqa: PLC0415 - not before it is asked for
    from stack.installing.plan import may_install  # noqa: PLC0415

    if system.missing(system.KAFKA_PROGRAMS) and may_install():
        subprocess.call([sys.executable, "-m", "stack.bootstrap", "--kafka"])
    kafka_choice.choose(Home.find(), lambda says: screen.console(stderr=True).print(says))
