"""What is forked is what `python -m` would have started, and knows nothing of another."""

import json
import os
import secrets

from forking import FORKS, run, spec

from stack.children import child_for
from stack.forkserver.forked import Forked
from stack.forkserver.server import ForkServer, possible
from stack.process import Spec

pytestmark = FORKS


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
