"""The HTTP API, seen through the client: Toxiproxy's names, status codes and messages."""

import asyncio
import socket
import struct
import time

import httpx2
import pytest

from chaos.client import (
    AsyncProxyClient,
    ProxyClient,
    ProxyRefused,
    ProxyUnreachable,
    matching,
)
from tests.chaos.conftest import Line


async def test_a_proxy_passes_bytes_both_ways_and_counts_them(proxy: AsyncProxyClient, echo: str):
    made = await proxy.create("echo", echo)

    async with Line.to(made["listen"]) as line:
        assert (await line.ask(b"hello"))[0] == b"hello"
        stats = (await proxy.stats())["echo"]

    assert made == {
        "name": "echo",
        "listen": made["listen"],
        "upstream": echo,
        "enabled": True,
        "toxics": [],
    }
    assert stats["connections"] == {"accepted": 1, "open": 1, "upstream_failed": 0}
    assert stats["bytes"] == {"upstream": 5, "downstream": 5, "dropped": 0}
    assert stats["exchanges"]["done"] == 1
    assert stats["held"] == {"now": 0, "high_water": 0, "total": 0}


async def test_a_toxic_gets_toxiproxys_defaults_and_can_be_changed_and_removed(proxy, echo):
    await proxy.create("echo", echo)

    made = await proxy.add_toxic("echo", {"type": "latency", "attributes": {"latency": 5}})
    changed = await proxy.update_toxic("echo", made["name"], {"attributes": {"jitter": 1}})

    assert made == {
        "name": "latency_downstream",
        "type": "latency",
        "stream": "downstream",
        "toxicity": 1.0,
        "attributes": {"latency": 5, "jitter": 0},
    }
    assert changed["attributes"] == {"latency": 5, "jitter": 1}
    assert await proxy.toxics("echo") == [changed]
    await proxy.remove_toxic("echo", made["name"])
    assert await proxy.toxics("echo") == []


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"type": "nonsense"}, 400, "invalid toxic type"),
        (
            {"type": "noop", "stream": "sideways"},
            400,
            "stream was invalid, can be either upstream or downstream",
        ),
        ({"type": "noop", "name": "taken"}, 409, "toxic already exists"),
        (
            {"type": "latency", "attributes": {"latency": "x"}},
            400,
            "bad request body: attribute latency must be an integer of at least 0",
        ),
        (
            {"type": "latency", "attributes": {"latencyy": 1}},
            400,
            "bad request body: unknown attribute latencyy; known: jitter, latency",
        ),
        (
            {"type": "noop", "toxicity": 40},
            400,
            "bad request body: toxicity must be a number from 0 to 1",
        ),
    ],
)
async def test_a_wrong_toxic_is_refused_with_the_reason(proxy, echo, body, status, message):
    await proxy.create("echo", echo)
    await proxy.add_toxic("echo", {"type": "noop", "name": "taken"})

    with pytest.raises(ProxyRefused) as refused:
        await proxy.add_toxic("echo", body)

    assert (refused.value.status, str(refused.value)) == (status, message)


async def test_a_wrong_proxy_is_refused_with_the_reason(proxy, echo):
    await proxy.create("echo", echo)

    with pytest.raises(ProxyRefused, match="proxy already exists"):
        await proxy.create("echo", echo)
    with pytest.raises(ProxyRefused, match="missing required field: name"):
        await proxy.create("", echo)
    with pytest.raises(ProxyRefused, match="missing required field: upstream at proxy 2"):
        await proxy.populate([{"name": "a", "upstream": echo}, {"name": "b"}])
    with pytest.raises(ProxyRefused, match="proxy not found"):
        await proxy.proxy("nowhere")
    with pytest.raises(ProxyRefused, match="toxic not found"):
        await proxy.remove_toxic("echo", "nothing")
    assert list(await proxy.proxies()) == ["echo"]


async def test_only_loopback_is_bound_and_reached(proxy):
    with pytest.raises(ProxyRefused, match=r"only loopback addresses are allowed: 192.0.2.1:80"):
        await proxy.create("far", "192.0.2.1:80")
    with pytest.raises(ProxyRefused, match=r"only loopback addresses are allowed: 0.0.0.0:0"):
        await proxy.create("wide", "127.0.0.1:80", "0.0.0.0:0")
    with pytest.raises(ProxyRefused, match="only loopback"):
        await proxy.create("named", "example.org:80")


async def test_a_taken_port_is_named(proxy, echo):
    with pytest.raises(ProxyRefused, match=f"listen tcp {echo}: ") as refused:
        await proxy.create("echo", echo, echo)
    assert refused.value.status == 500
    assert await proxy.proxies() == {}


