import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bad_server import BadServer, Driver


@pytest.fixture
async def server() -> AsyncIterator[BadServer]:
    bad = BadServer()
    bad.server = await asyncio.start_server(bad.serve, "127.0.0.1", 0, backlog=2_000)
    yield bad
    bad.server.close()


@pytest.fixture
def driver(tmp_path: Path) -> Driver:
    return Driver(tmp_path)
