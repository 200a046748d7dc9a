"""The console asks the running HAProxy to read its configuration, and hears whether it did."""

import asyncio
import time

import pytest

from stack.compose import ports
from stack.compose.components import MASTER_SOCKET, ComposeEdge
from stack.deployment import Deployment
from stack.home import Home
from stack.process import DidNotStart

SHOWS = "#<PID> <type> <reloads>\n20     master   1 [failed: {failed}]\n"


@pytest.fixture
def edge(tmp_path):
    home = Home(tmp_path).make()
    ports.write(home)
    return ComposeEdge(home, Deployment())


async def prepared(edge, failed):
    """As HAProxy's master does, it answers a command and goes on listening until nobody writes."""

    async def answer(reader, writer):
        command = await reader.readline()
        writer.write(b"" if command == b"reload\n" else SHOWS.format(failed=failed).encode())
        await reader.read()
        writer.close()

    edge.cwd().mkdir(parents=True, exist_ok=True)
    async with await asyncio.start_unix_server(answer, edge.cwd() / MASTER_SOCKET):
        await edge.prepare()


async def test_a_reload_does_not_wait_for_more_than_the_answer(edge):
    began_s = time.monotonic()

    await prepared(edge, failed=0)

    assert time.monotonic() - began_s < 3


async def test_a_configuration_that_haproxy_refuses_is_said(edge):
    with pytest.raises(DidNotStart, match="HAProxy refuses"):
        await prepared(edge, failed=1)


async def test_one_that_is_not_there_yet_reads_it_when_it_starts(edge):
    await edge.prepare()
