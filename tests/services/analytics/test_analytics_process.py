import asyncio
import signal

import asyncpg
import pytest
from analytics_parts import Sender, clicks
from service_process import answers, service_process

from tests.brokers import Broker

pytestmark = pytest.mark.integration


async def test_it_counts_what_is_sent_and_leaves_when_told_to(
    dsn: str, broker: Broker, group: str, sender: Sender, sql: asyncpg.Connection
) -> None:
    settings = {"POSTGRES_DSN": dsn, "KAFKA_BOOTSTRAP": broker.bootstrap, "GROUP": group}
    async with service_process("analytics", **settings) as (process, http):
        await sender.click()
        async with asyncio.timeout(10):
            while await clicks(sql) < 1:
                await asyncio.sleep(0.05)
        ready = await answers(http, "/readyz")
        assert ready.json()["status"] == "pass"
        page = (await http.get("/metrics")).text
        assert 'analytics_messages_total{outcome="stored",topic="clicks"} 1.0' in page
        process.send_signal(signal.SIGTERM)

        assert await asyncio.wait_for(process.wait(), 10) == 0


async def test_without_a_broker_it_lives_and_says_what_is_missing(dsn: str) -> None:
    settings = {"POSTGRES_DSN": dsn, "KAFKA_BOOTSTRAP": "127.0.0.1:1"}
    async with service_process("analytics", **settings) as (process, http):
        ready = await answers(http, "/readyz")

        assert ready.json()["checks"]["kafka"]["status"] == "fail"
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 10) == 0
