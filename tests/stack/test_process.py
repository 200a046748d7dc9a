import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from stack.process import Child, DidNotStart, Spec, tail


def spec(tmp_path: Path, code: str, **changes: object) -> Spec:
    fields: dict[str, object] = {
        "name": "thing",
        "argv": (sys.executable, "-u", "-c", code),
        "log": tmp_path / "thing.log",
        "cwd": tmp_path,
        "stop_within_s": 0.3,
    }
    return Spec(**(fields | changes))  # type: ignore[arg-type]


def file_appears(path: Path) -> Callable[[], Awaitable[bool]]:
    async def ready() -> bool:
        return path.exists()

    return ready


async def gone(pid: int) -> None:
    async with asyncio.timeout(5):
        while Path(f"/proc/{pid}").exists() and not _is_zombie(pid):
            await asyncio.sleep(0.02)


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].startswith("Z")
    except FileNotFoundError:
        return True


async def test_a_child_that_exits_before_it_is_ready_is_named_with_its_last_words(
    tmp_path: Path,
) -> None:
    child = Child(spec(tmp_path, "print('no such table'); raise SystemExit(3)", ready=never))
    await child.start()

    with pytest.raises(DidNotStart, match="thing exited with 3") as told:
        await child.wait_ready()

    assert "no such table" in told.value.log_tail


async def _start_and_wait(child: Child) -> None:
    await child.start()
    await child.wait_ready()
    await child.wait()
    await child.wait_ready()


async def never() -> bool:
    return False


async def test_a_child_that_is_never_ready_is_given_up_at_its_deadline(tmp_path: Path) -> None:
    child = Child(spec(tmp_path, "import time; time.sleep(60)", ready=never, ready_within_s=0.2))
    await child.start()

    with pytest.raises(DidNotStart, match=r"not ready within 0\.2 s"):
        await child.wait_ready()
    await child.stop()

    assert not child.alive


async def test_a_command_that_does_not_exist_is_one_sentence(tmp_path: Path) -> None:
    child = Child(spec(tmp_path, "", argv=("/no/such/program",)))

    with pytest.raises(DidNotStart, match="thing"):
        await _start_and_wait(child)


async def test_stop_ends_a_child_that_ignores_the_request_and_its_grandchild(
    tmp_path: Path,
) -> None:
    code = (
        "import os,signal,subprocess,sys,time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "p = subprocess.Popen(['sleep', '60'])\n"
        "open('pid.part','w').write(str(p.pid)); os.rename('pid.part', 'pid')\n"
        "time.sleep(60)\n"
    )
    child = Child(spec(tmp_path, code, ready=file_appears(tmp_path / "pid")))
    await child.start()
    await child.wait_ready()
    grandchild = int((tmp_path / "pid").read_text())

    await child.stop()

    assert child.returncode == -signal.SIGKILL
    await gone(grandchild)


async def test_stop_ends_a_paused_child_politely(tmp_path: Path) -> None:
    code = (  # waited for, not handled: a handler that runs just before a sleep does not end it
        "import signal,sys\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])\n"
        "open('up','w')\n"
        "signal.sigwait([signal.SIGTERM])\n"
        "sys.exit(7)\n"
    )
    child = Child(spec(tmp_path, code, ready=file_appears(tmp_path / "up"), stop_within_s=5))
    await child.start()
    await child.wait_ready()
    child.send(signal.SIGSTOP)

    await child.stop()

    assert child.returncode == 7


async def test_a_child_dies_with_its_parent_even_when_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import asyncio,sys\n"
        "from pathlib import Path\n"
        "from stack.process import Child, Spec\n"
        "async def main():\n"
        "    c = Child(Spec('inner', ('sleep', '60'), Path('inner.log')))\n"
        "    await c.start()\n"
        "    Path('inner.pid').write_text(str(c.pid))\n"
        "    Path('ready').touch()\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    env = {"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": os.environ["PATH"]}
    child = Child(spec(tmp_path, code, env=env, ready=file_appears(tmp_path / "ready")))
    await child.start()
    await child.wait_ready()

    child.send(signal.SIGKILL)
    await child.wait()

    await gone(int((tmp_path / "inner.pid").read_text()))


def test_the_tail_of_a_log_leaves_out_what_an_earlier_run_wrote(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text("old\nnew\nnewer\n")

    assert tail(log, 5, since_byte=4) == "new\nnewer"
    assert tail(tmp_path / "missing", 5) == ""


def test_the_tail_of_a_log_begins_with_a_whole_line_however_long_the_lines_are(
    tmp_path: Path,
) -> None:
    log, lines = tmp_path / "thing.log", [f"{n} {'x' * 30_000}" for n in range(20)]
    log.write_text("\n".join(lines) + "\n")

    for count in (1, 2, 7, 20, 50):
        assert tail(log, count).splitlines() == lines[-count:]
