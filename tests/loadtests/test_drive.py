import asyncio
import json
import os
import signal
import socket
import time
from collections import Counter

import pytest
from bad_server import BadServer, Driver, plan

from loadtests import ledger

pytestmark = pytest.mark.integration


def _each_once(done: ledger.Ledger, planned: int) -> None:
    """Every planned request is in the ledger exactly once, and the summary agrees."""
    assert Counter(row.n for row in done.rows) == Counter(range(planned))
    assert done.summary["planned"] == planned
    assert done.summary["answered"] == sum(row.status != 0 for row in done.rows)


async def test_every_planned_request_is_sent_once_and_answered(
    server: BadServer, driver: Driver
) -> None:
    done = await driver.run(plan(server.url))
    _each_once(done, 50)
    assert server.seen == {"GET /x": 50}
    assert {(row.status, row.location) for row in done.rows} == {(302, "https://example.com/x")}
    assert done.summary["honest"]


async def test_a_stall_of_two_seconds_does_not_slow_the_schedule(
    server: BadServer, driver: Driver
) -> None:
    server.stalled = asyncio.Event()
    shape = {"kind": "steady", "rps": 200, "spacing": "even"}
    running = asyncio.create_task(driver.run(plan(server.url, shape=shape, duration_s=2)))
    while server.seen.total() < 400:  # all of them came although not one was answered
        await asyncio.sleep(0.02)
    server.stalled.set()
    done = await running
    _each_once(done, 400)
    assert all(row.status == 302 for row in done.rows)
    assert ledger.honest(done.rows) == ledger.Honesty(honest=True)
    assert done.rows[0].latency_ms > 1_800


async def test_a_server_that_does_not_even_accept_is_slow_and_the_generator_honest(
    server: BadServer, driver: Driver
) -> None:
    assert server.server is not None
    server.server.close()
    crowded = socket.create_server(("127.0.0.1", 0), backlog=1)
    port = crowded.getsockname()[1]
    process = await driver.start(plan(f"http://127.0.0.1:{port}"))
    assert process.stdout is not None
    started = json.loads(await process.stdout.readline())
    await asyncio.sleep(started["t0"] + 1 - time.time())  # by now all but two are knocking
    server.server = await asyncio.start_server(server.serve, sock=crowded, backlog=2_000)
    await process.communicate()
    done = driver.read()
    _each_once(done, 50)
    assert done.summary["honest"], done.summary
    assert max(row.latency_ms for row in done.rows) > 500


async def test_connections_that_are_cut_are_one_failure_each_and_never_tried_again(
    server: BadServer, driver: Driver
) -> None:
    done = await driver.run(plan(server.url, args={"codes": ["cut"]}))
    _each_once(done, 50)
    assert server.seen == {"GET /cut": 50}
    assert {(row.status, row.error) for row in done.rows} == {(0, "closed")}


@pytest.mark.parametrize(
    ("path", "error"), [("half", "cut short"), ("nonsense", "bad answer"), ("hang", "timeout")]
)
async def test_half_an_answer_is_no_answer(
    server: BadServer, driver: Driver, path: str, error: str
) -> None:
    wanted = plan(server.url, args={"codes": [path]}) | {"timeout_s": 1}
    done = await driver.run(wanted)
    _each_once(done, 50)
    assert {(row.status, row.error) for row in done.rows} == {(0, error)}


async def test_an_answer_that_ends_with_its_connection_is_whole(
    server: BadServer, driver: Driver
) -> None:
    args = {"codes": ["until-close"], "keep_body": True}
    done = await driver.run(plan(server.url, args=args))
    assert {(row.status, row.body) for row in done.rows} == {(200, "all of it")}


async def test_refused_connections_are_the_servers_failure_not_the_generators(
    server: BadServer, driver: Driver
) -> None:
    url = server.url
    assert server.server is not None
    server.server.close()
    done = await driver.run(plan(url))
    _each_once(done, 50)
    assert {row.error for row in done.rows} == {"refused"}
    assert done.summary["honest"]


async def test_a_redirect_to_elsewhere_is_an_error(server: BadServer, driver: Driver) -> None:
    args = {"codes": ["x", "y"], "expect": {"x": "https://example.com/x", "y": "https://other"}}
    done = await driver.run(plan(server.url, args=args))
    assert {(row.path, row.error) for row in done.rows} == {("/x", None), ("/y", "location")}


