"""A fork server of little, for the tests of forks."""

import pytest

from stack.forkserver.server import ForkServer
from stack.home import Home


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
