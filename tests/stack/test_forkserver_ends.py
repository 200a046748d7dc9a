"""How a fork ends is told, and it ends with who started it."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import pytest
from forking import FORKS, WITHIN_S, run, spec

from stack.forkserver.forked import Forked
from stack.process import DidNotStart

pytestmark = FORKS


async def said(child, words=""):
    async with asyncio.timeout(WITHIN_S):
        while words not in child.log_tail() or not child.log_tail():
            await asyncio.sleep(0.02)
    return child.log_tail()


def ended(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].startswith("Z")
    except FileNotFoundError:
        return True


async def end_of(pid):
    async with asyncio.timeout(WITHIN_S):
        while not ended(pid):
            await asyncio.sleep(0.02)


async def test_how_it_ended_is_told_with_its_last_words_alone(forks, root):
    child = Forked(spec(root, "def f():\n    raise ValueError('no such table')\nf()\n"), forks)

    assert await run(child) == 1
    words = child.log_tail()
    assert words.startswith("Traceback (most recent call last):")
    assert words.endswith("ValueError: no such table")
    assert "program.py" not in words


@pytest.mark.parametrize(("code", "ends"), [("import sys; sys.exit(3)", 3), ("pass", 0)])
async def test_its_exit_code_is_its_own(forks, root, code, ends):
    assert await run(Forked(spec(root, code), forks)) == ends


async def test_one_that_ends_early_is_named(forks, root):
    child = Forked(spec(root, "raise SystemExit('no port')", ready=never), forks)
    await child.start()

    with pytest.raises(DidNotStart, match="thing exited with 1"):
        await child.wait_ready()


async def never():
    return False


async def test_it_is_asked_to_end_and_then_ended(forks, root):
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf'); time.sleep(60)"
    child = Forked(spec(root, code, env={"PYTHONUNBUFFERED": "1"}), forks)
    await child.start()
    await said(child, "deaf")
    child.send_group(signal.SIGSTOP)

    await child.stop()

    assert child.returncode == -signal.SIGKILL
    assert child.pid is None
    with pytest.raises(ProcessLookupError):
        child.send(signal.SIGTERM)


async def test_a_fork_ends_with_its_server_and_the_next_gets_a_new_one(forks, root):
    child = Forked(spec(root, "import time; time.sleep(60)"), forks)
    await child.start()
    server = forks.pid

    os.kill(server, signal.SIGKILL)

    async with asyncio.timeout(WITHIN_S):
        assert await child.wait() == -signal.SIGKILL
    await end_of(child._pid)
    assert await run(Forked(spec(root, "pass"), forks)) == 0


def see_it_end(pid):
    """Wait without letting the loop know."""
    give_up_s = time.monotonic() + WITHIN_S
    while not ended(pid):
        assert time.monotonic() < give_up_s, f"{pid} was killed and has not ended"
        time.sleep(0.001)


async def test_a_server_whose_end_is_not_known_yet_is_replaced(forks, root):
    """Between its death and the word of it: nothing is awaited there, so nobody was told."""
    assert await run(Forked(spec(root, "pass"), forks)) == 0
    os.kill(forks.pid, signal.SIGKILL)
    see_it_end(forks.pid)
    assert forks.pid is not None, "it counts as alive"

    assert await run(Forked(spec(root, "pass"), forks)) == 0


async def test_all_ends_with_who_started_the_server(tmp_path, root):
    """By kill -9: nothing could tidy up."""
    (root / "services" / "thing.py").write_text("import time; time.sleep(60)")
    code = (
        "import asyncio, sys; from pathlib import Path\n"
        "from stack.forkserver.forked import Forked\n"
        "from stack.forkserver.server import ForkServer\n"
        "from stack.home import Home; from stack.process import Spec\n"
        "async def main():\n"
        "    home = Home(Path(sys.argv[1])).make(); root = Path(sys.argv[2])\n"
        "    forks = ForkServer(home, 'thing', {}, imports=())\n"
        "    spec = Spec('thing', ('false',), root / 'log', {}, root, module='services.thing')\n"
        "    child = Forked(spec, forks); await child.start()\n"
        "    print(child.pid, forks.pid, flush=True); await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    words = (sys.executable, "-c", code, str(tmp_path / "home"), str(root))
    starter = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
    async with asyncio.timeout(WITHIN_S):
        pids = [int(pid) for pid in (await starter.stdout.readline()).split()]
    assert not any(ended(pid) for pid in pids)

    starter.kill()
    await starter.wait()

    for pid in pids:
        await end_of(pid)


async def test_other_packages_are_imported_by_another_server(forks, home, root):
    lock = home.path / "venv" / "run.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    servers = []
    for stamp in (1, 1, 2):
        lock.touch()
        os.utime(lock, (stamp, stamp))
        assert await run(Forked(spec(root, "pass"), forks)) == 0
        servers.append(forks.pid)

    assert servers[0] == servers[1] != servers[2]
