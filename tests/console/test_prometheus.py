"""How Prometheus is asked, and what is made of its answer."""

import httpx2
import pytest

from labs.console.charts import board
from labs.console.charts.prometheus import Prometheus, series_of
from labs.console.charts.window import Window, filled
from stack.trouble import Trouble

WINDOW = Window(1000, 1003)


def prometheus(answer):
    transport = httpx2.MockTransport(answer)
    return Prometheus("http://prometheus", httpx2.AsyncClient(transport=transport))


def matrix(*lines):
    return httpx2.Response(200, json={"data": {"result": list(lines)}})


async def test_each_query_of_a_panel_is_asked_over_the_window_once_a_second():
    asked = []

    def answer(request):
        asked.append(dict(request.url.params))
        return matrix({"metric": {}, "values": [[1000, "0.5"], [1003, "0.25"]]})

    panel = board.panel("overview.latency")
    async with prometheus(answer) as opened:
        lines = await opened.ask(panel, WINDOW)

    assert [line.name for line in lines] == ["p50", "p95", "p99"]
    assert lines[0].values == (0.5, None, None, 0.25)
    assert {one["query"] for one in asked} == {target.expr for target in panel.targets}
    assert {(one["start"], one["end"], one["step"]) for one in asked} == {("1000", "1003", "1")}


async def test_lines_of_one_query_come_in_the_order_of_their_names_so_that_colours_stay():
    def answer(_):
        lines = [{"metric": {"instance": name}, "values": []} for name in ("b", "a")]
        return matrix(*lines)

    async with prometheus(answer) as opened:
        lines = await opened.ask(board.panel("cache.loads"), WINDOW)

    assert [line.name for line in lines] == ["a", "b"]


async def test_a_prometheus_that_is_away_or_refuses_is_said_in_a_sentence():
    def away(_):
        raise httpx2.ConnectError("refused")

    def refuses(_):
        return httpx2.Response(400, json={"error": "parse error"})

    for answer, words in ((away, "does not answer"), (refuses, "parse error")):
        async with prometheus(answer) as opened:
            with pytest.raises(Trouble) as trouble:
                await opened.ask(board.panel("cache.loads"), WINDOW)
        assert words in trouble.value.said


def test_a_ratio_of_nothing_is_a_gap_and_a_label_that_is_not_there_is_empty():
    one = {"metric": {"instance": "a"}, "values": [[1000, "NaN"], [1001, "+Inf"], [1002, "1"]]}

    line = series_of("{{instance}} {{ gone }}", one, WINDOW)

    assert line.name == "a"
    assert line.values == (None, None, 1.0, None)


def test_grafanas_own_variables_are_filled_in():
    wide = Window(0, 3600, 6)
    expr = "rate(a[$__rate_interval]) + b[${__interval}] + $__interval_ms + c[$__range]"

    assert filled(expr, WINDOW) == "rate(a[4s]) + b[1s] + 1000 + c[3s]"
    assert filled(expr, wide) == "rate(a[7s]) + b[6s] + 6000 + c[3600s]"


def test_a_live_window_ends_now_and_has_as_many_values_as_seconds():
    assert Window.live(1000.7, 120) == Window(881, 1000, 1)
    assert len(Window.live(1000.7, 120).seconds) == 120
    assert len(Window.live(1000.7, 3600).seconds) <= 600