async def test_populate_leaves_alone_what_is_as_wanted_and_replaces_what_is_not(proxy, echo):
    made = await proxy.create("a", echo)
    await proxy.add_toxic("a", {"type": "noop"})
    same = {"name": "a", "listen": made["listen"], "upstream": echo}

    kept, added = await proxy.populate([same, {"name": "b", "upstream": echo, "enabled": False}])
    (moved,) = await proxy.populate([same | {"upstream": "127.0.0.1:9"}])

    assert [toxic["name"] for toxic in kept["toxics"]] == ["noop_downstream"]
    assert added["enabled"] is False
    assert (moved["upstream"], moved["toxics"]) == ("127.0.0.1:9", [])


async def test_a_disabled_proxy_cuts_open_connections_and_refuses_new_ones(proxy, echo):
    address = (await proxy.create("echo", echo))["listen"]
    async with Line.to(address) as line:
        await line.ask(b"up")

        await proxy.update("echo", enabled=False)

        assert await line.reader.read(1) == b""
    with pytest.raises(ConnectionRefusedError):
        async with Line.to(address):
            pass
    await proxy.reset()
    async with Line.to(address) as line:
        assert (await line.ask(b"again"))[0] == b"again"


async def test_reset_takes_all_toxics_away(proxy, echo):
    await proxy.create("echo", echo)
    await proxy.add_toxic("echo", {"type": "noop"})
    await proxy.add_toxic("echo", {"type": "noop", "stream": "upstream"})

    await proxy.reset()

    assert await proxy.toxics("echo") == []


async def test_a_client_of_a_dead_upstream_is_closed_and_counted(proxy):
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = f"127.0.0.1:{free.getsockname()[1]}"
    address = (await proxy.create("dead", nobody))["listen"]

    async with Line.to(address) as line:
        assert await line.reader.read(1) == b""

    stats = (await proxy.stats())["dead"]["connections"]
    assert stats == {"accepted": 1, "open": 0, "upstream_failed": 1}


async def test_a_page_in_a_browser_cannot_drive_the_proxy(proxy_url: str):
    async with httpx2.AsyncClient(base_url=proxy_url) as http:
        browser = await http.get("/proxies", headers={"User-Agent": "Mozilla/5.0"})
        page = await http.post("/reset", headers={"Origin": "http://example.org"})

    assert (browser.status_code, page.status_code) == (403, 403)


async def test_an_exchange_whose_client_breaks_off_is_counted_as_cut(proxy, echo):
    address = (await proxy.create("echo", echo))["listen"]
    await proxy.add_toxic("echo", {"type": "latency", "attributes": {"latency": 60_000}})
    async with Line.to(address) as line:
        line.writer.write(b"is anybody there?")
        async with asyncio.timeout(5):
            while not (before := (await proxy.stats())["echo"])["held"]["now"]:
                await asyncio.sleep(0.01)
        wire = line.writer.get_extra_info("socket")
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    async with asyncio.timeout(5):
        while (after := (await proxy.stats())["echo"])["connections"]["open"]:
            await asyncio.sleep(0.01)
    assert before["exchanges"]["in_flight"] == 1
    assert abs(before["exchanges"]["in_flight_since_s"][0] - time.time()) < 30
    assert (after["exchanges"]["cut"], after["held"]["now"]) == (1, 0)


async def test_clear_stats_zeroes_what_is_over(proxy, echo):
    address = (await proxy.create("echo", echo))["listen"]
    async with Line.to(address) as line:
        await line.ask(b"hello")
        await proxy.clear_stats()
        stats = (await proxy.stats())["echo"]

    assert stats["connections"] == {"accepted": 0, "open": 1, "upstream_failed": 0}
    assert stats["exchanges"]["done"] == 0


def test_the_blocking_client_has_the_same_verbs(proxy_url: str):
    with ProxyClient(proxy_url) as client:
        client.create("one", "127.0.0.1:9")
        client.add_toxic("one", {"type": "noop"})
        client.update_toxic("one", "noop_downstream", {"toxicity": 0.5})
        client.update("one", enabled=False)
        shown = client.proxy("one")
        client.remove_toxic("one", "noop_downstream")
        client.populate([{"name": "two", "upstream": "127.0.0.1:9"}])
        client.reset()

        assert client.version().startswith("2.")
        assert (shown["enabled"], shown["toxics"][0]["toxicity"]) == (False, 0.5)
        assert client.proxies()["one"]["enabled"] is True
        assert client.toxics("one") == []
        assert set(client.stats()) == {"one", "two"}
        client.clear_stats()
        client.remove("one")
        client.remove("two")


def test_a_proxy_that_is_not_there_is_said_to_be_unreachable():
    with ProxyClient("http://127.0.0.1:9") as client, pytest.raises(ProxyUnreachable):
        client.version()


def test_a_glob_picks_proxies_in_order():
    names = ["shortener-b.redis", "shortener-a.redis", "shortener-a.postgres"]

    assert matching("shortener-*.redis", names) == ["shortener-a.redis", "shortener-b.redis"]
