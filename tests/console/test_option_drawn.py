"""The option, drawn by the ECharts that the console ships, in a real Chromium."""

import functools
import http.server
import itertools
import json
import threading
from pathlib import Path

import nicegui
import pytest
from chart_samples import P50, P99, SLOW_REDIS, drawing, line
from chromium import DESK, PHONE

from labs.console.charts.look import DARK, LIGHT, Look
from labs.console.charts.option import option

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]

ECHARTS = Path(nicegui.__file__).parent / "elements" / "echart" / "dist"
PAGE = """<!doctype html><html lang="en"><title>A chart</title>
<main style="width: 100%; height: 300px" id="chart"></main></html>"""
DRAW = """async option => {
    const { echarts } = await import('/index.js');
    const chart = echarts.init(document.getElementById('chart'), null, { renderer: 'svg' });
    chart.setOption(option);
}"""
WORDS = "() => [...document.querySelectorAll('svg text')].map(one => one.textContent)"
PLACES = """() => [...document.querySelectorAll('svg text')].map(one => {
    const { left, right, top, bottom } = one.getBoundingClientRect();
    return [one.textContent, left, right, (top + bottom) / 2];
})"""
LINES = """() => [...document.querySelectorAll('svg path')]
    .map(one => [one.getAttribute('stroke'), one.getAttribute('stroke-dasharray')])"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves the assets without a word."""

    def log_message(self, *_):
        return

    def do_GET(self):
        if self.path != "/":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE.encode())


@pytest.fixture(scope="module")
def assets():
    handler = functools.partial(Quiet, directory=str(ECHARTS))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


async def drawn(open_tab, assets, figures, look):
    tab = await open_tab(PHONE if look.narrow else DESK, dark=look.dark, still=not look.moves)
    await tab.page.goto(assets)
    await tab.page.evaluate(DRAW, json.loads(json.dumps(option(figures, look))))
    await tab.page.wait_for_timeout(400)
    assert tab.errors == []
    return tab


LATENCY = drawing(P50, P99, shades=(SLOW_REDIS,), limit=0.25)
STILL = Look(moves=False)


async def test_lines_the_fault_and_the_limit_are_named_in_the_picture(open_tab, assets):
    tab = await drawn(open_tab, assets, LATENCY, STILL)

    words = await tab.page.evaluate(WORDS)
    assert {"p50", "p99", "latency-1", "limit 250 ms"} <= set(words)
    assert any(word.endswith(" ms") and word[0].isdigit() for word in words)


async def test_each_line_has_its_own_dashes(open_tab, assets):
    tab = await drawn(open_tab, assets, LATENCY, STILL)

    dashes = dict(await tab.page.evaluate(LINES))
    assert dashes[LIGHT.lines[0]] is None
    assert dashes[LIGHT.lines[1]]


async def test_a_route_in_braces_is_named_as_it_is(open_tab, assets):
    tab = await drawn(open_tab, assets, drawing(line("/{code}", *([0.1] * 5))), STILL)

    assert "/{code}" in await tab.page.evaluate(WORDS)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_on_a_phone_every_word_stays_within_the_picture(open_tab, assets, dark):
    long = line("GET /api/v1/links/{code}/stats", 0.1, 0.2, 0.1, 0.1, 0.1)
    figures = drawing(P50, long, shades=(SLOW_REDIS,))
    tab = await drawn(open_tab, assets, figures, Look(dark=dark, moves=False, narrow=True))

    places = await tab.page.evaluate(PLACES)
    assert [place for place in places if place[1] < 0 or place[2] > PHONE[0]] == []
    strokes = {stroke for stroke, _ in await tab.page.evaluate(LINES)}
    assert (DARK if dark else LIGHT).lines[0] in strokes


async def test_names_of_lines_that_end_together_are_kept_apart(open_tab, assets):
    close = [line(f"p{n}", *([0.01 * n] * 4), 0.010 + n / 100_000) for n in (50, 90, 95, 99)]
    tab = await drawn(open_tab, assets, drawing(*close), STILL)

    ends = {one.name for one in close}
    ys = sorted(y for name, _, _, y in await tab.page.evaluate(PLACES) if name in ends)
    assert len(ys) == 4
    assert min(below - above for above, below in itertools.pairwise(ys)) >= 12
    assert ys[-1] < 300


async def test_a_chart_of_nothing_but_a_fault_is_drawn(open_tab, assets):
    tab = await drawn(open_tab, assets, drawing(shades=(SLOW_REDIS,)), STILL)

    assert "latency-1" in await tab.page.evaluate(WORDS)


async def test_the_picture_is_described_for_those_who_do_not_see_it(open_tab, assets):
    tab = await drawn(open_tab, assets, LATENCY, STILL)

    label = await tab.page.locator("#chart").get_attribute("aria-label")
    assert label == LATENCY.says
