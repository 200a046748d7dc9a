"""One contract for all toxics, over real sockets and the proxy as a process of its own.

Each toxic is put on a connection that is already open, must show its symptom there, must let go
at once when it is lifted, and must let a connection end. What may lose bytes says so.
"""

import asyncio
import random

import pytest

from chaos.client import AsyncProxyClient
from chaos.proxy.toxics import TOXICS
from tests.chaos.conftest import Line

HARMLESS = {
    "noop": {},
    "latency": {"latency": 30, "jitter": 20},
    "bandwidth": {"rate": 50_000},
    "slow_close": {"delay": 50},
    "slicer": {"average_size": 500, "size_variation": 100, "delay": 100},
    "limit_data": {"bytes": 1_000_000_000},
}
# A toxic so strong that nothing comes through, or the connection breaks.
STRONG = {
    "noop": {},
    "latency": {"latency": 60_000},
    "bandwidth": {"rate": 0},
    "slow_close": {"delay": 60_000},
    "timeout": {"timeout": 0},
    "reset_peer": {"timeout": 0},
    "slicer": {"average_size": 1, "delay": 60_000_000},
    "limit_data": {"bytes": 0},
}
BREAKS = {"reset_peer": "reset", "limit_data": "closed"}
PASSES = ("noop", "slow_close")


def test_the_contract_covers_every_toxic():
    assert set(STRONG) == set(TOXICS)
    assert set(HARMLESS) == set(TOXICS) - {"timeout", "reset_peer"}


async def put(proxy: AsyncProxyClient, kind: str, stream: str, **attributes: int) -> str:
    body = {"type": kind, "stream": stream, "attributes": attributes}
    return (await proxy.add_toxic("echo", body))["name"]


async def symptom(line: Line, within_s: float = 0.3) -> str:
    """Send two bytes (a slicer passes the first) and say what happened to the second."""
    try:
        async with asyncio.timeout(within_s):
            line.writer.write(b"ab")
            await line.reader.readexactly(2)
    except TimeoutError:
        return "silent"
    except asyncio.IncompleteReadError:
        return "closed"
    except ConnectionResetError:
        return "reset"
    return "answered"


@pytest.mark.parametrize("stream", ["upstream", "downstream"])
@pytest.mark.parametrize("kind", sorted(TOXICS))
async def test_a_new_toxic_bites_a_connection_that_is_already_open(proxy, echo, kind, stream):
    address = (await proxy.create("echo", echo))["listen"]
    async with Line.to(address) as line:
        assert await symptom(line, 5) == "answered"

        await put(proxy, kind, stream, **STRONG[kind])

        expected = BREAKS.get(kind, "answered" if kind in PASSES else "silent")
        assert await symptom(line, 5 if expected != "silent" else 0.3) == expected


@pytest.mark.parametrize("stream", ["upstream", "downstream"])
@pytest.mark.parametrize("kind", sorted(set(TOXICS) - set(BREAKS) - set(PASSES)))
async def test_a_lifted_toxic_lets_go_at_once_and_keeps_its_bytes(proxy, echo, kind, stream):
    address = (await proxy.create("echo", echo))["listen"]
    async with Line.to(address) as line:
        name = await put(proxy, kind, stream, **STRONG[kind])
        assert await symptom(line, 0.1) == "silent"
        held = (await proxy.stats())["echo"]

        await proxy.remove_toxic("echo", name)

        async with asyncio.timeout(5):
            rest = await line.reader.read(1)
        if kind == "timeout":
            assert rest == b"", "bytes are missing, so the connection ends"
        else:
            assert rest in (b"a", b"b")
            assert await symptom(line, 5) == "answered"
    assert held["held"] == {"now": 1, "high_water": 1, "total": 1}
    # The first slice came back: that exchange is answered.
    assert held["exchanges"]["in_flight"] == (0 if kind == "slicer" else 1)


@pytest.mark.parametrize("stream", ["upstream", "downstream"])
@pytest.mark.parametrize("kind", sorted(HARMLESS))
async def test_a_connection_under_a_toxic_closes_cleanly(proxy, echo, kind, stream):
    address = (await proxy.create("echo", echo))["listen"]
    await put(proxy, kind, stream, **HARMLESS[kind])
    async with Line.to(address) as line:
        line.writer.write(b"last words")
        line.writer.write_eof()

        async with asyncio.timeout(5):
            assert await line.reader.read() == b"last words"

    assert await eventually_open(proxy) == 0


@pytest.mark.parametrize("kind", sorted(TOXICS))
async def test_a_client_that_vanishes_leaves_nothing_behind(proxy, echo, kind):
    address = (await proxy.create("echo", echo))["listen"]
    if kind not in ("latency", "bandwidth", "slow_close", "slicer"):  # these may keep it for long
        await put(proxy, kind, "upstream", **STRONG[kind])
    async with Line.to(address) as line:
        line.writer.write(b"bye")

    assert await eventually_open(proxy) == 0


