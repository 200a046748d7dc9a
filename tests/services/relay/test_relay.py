import asyncio
import json
import math
import signal

import asyncpg
import pytest
from relay_outbox import a_relay, write_event

from services.kit.postgres import DatabaseUnavailable
from services.relay.publisher import BrokerUnavailable
from services.relay.relay import Crashed, Relay, Step
from tests.brokers import Broker, Reader

pytestmark = pytest.mark.integration


def header(message, name: str) -> str | None:
    return next((value.decode() for key, value in message.headers if key == name), None)


def versions(messages, key: str) -> list[int]:
    return [json.loads(m.value)["version"] for m in messages if m.key == key.encode()]


async def waiting(sql: asyncpg.Connection) -> int:
    return await sql.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL")


async def test_an_event_reaches_kafka_with_its_key_id_type_and_payload(
    relay: Relay, topic: Reader, sql: asyncpg.Connection
) -> None:
    event_id = await write_event(sql, "spring", 3)

    assert await relay.run_once() == 1

    [message] = await topic.read(1)
    assert message.key == b"spring"
    assert json.loads(message.value) == {"code": "spring", "version": 3}
    assert header(message, "event_id") == str(event_id)
    assert header(message, "type") == "link.changed"
    assert await waiting(sql) == 0


async def test_an_empty_outbox_is_zero_events(relay: Relay) -> None:
    assert await relay.run_once() == 0


async def test_the_events_of_a_link_arrive_in_order_over_many_batches(
    dsn: str, broker: Broker, topic: Reader, sql: asyncpg.Connection
) -> None:
    for number in range(40):
        for key in ("a", "b", "c"):
            await write_event(sql, key, number)

    async with a_relay(dsn, broker.bootstrap, batch_rows=7) as relay:
        while await relay.run_once():
            pass

    got = await topic.read(120)
    assert all(versions(got, key) == list(range(40)) for key in ("a", "b", "c"))


async def test_a_relay_killed_after_publishing_sends_the_event_again_with_the_same_id(
    relay: Relay, topic: Reader, sql: asyncpg.Connection
) -> None:
    event_id = await write_event(sql, "twice")

    with pytest.raises(Crashed):
        await relay.run_once(crash_after=Step.PUBLISH)
    assert await relay.run_once() == 1

    got = await topic.read(2)
    assert [header(m, "event_id") for m in got] == [str(event_id)] * 2
    assert await relay.run_once() == 0


async def test_a_relay_killed_before_publishing_has_sent_nothing_and_lost_nothing(
    relay: Relay, topic: Reader, sql: asyncpg.Connection
) -> None:
    await write_event(sql, "once")

    with pytest.raises(Crashed):
        await relay.run_once(crash_after=Step.CLAIM)
    assert await topic.nothing_more()
    assert await relay.run_once() == 1

    await topic.read(1)
    assert await topic.nothing_more()


async def test_a_relay_killed_after_noting_does_not_send_again(
    relay: Relay, topic: Reader, sql: asyncpg.Connection
) -> None:
    await write_event(sql, "noted")

    with pytest.raises(Crashed):
        await relay.run_once(crash_after=Step.NOTE)

    assert await relay.run_once() == 0
    await topic.read(1)
    assert await topic.nothing_more()


async def test_transactions_that_commit_out_of_order_lose_nothing_and_keep_the_links_order(
    relay: Relay, topic: Reader, dsn: str, sql: asyncpg.Connection
) -> None:
    """The first writer commits last: its lower id appears after a higher one was visible."""
    slow = await asyncpg.connect(dsn)
    try:
        transaction = slow.transaction()
        await transaction.start()
        await write_event(slow, "k", 1)
        await write_event(sql, "k", 2)  # committed at once

        assert await relay.run_once() == 0  # 2 must not overtake 1
        await transaction.commit()
        assert await relay.run_once() == 2
    finally:
        await slow.close()

    assert versions(await topic.read(2), "k") == [1, 2]
    assert await waiting(sql) == 0


async def test_a_transaction_that_is_rolled_back_leaves_a_gap_that_stops_nobody(
    relay: Relay, topic: Reader, sql: asyncpg.Connection
) -> None:
    await write_event(sql, "k", 1)
    transaction = sql.transaction()
    await transaction.start()
    await write_event(sql, "k", 2)
    await transaction.rollback()
    await write_event(sql, "k", 3)

    assert await relay.run_once() == 2

    assert versions(await topic.read(2), "k") == [1, 3]


