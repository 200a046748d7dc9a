"""What a link had to hold, as either proxy tells it."""

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from chaos.client import AsyncProxyClient
from chaos.held import held
from tests.chaos.conftest import Line

# As Toxiproxy 2.12 prints it: one ended connection of 5,120 bytes there and 90,000 back.
METRICS = """\
# HELP toxiproxy_proxy_received_bytes_total
# TYPE toxiproxy_proxy_received_bytes_total counter
toxiproxy_proxy_received_bytes_total{direction="downstream",listener="127.0.0.1:15003",\
proxy="analytics.postgres",upstream="127.0.0.1:5432"} 9e+04
toxiproxy_proxy_received_bytes_total{direction="upstream",listener="127.0.0.1:15003",\
proxy="analytics.postgres",upstream="127.0.0.1:5432"} 5120
toxiproxy_proxy_sent_bytes_total{direction="downstream",listener="127.0.0.1:15002",\
proxy="relay.postgres",upstream="127.0.0.1:5432"} 7
"""


class Shopifys(BaseHTTPRequestHandler):
    """Toxiproxy with `-proxy-metrics`, as far as this is about it: it has no /stats."""

    def do_GET(self) -> None:
        found = self.path == "/metrics"
        self.send_response(200 if found else 404)
        self.end_headers()
        self.wfile.write(METRICS.encode() if found else b"404 page not found\n")

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@pytest.fixture
def shopifys() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Shopifys) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        serving.join()


async def test_our_proxy_counts_what_a_toxic_made_wait_and_nothing_else(
    proxy: AsyncProxyClient, proxy_url: str, echo: str
) -> None:
    made = await proxy.create("echo", echo)
    async with Line.to(made["listen"]) as line:
        await line.ask(b"hello")
        before = await asyncio.to_thread(held, proxy_url)
        latency = {"type": "latency", "attributes": {"latency": 20}}
        await proxy.add_toxic("echo", {"name": "far", **latency})
        await line.ask(b"hello")
        after = await asyncio.to_thread(held, proxy_url)

    assert (before["echo"], after["echo"] > 0) == (0, True)


def test_of_shopifys_it_is_what_ended_connections_carried_to_the_client(shopifys: str) -> None:
    assert held(shopifys) == {"analytics.postgres": 90_000}