@pytest.mark.parametrize("seed", range(4))
async def test_a_long_transfer_is_intact_while_toxics_come_change_and_go(proxy, echo, seed):
    dice = random.Random(seed)
    address = (await proxy.create("echo", echo))["listen"]
    data = dice.randbytes(3_000_000)
    async with Line.to(address) as line, asyncio.timeout(60):
        sending = asyncio.create_task(send_in_pieces(line, data, dice))
        reading = asyncio.create_task(line.reader.readexactly(len(data)))
        while not reading.done():
            await shuffle(proxy, dice)
            await asyncio.wait([reading], timeout=dice.uniform(0, 0.03))
        await sending

        assert await reading == data


async def send_in_pieces(line: Line, data: bytes, dice: random.Random) -> None:
    place = 0
    while place < len(data):
        size = dice.choice([1, 10, 1000, 100_000])
        line.writer.write(data[place : place + size])
        await line.writer.drain()
        place += size


async def shuffle(proxy: AsyncProxyClient, dice: random.Random) -> None:
    """Add a toxic, change one, or lift one."""
    there = await proxy.toxics("echo")
    if there and dice.random() < 0.5:
        one = dice.choice(there)
        if dice.random() < 0.5:
            await proxy.remove_toxic("echo", one["name"])
        else:
            await proxy.update_toxic("echo", one["name"], {"attributes": HARMLESS[one["type"]]})
        return
    kind, stream = dice.choice(sorted(HARMLESS)), dice.choice(["upstream", "downstream"])
    if f"{kind}_{stream}" not in [toxic["name"] for toxic in there]:
        await put(proxy, kind, stream, **HARMLESS[kind])


async def test_back_pressure_reaches_the_sender_and_loses_nothing(proxy):
    """The server does not read at first; the proxy must not swallow the whole transfer."""
    go = asyncio.Event()
    got = bytearray()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await go.wait()
        while data := await reader.read(65536):
            got.extend(data)
        writer.close()

    server = await asyncio.start_server(slow, "127.0.0.1", 0, limit=65536)
    data = random.Random(1).randbytes(40_000_000)
    async with server, asyncio.timeout(60):
        upstream = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        address = (await proxy.create("echo", upstream))["listen"]
        async with Line.to(address) as line:
            line.writer.write(data)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(line.writer.drain(), 0.5)
            go.set()
            line.writer.write_eof()
            assert await line.reader.read() == b""

    assert bytes(got) == data


async def test_a_timed_exchange_proves_a_toxic_and_leaves_the_counts_alone(proxy, echo):
    await proxy.create("echo", echo)
    await put(proxy, "latency", "downstream", latency=120)

    slow = await proxy.probe("echo", 2000)
    await put(proxy, "timeout", "upstream")
    silent = await proxy.probe("echo", 50)

    assert slow["ended"] == "answered"
    assert 118 <= slow["took_ms"] < 1000
    assert silent["ended"] == "silent"
    assert (await proxy.stats())["echo"]["connections"]["accepted"] == 0


async def test_timeout_closes_an_idle_connection_after_its_time(proxy, echo):
    address = (await proxy.create("echo", echo))["listen"]
    async with Line.to(address) as line:
        await line.ask(b"x")
        started_s = asyncio.get_running_loop().time()

        await put(proxy, "timeout", "downstream", timeout=150)

        async with asyncio.timeout(5):
            assert await line.reader.read(1) == b""
        assert asyncio.get_running_loop().time() - started_s > 0.14


async def test_bandwidth_limits_what_flows(proxy, echo):
    address = (await proxy.create("echo", echo))["listen"]
    await put(proxy, "bandwidth", "upstream", rate=100)
    async with Line.to(address) as line:
        _, took_s = await line.ask(bytes(50_000))

    assert 0.48 < took_s < 2


async def test_the_server_hears_of_a_half_closed_client_and_may_still_answer(proxy):
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        question = await reader.read()
        writer.write(b"you said " + question)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server, asyncio.timeout(5):
        upstream = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        address = (await proxy.create("echo", upstream))["listen"]
        async with Line.to(address) as line:
            line.writer.write(b"goodbye")
            line.writer.write_eof()

            assert await line.reader.read() == b"you said goodbye"


async def eventually_open(proxy: AsyncProxyClient) -> int:
    """Return how many connections are open, once that settles at none (or after 5 s)."""
    deadline_s = asyncio.get_running_loop().time() + 5
    while True:
        count = (await proxy.stats())["echo"]["connections"]["open"]
        if count == 0 or asyncio.get_running_loop().time() > deadline_s:
            return int(count)
        await asyncio.sleep(0.01)
