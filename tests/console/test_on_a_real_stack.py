"""On a real stack with Kafka: a request followed all the way, and a fault seen on a chart."""

import asyncio
import contextlib
import secrets
import time

import httpx2
import pytest
from followed import Traced

from labs.console.charts import board, faults
from labs.console.charts.drawing import draw
from labs.console.charts.look import Look
from labs.console.charts.option import option
from labs.console.charts.prometheus import Prometheus
from labs.console.charts.window import Window
from labs.console.waterfall import AFTERWARDS, REQUEST, waterfall
from labs.engine import traces
from stack.home import CHECKOUT, Home
from stack.warden.client import Warden

pytestmark = [pytest.mark.integration, pytest.mark.timeout(500)]
NEEDS = ("postgres", "redis", "edge", "prometheus", "kafka", "relay", "analytics")
WITHIN_S = 60.0
PANEL = "cache.redis-latency"
SLOW_MS = 300
SLOW_REDIS = {
    "kind": "toxic",
    "proxy": "shortener-*.redis",
    "toxic": {"type": "latency", "stream": "downstream", "attributes": {"latency": SLOW_MS}},
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    own = Home(tmp_path_factory.mktemp("home")).make()
    (own.path / "cache").rmdir()
    (own.path / "cache").symlink_to(Home.find().make().path / "cache")  # Kafka's jars, once
    warden = Warden(own)
    try:
        warden.up(NEEDS, CHECKOUT)
        yield own
    finally:
        warden.down()


async def until_seen(home, trace_id, span, services):
    """The trace, once this span and all these services are in it.

    Each process sends its spans when it likes: those of the last service may come first.
    """
    until_s = time.monotonic() + WITHIN_S
    seen = set()
    while time.monotonic() < until_s:
        found = [t for t in traces.in_memory(home) if t.trace_id == trace_id]
        seen = {(one.service, one.name) for trace in found for one in trace.spans}
        if span in {name for _, name in seen} and services <= {service for service, _ in seen}:
            return found[0]
        await asyncio.sleep(0.3)
    raise AssertionError(f"{span!r} of {sorted(services)} is not among {sorted(seen)}")


def link_of_the_chain(trace, name):
    """The names from the first span down to the one with this name."""
    by_id = {span.span_id: span for span in trace.spans}
    span = next(one for one in trace.spans if one.name == name)
    chain = [span]
    while span.parent_id in by_id:
        span = by_id[span.parent_id]
        chain.append(span)
    return [f"{one.service}: {one.name}" for one in reversed(chain)]


async def test_a_request_is_followed_from_the_edge_to_analytics_and_its_log_lines_with_it(home):
    traced = Traced(home)
    async with httpx2.AsyncClient(base_url=home.url("edge"), timeout=20) as http:
        code, created = await traced.create(http)
        visited = await traced.visit(http, code)
        await until_seen(home, visited, "process clicks", {"edge", "shortener", "analytics"})
    everybody = {"edge", "shortener", "partner", "relay", "analytics"}
    creation = await until_seen(home, created, "process link-events", everybody)

    said = traces.said_about(home, created)
    page = waterfall(creation, said)
    names = {span.name for span in creation.spans}

    assert link_of_the_chain(creation, "process link-events")[0] == "edge: edge POST"
    assert "relay: send link-events" in link_of_the_chain(creation, "process link-events")
    assert page.route == "POST /api/v1/links"
    assert set(page.services) == everybody
    assert any(name.startswith("redis ") for name in names)
    assert any("outbox" in str(span.attributes) for span in creation.spans)
    assert [section.title for section in page.sections] == [REQUEST, AFTERWARDS]
    assert {line.component for line in said} >= {"edge", "relay", "analytics"}
    assert [line.at for line in said] == sorted(line.at for line in said)


async def ask_redis(home):
    """Visits to links that nobody knows: each asks Redis, none is answered nearby."""
    async with httpx2.AsyncClient(base_url=home.url("edge"), timeout=20) as http:
        while True:
            with contextlib.suppress(httpx2.HTTPError):
                await asyncio.gather(*(http.get(f"/{secrets.token_hex(4)}") for _ in range(5)))
            await asyncio.sleep(0.1)


async def seen_at(home, prometheus, high):
    """The first second of the chart whose value is high (or not), None when there is none."""
    window = Window.live(time.time(), 60)
    drawing = await draw(
        prometheus, board.panel(PANEL), window, tuple(faults.of_home(home, window))
    )
    *lines, marks = option(drawing, Look())["series"]
    points = [point for line in lines for point in line["data"] if point[1] is not None]
    shown_ms = 0.8 * SLOW_MS / 1000 * drawing.scale.factor
    found = [at_ms / 1000 for at_ms, value in points if (value > shown_ms) is high]
    return min(found, default=None), marks["markArea"]["data"]


async def until(found):
    """Ask again and again; what was found at last."""
    async with asyncio.timeout(WITHIN_S):
        while (answer := await found()) is None:
            await asyncio.sleep(0.2)
    return answer


async def test_a_fault_is_on_the_chart_within_seconds_shaded_and_after_it_began(home, capsys):
    warden, load = Warden(home), asyncio.create_task(ask_redis(home))
    try:
        async with Prometheus(home.url("prometheus")) as prometheus:

            async def calm():
                first, shaded = await seen_at(home, prometheus, high=False)
                return None if first is None else (shaded,)

            async def slow():
                first, shaded = await seen_at(home, prometheus, high=True)
                return (first, shaded) if first is not None and shaded else None

            assert await until(calm) == ([],)
            fault = await asyncio.to_thread(warden.add_fault, SLOW_REDIS, 60)
            injected_s = time.time()
            first_s, shaded = await until(slow)
            seen_s = time.time()
            await asyncio.to_thread(warden.lift, fault)
    finally:
        load.cancel()
        await asyncio.gather(load, return_exceptions=True)
    with capsys.disabled():
        print(f"\na fault was on the chart {seen_s - injected_s:.1f} s after it was injected")

    assert [begin["name"] for begin, _ in shaded] == [fault]
    assert shaded[0][0]["xAxis"] / 1000 <= injected_s
    assert first_s >= shaded[0][0]["xAxis"] / 1000 - 1
