"""One whole lab in a terminal, from `start` to `share`, as the README shows it.

    python tests/e2e/session.py > /tmp/session.txt     # runs it for real; about two minutes
    python tests/e2e/session.py --write                # and puts it into the README

A learner's answers are typed into a real terminal (a pty). What would tell the cause or the repair
is left out and marked; lines of progress are left out. The one thing that is not typed is
the repair itself: one of the lab's own is applied where the transcript says that it was made.
"""

import argparse
import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
README = CHECKOUT / "README.md"
BEGINS, ENDS = "<!-- session: lab 07, typed into a terminal -->", "<!-- end of session -->"
LEFT_OUT = "[...]"
SLOWEST_S = 150.0
WIDTH = 120
TRACE = "TRACE"  # in an answer: the trace that `lab trace` listed first
_ASKS = re.compile(r"(: |\? |\) |> )$")  # how a prompt ends: the cursor stays behind it
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_LISTED = re.compile(r"^ +[\d.]+ +(?:\d+|-) +\d+ +\d+  ([0-9a-f]{8})  ", re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """One command, what is typed where it asks, and what the README leaves out of its answer.

    A block that is left out begins at a line that matches `cut` and ends before one that matches
    `until`; it becomes one mark.
    """

    command: str
    answers: tuple[str, ...] = ()
    cut: str = "(?!)"
    until: str = "^$"
    ends: tuple[int, ...] = (0,)


REPAIR = "(now the repair, in workspace/; it is yours to find)"
SESSION: tuple[Step | str, ...] = (
    Step("./lab start 07", cut="^## ", until=r"^Your project"),
    Step("./lab predict", ("60 90 150",)),
    Step("./lab break"),
    Step("./lab trace --count 3"),
    Step("./lab diagnose", ("4", "1", TRACE), ends=(1,)),
    REPAIR,
    Step("./lab predict", ("1 2 6",)),
    Step("./lab check"),
    Step(
        "./lab debrief",
        (
            "every two seconds a crowd waited for one and the same row",
            "two reads each time, whether 3 or 300 are waiting",
            "one more thing to explain in review",
        ),
        cut="^ours:",
    ),
    Step("./lab share"),
)


class Terminal:
    """Commands in one pty, with somebody who answers."""

    def __init__(self, home: Path) -> None:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("LAB_", "PYTHON"))}
        plain = {"LAB_PLAIN": "1", "NO_COLOR": "1", "COLUMNS": str(WIDTH), "TERM": "dumb"}
        self.environment = kept | plain | {"LAB_HOME": str(home), "PYTHONPATH": str(CHECKOUT)}
        self.trace = ""

    def run(self, step: Step) -> str:
        """Type one command and its answers; return what the terminal showed."""
        ours, theirs = pty.openpty()
        words = [sys.executable, "-m", "labs", *step.command.split()[1:]]
        child = subprocess.Popen(
            words, cwd=CHECKOUT, env=self.environment, stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        shown = "".join(self._talk(ours, list(step.answers)))
        if child.wait(timeout=30) not in step.ends:
            raise SystemExit(f"{step.command} ended with {child.returncode}:\n{shown}")
        listed = _LISTED.search(shown)
        self.trace = listed.group(1) if listed else self.trace
        return shown

    def _talk(self, screen: int, answers: list[str]) -> Iterator[str]:
        line, ends_s = "", time.monotonic() + SLOWEST_S
        while time.monotonic() < ends_s:
            ready = select.select([screen], [], [], 0.3)[0]
            if ready:
                try:
                    read = os.read(screen, 65536).decode(errors="replace")
                except OSError:  # the other end has gone: the command is over
                    break
                read = _ESCAPES.sub("", read.replace("\r\n", "\n"))
                line = (line + read).rsplit("\n", 1)[-1]
                yield read
            elif answers and _ASKS.search(line):
                os.write(screen, (answers.pop(0).replace(TRACE, self.trace) + "\n").encode())
        os.close(screen)


def shown(step: Step, text: str) -> list[str]:
    """Return one command and its answer as the README has them."""
    lines, cutting = [f"$ {step.command}"], False
    for line in text.rstrip().splitlines():
        if cutting and not re.search(step.until, line):
            continue
        cutting = bool(re.search(step.cut, line))
        if cutting:
            lines.append(LEFT_OUT)
        elif not line.endswith(" ..."):  # progress
            lines += textwrap.wrap(line, WIDTH, subsequent_indent="  ") or [""]
    return [a for a, b in zip(lines, [*lines[1:], ""], strict=True) if a or b]


def transcript(home: Path) -> str:
    """Run the session and return it whole."""
    terminal, lines = Terminal(home), []
    try:
        for step in SESSION:
            if isinstance(step, str):
                _repair(home)
                lines += [step, ""]
            else:
                lines += [*shown(step, terminal.run(step)), ""]
    finally:
        terminal.run(Step("./lab down", ends=(0, 1, 2)))
    return "\n".join(lines).rstrip().replace(f"{home}/", ".lab/")


def _repair(home: Path) -> None:
    from labs.engine.catalogue import find  # noqa: PLC0415
    from labs.engine.tree import apply_patch  # noqa: PLC0415

    apply_patch(home / "workspace", find("07").path / "right" / "per_key_lock.patch")


def commands_in(readme: str) -> list[str]:
    """Return the commands of the session that a README shows."""
    between = readme.split(BEGINS)[1].split(ENDS, maxsplit=1)[0]
    return [line.strip()[2:] for line in between.splitlines() if line.strip().startswith("$ ")]


def written(readme: str, session: str) -> str:
    """Return the README with this session in place of the one it had."""
    head, rest = readme.split(BEGINS)
    tail = rest.split(ENDS)[1]
    return f"{head}{BEGINS}\n\n{textwrap.indent(session, '    ')}\n\n{ENDS}{tail}"


def main() -> None:
    """Run it and print it, or put it into the README."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--write", action="store_true", help="put it into the README")
    asked.add_argument("--home", type=Path, help="an empty folder that is kept, to look at")
    options = asked.parse_args()
    sys.path.insert(0, str(CHECKOUT))
    with tempfile.TemporaryDirectory() as folder:
        session = transcript(options.home or Path(folder) / "home")
    if options.write:
        README.write_text(written(README.read_text(), session))
    else:
        print(session)


if __name__ == "__main__":
    main()
