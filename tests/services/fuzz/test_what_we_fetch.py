"""Server-side requests: the only address that the services ask for is the one they were told."""

import ast
import asyncio
import contextlib
from pathlib import Path

import pytest
from shortener_app import running_app, settings_for

SERVICES = Path(__file__).parents[3] / "services"
# What can send a request somewhere. The telemetry exporter's address is a setting as well.
FETCHING = {"httpx2", "httpx", "requests", "urllib.request", "http.client", "aiohttp", "urllib3"}
MAY_FETCH = {"shortener/safety/attempt.py"}


def fetching_modules():
    for path in SERVICES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                named = {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                named = {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            else:
                continue
            if named & FETCHING:
                yield str(path.relative_to(SERVICES))


def test_one_module_of_the_services_can_fetch_an_address():
    assert set(fetching_modules()) == MAY_FETCH


@contextlib.asynccontextmanager
async def listener(answer: bytes):
    """A server on loopback that remembers what it was asked."""
    asked = []

    async def talk(reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError):
            asked.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(answer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield asked, server.sockets[0].getsockname()[1]


@pytest.mark.integration
async def test_a_partner_that_sends_us_elsewhere_is_not_followed(dsn, redis_server):
    async with listener(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n") as (elsewhere, port):
        away = (
            f"HTTP/1.1 307 Away\r\nlocation: http://127.0.0.1:{port}/latest/meta-data\r\n"
            "content-length: 0\r\nconnection: close\r\n\r\n"
        )
        async with listener(away.encode()) as (partner, partner_port):
            settings = settings_for(
                dsn, redis_server.url, partner_url=f"http://127.0.0.1:{partner_port}"
            )
            async with running_app(settings) as client:
                await client.sign_up()
                answer = await client.create("https://example.com/")

    assert answer.status_code == 503
    assert len(partner) >= 1
    assert elsewhere == []


@pytest.mark.integration
async def test_the_address_of_a_link_is_never_asked_for(user):
    """Not when it is made, changed or visited, and in no notation of this very machine."""
    async with listener(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n") as (asked, port):
        for host in ("127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433", "[::1]"):
            refused = await user.create(f"http://{host}:{port}/")
            assert (refused.status_code, refused.json()["type"]) == (422, "/problems/unsafe-url")
        made = await user.create("https://example.net:1/")
        assert made.status_code == 201
        visit = await user.get(f"/{made.json()['code']}")

    assert visit.status_code == 302
    assert asked == []