async def test_connections_are_kept_alive(server: BadServer, driver: Driver) -> None:
    await driver.run(plan(server.url))
    assert server.connections < 10


async def test_a_user_who_asks_twice_has_two_rows_and_is_somebody(
    server: BadServer, driver: Driver
) -> None:
    args = {"accounts": 2, "instances": [server.url], "pause_s": 0.1}
    done = await driver.run(plan(server.url, user="create_then_follow", args=args))
    assert Counter(row.step for row in done.rows) == {1: 50, 2: 50}
    assert done.summary["planned"] == 100
    assert server.seen["POST /api/v1/auth/register"] == 2
    followed = [row for row in done.rows if row.step == 2]
    created = {row.n: row for row in done.rows if row.step == 1}
    assert all(row.planned_s >= created[row.n].done_s + 0.099 for row in followed)
    assert {row.status for row in followed} == {302}


async def test_each_phase_has_throw_away_accounts_of_its_own(
    server: BadServer, driver: Driver
) -> None:
    two = plan(server.url, user="creator", args={"accounts": 1})
    two["phases"].append(two["phases"][0] | {"name": "second"})

    done = await driver.run(two)

    assert len(server.registered) == 2
    _each_once(done, 100)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_run_early_with_a_summary(
    server: BadServer, driver: Driver, how: signal.Signals
) -> None:
    process = await driver.start(plan(server.url, duration_s=60, args={"codes": ["hang"]}))
    while server.seen.total() < 10:
        await asyncio.sleep(0.02)
    process.send_signal(how)
    _, said = await process.communicate()
    assert process.returncode == 0, said.decode()
    done = driver.read()
    assert done.summary["interrupted"]
    assert {row.error for row in done.rows} == {"interrupted"}
    assert done.summary["planned"] + done.summary["not_due"] == 60 * 50
    assert len(done.rows) == done.summary["planned"]


async def test_rows_can_be_read_while_the_run_goes_on(server: BadServer, driver: Driver) -> None:
    process = await driver.start(plan(server.url, duration_s=3))
    path, offset = driver.folder / "requests.jsonl", 0
    rows: list[ledger.Row] = []
    while len(rows) < 20:
        await asyncio.sleep(0.05)
        if path.exists():
            new, offset = ledger.tail(path, offset)
            rows += new
    assert process.returncode is None
    os.kill(process.pid, signal.SIGTERM)
    await process.communicate()
    new, offset = ledger.tail(path, offset)
    assert [row.n for row in rows + new] == list(range(len(rows + new)))


async def test_the_timeline_starts_when_the_plan_says(server: BadServer, driver: Driver) -> None:
    t0 = time.time() + 1.5
    done = await driver.run(plan(server.url) | {"t0": t0})
    assert done.summary["t0"] == t0
    assert abs(done.rows[0].planned_s - t0 - 0.01) < 0.001


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"base_url": "http://192.0.2.1:80"}, "nowhere else"),
        ({"t0": 1.0}, "before the generator was ready"),
        ({"phases": []}, "needs phases"),
    ],
)
async def test_a_plan_that_is_refused_is_one_sentence_and_exit_code_2(
    server: BadServer, driver: Driver, change: dict[str, object], said: str
) -> None:
    process = await driver.start(plan(server.url) | change)
    _, error = await process.communicate()
    assert process.returncode == 2
    assert said in error.decode()
    assert len(error.decode().splitlines()) == 1


async def test_requests_are_traced_and_carry_the_runs_secret(
    server: BadServer, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads: list[str] = []
    original = asyncio.StreamReader.readuntil

    async def remember(reader: asyncio.StreamReader, separator: bytes = b"\n") -> bytes:
        head = await original(reader, separator)
        heads.append(head.decode())
        return head

    monkeypatch.setattr(asyncio.StreamReader, "readuntil", remember)
    done = await driver.run(plan(server.url, args={"codes": ["x"], "headers": {"x-lab-run": "s"}}))
    traces = {row.trace_id for row in done.rows}
    assert len(traces) == 50
    sent = [head for head in heads if "traceparent" in head]
    assert {head.split("traceparent: 00-")[1][:32] for head in sent} == traces
    assert all("x-lab-run: s\r\n" in head for head in sent)
    assert json.dumps(sorted(traces))
