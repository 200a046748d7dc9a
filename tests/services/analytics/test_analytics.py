import asyncio
import contextlib
import json
import uuid

import asyncpg
import pytest
from analytics_parts import AT, Sender, an_analytics, clicks, drained, forever

from services.analytics.analytics import Analytics, Crashed, Step, TooMuchPoison
from services.analytics.batch import sort
from services.analytics.consumer import BrokerUnavailable
from services.analytics.messages import Received
from services.kit.postgres import DatabaseUnavailable
from tests.brokers import MEMORY, Broker, Reader

pytestmark = pytest.mark.integration


def outcome(analytics: Analytics, topic: str, name: str) -> int:
    return int(analytics.metrics.messages.labels(topic, name)._value.get())


async def test_clicks_are_added_up_by_link_and_hour(
    analytics: Analytics, sender: Sender, sql: asyncpg.Connection
) -> None:
    for minute in range(3):
        await sender.click(clicked_at=f"2026-11-20T10:{minute:02}:00+00:00")
    await sender.click(clicked_at="2026-11-20T12:30:00+01:00")  # 11:30 in UTC

    await drained(analytics, 4)

    rows = await sql.fetch("SELECT link_id, hour, clicks FROM click_counts ORDER BY hour")
    assert [(r["link_id"], r["hour"].hour, r["clicks"]) for r in rows] == [
        (sender.link_id, 10, 3),
        (sender.link_id, 11, 1),
    ]


async def test_a_click_that_is_sent_twice_counts_once(
    analytics: Analytics, sender: Sender, sql: asyncpg.Connection
) -> None:
    event_id = await sender.click()
    await sender.click(event_id)
    await drained(analytics, 2)
    await sender.click(event_id)
    await drained(analytics, 1)

    assert await clicks(sql) == 1
    assert outcome(analytics, "clicks", "stored") == 1
    assert outcome(analytics, "clicks", "repeated") == 2


async def test_a_batch_that_is_partly_known_adds_only_what_is_new(
    analytics: Analytics, sender: Sender, sql: asyncpg.Connection
) -> None:
    known = [await sender.click() for _ in range(2)]
    await drained(analytics, 2)

    for event_id in known:
        await sender.click(event_id)
    await sender.click()
    await drained(analytics, 3)

    assert await clicks(sql) == 3
    assert outcome(analytics, "clicks", "repeated") == 2


async def test_two_consumers_that_store_the_same_batch_at_once_count_it_once(
    analytics: Analytics, sender: Sender, sql: asyncpg.Connection
) -> None:
    content = {"link_id": sender.link_id, "code": sender.code, "clicked_at": AT}
    values = [json.dumps(content | {"event_id": str(uuid.uuid4())}).encode() for _ in range(50)]
    messages = [Received("clicks", 0, n, None, value) for n, value in enumerate(values)]

    stored = await asyncio.gather(*(analytics.store.store(sort(messages)) for _ in range(2)))

    assert await clicks(sql) == 50
    assert sorted(len(one.fresh) for one in stored) == [0, 50]


@pytest.mark.parametrize("step", list(Step))
async def test_killed_before_the_offsets_are_committed_the_batch_comes_again_and_counts_once(
    dsn: str, broker: Broker, group: str, sender: Sender, sql: asyncpg.Connection, step: Step
) -> None:
    for _ in range(5):
        await sender.click()

    async with an_analytics(dsn, broker.bootstrap, group=group) as dies:
        with pytest.raises(Crashed):
            await forever(dies, crash_after=step)
    counted_by_the_dead = await clicks(sql)
    async with an_analytics(dsn, broker.bootstrap, group=group) as lives:
        await drained(lives, 5)

    assert (counted_by_the_dead > 0) is (step is not Step.READ)
    assert await clicks(sql) == 5


async def test_what_was_committed_does_not_come_again(
    dsn: str, broker: Broker, group: str, sender: Sender
) -> None:
    await sender.click()
    async with an_analytics(dsn, broker.bootstrap, group=group) as first:
        await drained(first, 1)

    async with an_analytics(dsn, broker.bootstrap, group=group) as second:
        assert [await second.run_once() for _ in range(3)] == [0, 0, 0]


