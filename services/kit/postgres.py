"""PostgreSQL: a bounded pool that can be watched, and a span around every statement.

A pool is a queue with a number of servers. What is worth watching is therefore how long callers
stand in the queue, not how busy the database is: `postgres_pool_waiting` and the acquire time.
"""

import asyncio
import functools
import re
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
from opentelemetry.trace import SpanKind
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from services.kit.metrics import SECONDS_BUCKETS
from services.kit.telemetry import span

_VERB = re.compile(r"\s*(\w+)")
_TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE)\s+([a-z_]+)", re.IGNORECASE)
# What says "the database is not there for us now", as opposed to "the statement is wrong".
_GONE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # cut between two messages of one statement: seen in a test run
    asyncpg.OperatorInterventionError,  # cancelled, shutting down, cannot connect now
    asyncpg.InsufficientResourcesError,  # too many connections, disk full
    asyncpg.LockNotAvailableError,
)


class DatabaseUnavailable(Exception):  # noqa: N818 - a state of the world, not of our code
    """PostgreSQL cannot be asked now: no free connection in time, or no answer."""


@functools.lru_cache(maxsize=512)
def span_name(statement: str) -> str:
    """`SELECT links` for a statement: what the trace shows without opening the span."""
    verb, table = _VERB.match(statement), _TABLE.search(statement)
    return " ".join(part[1] for part in (verb, table) if part) or "SQL"


def _traced(statement: str) -> Any:
    return span(
        span_name(statement),
        SpanKind.CLIENT,
        db__system__name="postgresql",
        db__query__text=" ".join(statement.split()),
    )


class TracedConnection(asyncpg.Connection):
    """A connection whose statements, BEGIN and COMMIT included, are spans."""

    async def execute(self, query: str, *args: Any, **options: Any) -> str:
        """Run one statement, or several without arguments; the answer is the command's tag."""
        with _traced(query):
            return str(await super().execute(query, *args, **options))

    async def executemany(
        self, command: str, args: Iterable[Sequence[Any]], **options: Any
    ) -> None:
        """Run one statement for each tuple of arguments."""
        with _traced(command):
            await super().executemany(command, args, **options)

    async def fetch(self, query: str, *args: Any, **options: Any) -> Any:
        """All rows."""
        with _traced(query):
            return await super().fetch(query, *args, **options)

    async def fetchrow(self, query: str, *args: Any, **options: Any) -> Any:
        """The first row, or None."""
        with _traced(query):
            return await super().fetchrow(query, *args, **options)

    async def fetchval(self, query: str, *args: Any, **options: Any) -> Any:
        """The first column of the first row, or None."""
        with _traced(query):
            return await super().fetchval(query, *args, **options)


class PoolMetrics:
    """The queue in front of the database."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, says: str) -> Gauge:
            return Gauge(f"postgres_pool_{name}", says, registry=registry)

        self.limit = gauge("limit", "Connections that the pool may open.")
        self.size = gauge("size", "Connections that are open.")
        self.in_use = gauge("in_use", "Connections that are lent out.")
        self.waiting = gauge("waiting", "Callers that wait for a connection now.")
        self.acquire_s = Histogram(
            "postgres_pool_acquire_seconds",
            "Time that a caller waited for a connection.",
            buckets=SECONDS_BUCKETS,
            registry=registry,
        )
        self.held_s = Histogram(
            "postgres_pool_held_seconds",
            "Time for which a connection was lent out.",
            buckets=SECONDS_BUCKETS,
            registry=registry,
        )
        self.timeouts = Counter(
            "postgres_pool_timeouts",
            "Callers that got no connection in time.",
            registry=registry,
        )


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """How many connections, and how long anyone may wait for one or for an answer."""

    size: int = 10
    acquire_timeout_s: float = 2.0
    statement_timeout_s: float = 5.0


class Database:
    """A pool of connections to one database."""

    def __init__(
        self, dsn: str, application_name: str, registry: CollectorRegistry, limits: PoolLimits
    ) -> None:
        self.limits = limits
        self.metrics = PoolMetrics(registry)
        self.metrics.limit.set(limits.size)
        self._dsn = dsn
        self._application_name = application_name
        self._pool: asyncpg.Pool | None = None

    async def open(self) -> None:
        """Make the pool, on the loop that will use it; connections are made when needed."""
        pool = self._pool = asyncpg.create_pool(
            self._dsn,
            min_size=0,  # a service starts without its database, and says so in /readyz
            max_size=self.limits.size,
            connection_class=TracedConnection,
            # The server gives up first and says so; the client's own limit is for a dead network.
            command_timeout=self.limits.statement_timeout_s + 1,
            timeout=self.limits.acquire_timeout_s,
            server_settings={
                "application_name": self._application_name,
                "statement_timeout": str(round(self.limits.statement_timeout_s * 1000)),
            },
        )
        await pool
        self.metrics.size.set_function(pool.get_size)
        self.metrics.in_use.set_function(lambda: pool.get_size() - pool.get_idle_size())

    async def close(self) -> None:
        """Wait for connections that are lent out, then close all; not longer than 5 s."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        try:
            async with asyncio.timeout(5):
                await pool.close()
        except TimeoutError:
            pool.terminate()

    async def ping(self) -> None:
        """Return if the database answers."""
        async with self.connection() as connection:
            await connection.fetchval("SELECT 1")

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """Lend a connection. Hold it for statements only, never over a call to someone else."""
        pool = self._pool
        if pool is None:
            raise DatabaseUnavailable("the pool is not open")
        try:
            connection = await self._acquire(pool)
            lent_s = time.perf_counter()
            try:
                yield connection
            finally:
                self.metrics.held_s.observe(time.perf_counter() - lent_s)
                await pool.release(connection)
        except _GONE as error:
            raise DatabaseUnavailable(f"{type(error).__name__}: {error}") from error

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[asyncpg.Connection]:
        """Lend a connection in a transaction: commits at the end, rolls back on an exception."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def _acquire(self, pool: asyncpg.Pool) -> Any:
        began_s = time.perf_counter()
        with self.metrics.waiting.track_inprogress(), span("wait for a connection"):
            try:
                connection = await pool.acquire(timeout=self.limits.acquire_timeout_s)
            except TimeoutError as error:
                self.metrics.timeouts.inc()
                raise DatabaseUnavailable("no free connection in time") from error
            finally:
                self.metrics.acquire_s.observe(time.perf_counter() - began_s)
        return connection
