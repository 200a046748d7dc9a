import asyncio
import re
import signal

import asyncpg
import pytest
from relay_outbox import write_event
from service_process import answers, service_process

from tests.brokers import Broker, Reader

pytestmark = pytest.mark.integration


async def test_it_relays_what_is_written_and_leaves_when_told_to(
    dsn: str, broker: Broker, topic: Reader, sql: asyncpg.Connection
) -> None:
    settings = {"POSTGRES_DSN": dsn, "KAFKA_BOOTSTRAP": broker.bootstrap}
    async with service_process("relay", **settings) as (process, http):
        await write_event(sql, "k")
        await topic.read(1)
        ready = await answers(http, "/readyz")
        assert ready.json()["status"] == "pass"
        async with asyncio.timeout(5):
            while not await sql.fetchval("SELECT bool_and(published_at IS NOT NULL) FROM outbox"):
                await asyncio.sleep(0.05)
        assert (await http.get("/livez")).json()["instance"] == "relay"
        process.send_signal(signal.SIGTERM)

        assert await asyncio.wait_for(process.wait(), 10) == 0


async def test_without_a_broker_it_is_healthy_and_shows_the_lag(
    dsn: str, sql: asyncpg.Connection
) -> None:
    await write_event(sql, "k")
    settings = {"POSTGRES_DSN": dsn, "KAFKA_BOOTSTRAP": "127.0.0.1:1"}
    async with service_process("relay", **settings) as (process, http):
        async with asyncio.timeout(10):
            while lag_rows((await http.get("/metrics")).text) != 1:
                await asyncio.sleep(0.05)

        ready = await answers(http, "/readyz")

        assert ready.json()["checks"]["kafka"]["status"] == "fail"
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 10) == 0


def lag_rows(page: str) -> float:
    found = re.search(r"^relay_lag_rows (\S+)$", page, re.MULTILINE)
    return float(found[1]) if found else 0.0