async def test_a_batch_that_the_database_could_not_take_is_read_again(
    analytics: Analytics, sender: Sender, sql: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def not_now(_batch: object) -> None:
        raise DatabaseUnavailable("gone")

    for _ in range(3):
        await sender.click()
    with monkeypatch.context() as patch:
        patch.setattr(type(analytics.store), "store", lambda _self, batch: not_now(batch))
        with pytest.raises(DatabaseUnavailable):
            await forever(analytics)

    await sender.click()
    await drained(analytics, 4)

    assert await clicks(sql) == 4


async def test_a_poison_message_is_parked_with_the_reason_and_the_others_count(
    analytics: Analytics, sender: Sender, sql: asyncpg.Connection, dead_letters: Reader
) -> None:
    await sender.click()
    await sender.raw(b"{not json", headers=[("traceparent", b"00-x")])
    await sender.click()

    await drained(analytics, 3)

    assert await clicks(sql) == 2
    [row] = await sql.fetch("SELECT * FROM dead_letters")
    assert (row["topic"], row["payload"], row["reason"]) == ("clicks", b"{not json", "not JSON")
    [letter] = await dead_letters.read(1)
    headers = dict(letter.headers)
    assert letter.value == b"{not json"
    assert headers["dead_letter_reason"] == b"not JSON"
    assert headers["traceparent"] == b"00-x"
    where = f"clicks/{row['partition']}/{row['partition_offset']}"
    assert headers["dead_letter_from"].decode() == where


async def test_killed_between_the_table_and_the_topic_of_dead_letters_both_get_it(
    dsn: str,
    broker: Broker,
    group: str,
    sender: Sender,
    sql: asyncpg.Connection,
    dead_letters: Reader,
) -> None:
    await sender.raw(b"poison")
    async with an_analytics(dsn, broker.bootstrap, group=group) as dies:
        with pytest.raises(Crashed):
            await forever(dies, crash_after=Step.STORE)
    assert await dead_letters.nothing_more()

    async with an_analytics(dsn, broker.bootstrap, group=group) as lives:
        await drained(lives, 1)

    assert await sql.fetchval("SELECT count(*) FROM dead_letters") == 1
    await dead_letters.read(1)


async def test_a_message_that_only_the_database_refuses_is_parked_alone(
    analytics: Analytics, sender: Sender, sql: asyncpg.Connection, dead_letters: Reader
) -> None:
    """PostgreSQL's years end later than Python's, so a rule of the table stands in for it."""
    await sql.execute("ALTER TABLE click_counts ADD CHECK (hour < '2100-01-01')")
    await sender.click()
    await sender.click(clicked_at="2200-01-01T00:00:00+00:00")
    await sender.click()

    await drained(analytics, 3)

    assert await clicks(sql) == 2
    reason = await sql.fetchval("SELECT reason FROM dead_letters")
    assert reason.startswith("the database refuses it")
    await dead_letters.read(1)


async def test_when_most_messages_are_poison_it_stops_and_parks_nothing(
    dsn: str, broker: Broker, group: str, sender: Sender, sql: asyncpg.Connection
) -> None:
    async with an_analytics(
        dsn, broker.bootstrap, group=group, park_judge_after=10, batch_messages=100
    ) as analytics:
        for _ in range(20):
            await sender.raw(b"a new format")
        with pytest.raises(TooMuchPoison, match="100% of the last messages cannot be read"):
            await forever(analytics)

        with pytest.raises(TooMuchPoison):
            await analytics.check()
        assert analytics.metrics.stopped._value.get() == 1
        assert await sql.fetchval("SELECT count(*) FROM dead_letters") <= 10


async def test_a_click_on_a_link_that_is_not_there_is_told_and_not_poison(
    analytics: Analytics, sender: Sender, sql: asyncpg.Connection
) -> None:
    """Kafka outlives a reset of the database: ids start again, and mean other links."""
    await sender.click(link_id=sender.link_id + 1_000)
    await sender.click(code="other")
    await sender.click(code=sender.code.upper())  # an alias, typed in capitals

    await drained(analytics, 3)

    assert await clicks(sql) == 1
    assert outcome(analytics, "clicks", "unknown_link") == 2
    assert await sql.fetchval("SELECT count(*) FROM dead_letters") == 0


async def test_link_events_are_remembered_by_the_id_in_their_headers(
    analytics: Analytics, sender: Sender, sql: asyncpg.Connection
) -> None:
    event_id = "0190a3f2-0000-4000-8000-000000000001"
    headers = [("event_id", event_id.encode()), ("type", b"link.created")]
    for _ in range(2):
        await sender.raw(b'{"code": "x"}', topic="link-events", headers=headers)

    await drained(analytics, 2)

    assert await sql.fetchval("SELECT event_id::text FROM processed_events") == event_id
    assert outcome(analytics, "link-events", "repeated") == 1


async def test_ids_are_forgotten_after_their_time(
    analytics: Analytics, sender: Sender, sql: asyncpg.Connection
) -> None:
    await sender.click()
    await drained(analytics, 1)
    assert await analytics.store.forget(older_than_s=60) == 0
    await sql.execute("UPDATE processed_events SET processed_at = now() - interval '2 minutes'")

    assert await analytics.store.forget(older_than_s=60) == 1

    assert await sql.fetchval("SELECT count(*) FROM processed_events") == 0


async def test_a_click_s_trace_goes_on_while_it_is_stored(
    analytics: Analytics, sender: Sender
) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    seen: list[str] = []
    inner = analytics.telemetry.entry_span

    def watched(name: str, carried: str, *rest: object):
        seen.append(f"{name} {carried}")
        return inner(name, carried, *rest)

    analytics.telemetry.entry_span = watched
    header = f"00-{trace}-b7ad6b7169203331-01"
    await sender.raw(json.dumps({}).encode(), headers=[("traceparent", header.encode())])

    await drained(analytics, 1)

    assert seen == [f"process clicks {header}"]


async def test_after_the_broker_was_killed_and_came_back_counting_goes_on(
    analytics: Analytics, sender: Sender, sql: asyncpg.Connection, broker: Broker
) -> None:
    """The in-memory broker comes back without its groups, which ends the consumer for good."""
    await sender.click()
    await drained(analytics, 1)
    broker.kill()
    broker.start()

    async with asyncio.timeout(60):
        while await clicks(sql) < 2:
            await sender.click()
            with contextlib.suppress(BrokerUnavailable):
                await analytics.run_once()


async def test_two_consumers_that_share_the_work_count_every_click_once(
    dsn: str, broker: Broker, group: str, sender: Sender, sql: asyncpg.Connection
) -> None:
    """The second one joins in the middle: partitions move, some batches come twice."""
    if broker.kind == MEMORY:
        pytest.skip("groups rebalance on Apache Kafka only")
    done = asyncio.Event()

    async def work(instance: str) -> None:
        changes = {"group": group, "instance": instance, "batch_messages": 7, "poll_s": 0.05}
        async with an_analytics(dsn, broker.bootstrap, **changes) as analytics:
            while not done.is_set():
                await analytics.run_once()

    async def send() -> None:
        for number in range(300):
            sender_key = f"k{number}".encode()
            click = json.dumps(
                {
                    "event_id": f"00000000-0000-4000-8000-{number:012}",
                    "code": sender.code,
                    "link_id": sender.link_id,
                    "clicked_at": "2026-11-20T10:00:00+00:00",
                }
            )
            await sender.producer.send_and_wait("clicks", click.encode(), key=sender_key)

    first = asyncio.create_task(work("analytics-1"))
    sending = asyncio.create_task(send())
    await asyncio.sleep(0.3)
    second = asyncio.create_task(work("analytics-2"))
    await sending
    async with asyncio.timeout(30):
        while await clicks(sql) < 300:
            await asyncio.sleep(0.05)
    done.set()
    await asyncio.gather(first, second)

    assert await clicks(sql) == 300
