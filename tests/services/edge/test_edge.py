import asyncio
import json
import re
import subprocess
import time

import httpx2
import pytest
from edge_process import HAPROXY, SECRET, Edge, configuration

from stack.sink import edge as sink_edge

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(HAPROXY is None, reason="HAProxy is not installed"),
]
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
async def edge(tmp_path):
    async with Edge(tmp_path).running() as edge:
        async with asyncio.timeout(10):
            while len(await ups(edge)) < 2:
                await asyncio.sleep(0.05)
        yield edge


async def get(port: int, path: str = "/x", method: str = "GET", **headers: str):
    async with httpx2.AsyncClient(trust_env=False) as http:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await http.request(method, f"http://127.0.0.1:{port}{path}", headers=named)


async def ups(edge: Edge) -> set[str]:
    """The servers that the edge would send a visitor to."""
    try:
        page = (await get(edge.metrics_port, "/metrics")).text
    except httpx2.HTTPError:
        return set()
    pattern = r'haproxy_server_status\{proxy="shorteners",server="([^"]+)",state="UP"\} 1'
    return set(re.findall(pattern, page))


async def until_up(edge: Edge, *servers: str) -> None:
    async with asyncio.timeout(5):
        while await ups(edge) != set(servers):
            await asyncio.sleep(0.05)


def test_haproxy_finds_nothing_to_complain_about(tmp_path):
    names = ["EDGE_PORT", "METRICS_PORT", "SHORTENER_A_PORT", "SHORTENER_B_PORT"]
    path = configuration(tmp_path, {name: 20_000 + n for n, name in enumerate(names)})

    checked = subprocess.run(
        [HAPROXY, "-c", "-f", str(path)], capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stderr
    assert "WARNING" not in checked.stderr + checked.stdout


async def test_visitors_are_spread_over_both_instances(edge):
    answered = {(await get(edge.port)).json()["by"] for _ in range(6)}

    assert answered == {"a", "b"}


async def test_the_client_address_is_what_the_edge_saw_not_what_the_client_says(edge):
    answer = await get(edge.port, x_forwarded_for="6.6.6.6", x_real_ip="6.6.6.6")

    assert answer.json()["headers"]["x-forwarded-for"] == "127.0.0.1"
    assert "6.6.6.6" not in answer.text


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x", SECRET.upper()])
async def test_a_stranger_cannot_decide_what_is_traced(edge, secret):
    answer = await get(edge.port, traceparent=TRACEPARENT, tracestate="a=b", x_lab_run=secret)

    headers = answer.json()["headers"]
    assert not {"traceparent", "tracestate", "x-lab-run"} & set(headers)


async def test_a_run_that_knows_the_secret_is_traced_and_the_secret_stays_here(edge):
    headers = (await get(edge.port, traceparent=TRACEPARENT, x_lab_run=SECRET)).json()["headers"]

    version, trace, parent, flags = headers["traceparent"].split("-")
    assert (version, trace, flags) == ("00", TRACEPARENT.split("-")[1], "01")
    assert parent != TRACEPARENT.split("-")[2]
    assert "x-lab-run" not in headers


async def test_a_traced_request_is_a_span_between_the_callers_and_the_shorteners(edge):
    asked = {"path": '/a"b?secret=1', "traceparent": TRACEPARENT, "x_lab_run": SECRET}
    passed_on = (await get(edge.port, **asked)).json()["headers"]["traceparent"]

    span = sink_edge.read(await edge.next_line())

    assert (span["trace_id"], span["span_id"]) == tuple(passed_on.split("-")[1:3])
    assert span["parent_id"] == TRACEPARENT.split("-")[2]
    assert 0 <= span["end_s"] - span["start_s"] < 5
    assert abs(span["end_s"] - time.time()) < 5
    assert (span["status"], span["attributes"]["url.path"]) == ("unset", "/a%22b")
    assert span["attributes"]["edge.server"] in {"shortener-a", "shortener-b"}


async def test_what_a_caller_does_not_want_recorded_is_passed_on_as_it_is_and_not_logged(edge):
    unwanted = TRACEPARENT[:-2] + "00"
    answer = await get(edge.port, traceparent=unwanted, x_lab_run=SECRET)
    await get(edge.port)

    assert answer.json()["headers"]["traceparent"] == unwanted
    with pytest.raises(TimeoutError):
        await edge.next_line(within_s=1)


async def test_what_went_wrong_is_logged_traced_or_not(edge):
    edge.a.break_off = edge.b.break_off = lambda _method: True

    assert (await get(edge.port, "/x", "POST")).status_code == 502
    line = json.loads(await edge.next_line())
    await get(edge.port, "/x", "POST", traceparent=TRACEPARENT, x_lab_run=SECRET)
    span = sink_edge.read(await edge.next_line())

    assert (line["status"], line["method"]) == (502, "POST")
    assert span["status"] == "error"


async def test_an_unready_instance_leaves_the_rotation_and_comes_back(edge):
    edge.a.ready = False
    await until_up(edge, "shortener-b")

    assert {(await get(edge.port)).json()["by"] for _ in range(4)} == {"b"}

    edge.a.ready = True
    await until_up(edge, "shortener-a", "shortener-b")


async def test_instances_that_are_slow_to_say_that_they_are_ready_stay_in_the_rotation(edge):
    edge.a.hesitates_s = edge.b.hesitates_s = 0.7
    asked = edge.a.asked

    async with asyncio.timeout(20):
        while edge.a.asked < asked + 4:  # two failures would take it out
            assert await ups(edge) == {"shortener-a", "shortener-b"}
            await asyncio.sleep(0.05)


async def test_a_killed_instance_costs_no_visitor_anything(edge):
    """Also before the check has noticed: nothing was sent, so the other one is asked."""
    await edge.a.stop()

    statuses = [(await get(edge.port)).status_code for _ in range(10)]

    assert statuses == [200] * 10


async def test_an_answer_that_broke_off_is_asked_for_again_when_it_was_a_read(edge):
    edge.a.break_off = lambda method: True
    edge.b.break_off = lambda method: False

    answers = [(await get(edge.port)) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200] * 4
    assert edge.a.seen


async def test_a_post_whose_answer_broke_off_is_never_sent_twice(edge):
    edge.a.break_off = edge.b.break_off = lambda method: True

    answer = await get(edge.port, "/api/v1/links", method="POST")

    assert answer.status_code == 502
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(edge.a.seen) + len(edge.b.seen) == 1


async def test_without_any_instance_the_answer_is_a_problem_with_a_time_to_come_back(edge):
    await edge.a.stop()
    await edge.b.stop()

    answer = await get(edge.port)

    assert answer.status_code == 503
    assert answer.json()["type"] == "/problems/unavailable"
    assert answer.headers["retry-after"] == "1"


async def test_visitors_do_not_see_metrics(edge):
    assert (await get(edge.port, "/metrics")).status_code == 404
    assert (await get(edge.metrics_port, "/stats")).status_code == 200
