"""What is forked is what `python -m` would have started, and ends with who started it."""

import asyncio
import json
import os
import secrets
import signal
import sys
from pathlib import Path

import pytest

from stack.children import child_for
from stack.forkserver.forked import Forked
from stack.forkserver.server import ForkServer, possible
from stack.home import Home
from stack.process import DidNotStart, Spec
from stack.walls import runs_as_stranger

pytestmark = [
    pytest.mark.integration,
    # Not `possible()`: where it said no by mistake, all of this would be skipped, and nobody told.
    pytest.mark.skipif(
        sys.platform != "linux" or runs_as_stranger(), reason="forking needs Linux's namespaces"
    ),
]
WITHIN_S = 10.0


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home").make()


@pytest.fixture
async def forks(home):
    server = ForkServer(home, "thing", {"SHORT_CIRCUIT": "test"}, imports=("json", "decimal"))
    yield server
    await server.stop()


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "tree"
    (folder / "services").mkdir(parents=True)
    return folder


def spec(root, code, name="thing", **changes):
    (root / "services" / f"{name}.py").write_text(code)
    fields = {"argv": ("false",), "cwd": root, "module": f"services.{name}", "stop_within_s": 0.3}
    return Spec(**({"name": name, "log": root / f"{name}.log"} | fields | changes))


async def run(child):
    await child.start()
    async with asyncio.timeout(WITHIN_S):
        return await child.wait()


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


TELL = """
import json, os, sys
print(json.dumps({
    "name": __name__, "argv": sys.argv, "path": sys.path[0], "cwd": os.getcwd(),
    "env": dict(os.environ), "session": os.getsid(0) == os.getpid(), "stdin": sys.stdin.read(),
    "open": os.listdir("/proc/self/fd"), "there": "decimal" in sys.modules,
    "comm": open("/proc/self/comm").read().strip(), "bytecode": sys.dont_write_bytecode,
}))
"""


async def test_a_fork_is_what_python_m_would_have_started(forks, root):
    child = Forked(spec(root, TELL, env={"A": "1"}), forks)

    assert await run(child) == 0
    told = json.loads(child.log_tail())
    assert told["name"] == "__main__"
    assert (told["cwd"], told["path"]) == (str(root), str(root))
    assert (told["env"], told["stdin"], told["comm"]) == ({"A": "1"}, "", "thing")
    assert told["session"]
    assert told["there"], "what it depends on was imported before"
    assert told["bytecode"], "services write no bytecode"
    assert len(told["open"]) == 4, "0, 1, 2, and the folder that is being listed"


SEARCH = """
import re
found = set()
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps:
        ends, rights = line.split()[:2]
        if rights.startswith("rw"):
            begin, end = (int(one, 16) for one in ends.split("-"))
            memory.seek(begin)
            found |= set(re.findall(rb"SECRET-[0-9a-f]{16}", memory.read(end - begin)))
print(sorted(found))
"""


async def test_nothing_of_one_fork_is_in_the_memory_of_the_next(forks, root):
    theirs, own = (f"SECRET-{secrets.token_hex(8)}" for _ in range(2))
    assert await run(Forked(spec(root, "pass", env={"KEY": theirs}), forks)) == 0
    searching = Forked(spec(root, SEARCH, "other", env={"KEY": own}), forks)

    assert await run(searching) == 0, searching.log_tail()
    assert searching.log_tail() == f"[{own.encode()!r}]", "its own, and no other"


async def test_a_fork_does_not_hold_the_socket_of_another(forks, root):
    first = Forked(spec(root, "import time; time.sleep(60)"), forks)
    second = Forked(spec(root, TELL, "other"), forks)
    await first.start()

    assert await run(second) == 0
    assert len(json.loads(second.log_tail())["open"]) == 4
    assert first.alive, "or there was no other"
    await first.stop()


def test_this_machine_can():
    assert possible()


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


async def test_two_servers_do_not_share_a_hash_seed(home, forks, root):
    other = ForkServer(home, "other", {}, imports=())
    code = "print(hash('promo'))"
    hashes = []
    for server in (forks, other):
        child = Forked(spec(root, code), server)
        assert await run(child) == 0
        hashes.append(child.log_tail())
    await other.stop()

    assert hashes[0] != hashes[1]


async def test_its_random_numbers_are_its_own(forks, root):
    code = "import random; print(random.random())"
    children = [Forked(spec(root, code, name), forks) for name in ("one", "two")]
    for child in children:
        assert await run(child) == 0

    assert children[0].log_tail() != children[1].log_tail()


async def test_a_fork_ends_with_its_server_and_the_next_gets_a_new_one(forks, root):
    child = Forked(spec(root, "import time; time.sleep(60)"), forks)
    await child.start()
    server = forks.pid

    os.kill(server, signal.SIGKILL)

    async with asyncio.timeout(WITHIN_S):
        assert await child.wait() == -signal.SIGKILL
    await end_of(child._pid)
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


def test_where_the_kernel_or_a_sandbox_refuses_nothing_is_forked(monkeypatch):
    def refused(_pid):
        raise OSError("Function not implemented")

    monkeypatch.setattr(os, "pidfd_open", refused)

    assert not possible()


async def test_a_tree_that_is_out_of_sight_is_not_forked(forks, home, root):
    hidden = home.path / "data" / "tree"
    laid = home.path / "variants" / "lab" / "bug"
    for folder, kind in ((root, True), (laid, True), (hidden, False)):
        child = child_for(Spec("thing", ("true",), root / "log", cwd=folder, module="x"), forks)
        assert isinstance(child, Forked) is kind


async def test_a_fork_sees_the_trees_and_nothing_else_of_the_home(forks, home):
    (home.path / "secrets" / "jwt").write_text("s3cr3t")
    root = home.path / "variants" / "lab" / "bug"
    (root / "services").mkdir(parents=True)
    code = f"import os; print(sorted(os.listdir({str(home.path)!r})))"
    child = Forked(spec(root, code), forks)

    assert await run(child) == 0
    assert "variants" in child.log_tail()
    assert "secrets" not in child.log_tail()