async def test_two_relays_keep_every_links_order_and_lose_nothing(
    dsn: str, broker: Broker, topic: Reader, sql: asyncpg.Connection
) -> None:
    keys = [f"link-{n}" for n in range(8)]

    async def write() -> None:
        for number in range(25):
            for key in keys:
                await write_event(sql, key, number)

    async def relay_until(done: asyncio.Event, instance: str) -> int:
        async with a_relay(dsn, broker.bootstrap, instance=instance, batch_rows=5) as relay:
            sent = 0
            while not done.is_set() or await waiting_apart(dsn):
                sent += await relay.run_once()
            return sent

    written = asyncio.Event()
    relays = [asyncio.create_task(relay_until(written, f"relay-{n}")) for n in "ab"]
    await write()
    written.set()
    sent = await asyncio.gather(*relays)

    got = await topic.read(200)
    assert sum(sent) == 200
    assert all(versions(got, key) == list(range(25)) for key in keys)
    assert await topic.nothing_more()


async def waiting_apart(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        return await waiting(connection)
    finally:
        await connection.close()


async def test_while_one_relay_is_at_work_the_other_takes_nothing(
    relay: Relay, dsn: str, broker: Broker, sql: asyncpg.Connection
) -> None:
    await write_event(sql, "k")

    async with a_relay(dsn, broker.bootstrap) as other, other.outbox.claimed(10) as claimed:
        assert len(claimed.rows) == 1
        assert await relay.run_once() == 0

    assert await relay.run_once() == 1


async def test_a_hanging_broker_gives_the_claim_back_and_later_gets_everything(
    dsn: str, broker: Broker, topic: Reader, sql: asyncpg.Connection
) -> None:
    async with a_relay(dsn, broker.bootstrap, publish_within_s=0.5) as relay:
        await write_event(sql, "k", 1)
        assert await relay.run_once() == 1
        await write_event(sql, "k", 2)
        broker.send(signal.SIGSTOP)
        try:
            with pytest.raises(BrokerUnavailable):
                await relay.run_once()
            async with relay.outbox.claimed(1) as claimed:  # nobody holds it
                assert claimed.leads
            assert await waiting(sql) == 1
            with pytest.raises(BrokerUnavailable):
                await relay.publisher.check()
        finally:
            broker.send(signal.SIGCONT)
        async with asyncio.timeout(20):
            while await waiting(sql):
                try:
                    await relay.run_once()
                except BrokerUnavailable:
                    await asyncio.sleep(0.1)
        await relay.publisher.check()

    seen = versions(await topic.read_at_least(2), "k")
    assert list(dict.fromkeys(seen)) == [1, 2]  # perhaps repeated, never turned round


async def test_a_broker_that_is_not_there_leaves_the_claim_to_others(
    dsn: str, broker: Broker, sql: asyncpg.Connection
) -> None:
    nobody = f"127.0.0.1:{broker.home.port('nobody')}"
    await write_event(sql, "k")
    async with a_relay(dsn, nobody, publish_within_s=0.5) as cut_off:
        with pytest.raises(BrokerUnavailable):
            await cut_off.run_once()

        async with a_relay(dsn, broker.bootstrap) as relay:
            assert await relay.run_once() == 1


async def test_the_trace_of_the_row_goes_on_in_the_message(
    relay: Relay, topic: Reader, sql: asyncpg.Connection
) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    await write_event(sql, "traced", traceparent=f"00-{trace}-b7ad6b7169203331-01")
    await write_event(sql, "untraced", traceparent=f"00-{trace}-b7ad6b7169203331-00")

    await relay.run_once()

    traced, untraced = sorted(await topic.read(2), key=lambda m: m.key)
    assert header(traced, "traceparent").startswith(f"00-{trace}-")
    assert "b7ad6b7169203331" not in header(traced, "traceparent")  # our span's id, not the row's
    assert header(untraced, "traceparent") == f"00-{trace}-b7ad6b7169203331-00"


async def test_the_lag_is_measured_in_rows_and_seconds(
    relay: Relay, sql: asyncpg.Connection
) -> None:
    await relay.measure_lag()
    assert (relay.metrics.lag_rows._value.get(), relay.metrics.lag_s._value.get()) == (0, 0)
    for number in range(3):
        await write_event(sql, "k", number)
    await sql.execute("UPDATE outbox SET created_at = now() - interval '1 minute'")

    await relay.measure_lag()

    assert relay.metrics.lag_rows._value.get() == 3
    assert 60 <= relay.metrics.lag_s._value.get() < 70


async def test_a_lag_that_cannot_be_measured_is_not_a_small_one(
    relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_answer() -> None:
        raise DatabaseUnavailable("gone")

    monkeypatch.setattr(type(relay.outbox), "lag", lambda _self: no_answer())

    with pytest.raises(DatabaseUnavailable):
        await relay.measure_lag()

    assert math.isnan(relay.metrics.lag_s._value.get())
