import asyncio

import asyncpg
import pytest
from kit_app import DemoSettings
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry
from redis_server import free_port

from services.kit.postgres import Database, DatabaseUnavailable, PoolLimits, span_name
from services.kit.telemetry import Telemetry

pytestmark = pytest.mark.integration


@pytest.fixture
def registry():
    return CollectorRegistry()


@pytest.fixture
async def database(empty_dsn, registry):
    database = Database(empty_dsn, "shortener-a", registry, PoolLimits(2, 0.2, 1.0))
    await database.open()
    yield database
    await database.close()


async def test_connections_carry_the_name_of_the_instance(database):
    async with database.connection() as connection:
        assert await connection.fetchval("SHOW application_name") == "shortener-a"


async def test_a_transaction_rolls_back_on_an_exception(database):
    async def fails_halfway():
        async with database.transaction() as connection:
            await connection.execute("CREATE TABLE t (n int)")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails_halfway()

    async with database.connection() as connection:
        assert await connection.fetchval("SELECT to_regclass('t')") is None


async def test_who_gets_no_connection_in_time_is_told(database, registry):
    async with database.connection(), database.connection():
        with pytest.raises(DatabaseUnavailable):
            async with database.connection():
                pass

    assert registry.get_sample_value("postgres_pool_timeouts_total") == 1
    await database.ping()


async def test_the_pool_shows_its_queue(database, registry):
    def value(name):
        return registry.get_sample_value(f"postgres_pool_{name}")

    async with database.connection(), database.connection():
        third = asyncio.create_task(database.ping())
        await asyncio.sleep(0)
        assert (value("limit"), value("size"), value("in_use"), value("waiting")) == (2, 2, 2, 1)
    await third

    assert (value("in_use"), value("waiting")) == (0, 0)
    assert value("acquire_seconds_count") == value("held_seconds_count") == 3


async def test_a_statement_that_takes_too_long_is_cancelled_by_the_server(database):
    with pytest.raises(DatabaseUnavailable, match="QueryCanceled"):
        async with database.connection() as connection:
            await connection.execute("SELECT pg_sleep(30)")


async def test_connections_that_were_cut_are_replaced(database, postgres_server):
    await database.ping()
    await postgres_server.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name <> ''",
        database="postgres",
    )
    async with asyncio.timeout(5):
        while True:
            try:
                return await database.ping()
            except DatabaseUnavailable:
                continue


async def test_a_connection_that_broke_in_the_middle_of_a_statement_is_gone(database):
    with pytest.raises(DatabaseUnavailable, match="InternalClientError"):
        async with database.connection():
            raise asyncpg.InternalClientError("cannot switch to state 12")


async def test_a_service_opens_its_pool_without_a_database(registry):
    nobody = f"postgresql://x@127.0.0.1:{free_port()}/x"
    database = Database(nobody, "a", registry, PoolLimits())
    await database.open()
    with pytest.raises(DatabaseUnavailable):
        await database.ping()
    await database.close()


async def test_every_statement_of_a_traced_request_is_a_span(database):
    spans = InMemorySpanExporter()
    telemetry = Telemetry("demo", DemoSettings(instance="a", trace_ratio=1), spans)
    telemetry._provider.add_span_processor(SimpleSpanProcessor(spans))

    with telemetry.entry_span("request"):
        async with database.transaction() as connection:
            await connection.execute("CREATE TABLE t (n int)")
            await connection.fetchval("INSERT INTO t VALUES ($1) RETURNING n", 1)
    telemetry.shutdown()

    names = [s.name for s in dict.fromkeys(spans.get_finished_spans())]
    assert names[:5] == ["wait for a connection", "BEGIN", "CREATE", "INSERT t", "COMMIT"]


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("SELECT a FROM links WHERE b", "SELECT links"),
        ("\n INSERT INTO links (a) VALUES ($1)", "INSERT links"),
        ("UPDATE links SET a = 1", "UPDATE links"),
        ("DELETE FROM outbox", "DELETE outbox"),
        ("BEGIN;", "BEGIN"),
        ("SELECT 1", "SELECT"),
    ],
)
def test_a_span_is_named_after_verb_and_table(statement, name):
    assert span_name(statement) == name
