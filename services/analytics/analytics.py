"""Analytics: read, store, park, commit. In this order, and it may die between any two.

After STORE the counts are in and Kafka does not know that we read: the batch comes again, every id
in it is known, nothing is added. Commit first and store then would lose the batch in the same
place; that is why it is this way round.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from opentelemetry.trace import SpanKind

from services.analytics.batch import Batch, Parked, sort
from services.analytics.consumer import Consumer
from services.analytics.limit import Limit, Recent
from services.analytics.messages import CLICKS, LINK_EVENTS, Received
from services.analytics.metrics import AnalyticsMetrics
from services.analytics.store import Store, Stored, Unstorable
from services.kit import logs
from services.kit.telemetry import Telemetry

log = logs.get(__name__)


class Step(StrEnum):
    """What one batch goes through."""

    READ = "read"
    STORE = "store"
    PARK = "park"


class Crashed(Exception):  # noqa: N818 - a test asked for it
    """The process ended here, as far as Kafka can tell."""


class TooMuchPoison(Exception):  # noqa: N818 - a sentence for the log
    """Most of what comes cannot be read: we stop rather than put everything aside."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How much at once, how long to wait for it, and when to stop."""

    batch_messages: int
    poll_s: float
    limit: Limit


class Analytics:
    """Takes batches from Kafka to the counts."""

    def __init__(
        self,
        consumer: Consumer,
        store: Store,
        telemetry: Telemetry,
        metrics: AnalyticsMetrics,
        pace: Pace,
    ) -> None:
        self.consumer = consumer
        self.store = store
        self.telemetry = telemetry
        self.metrics = metrics
        self.pace = pace
        self.recent = Recent()
        self.stopped = False

    async def run_once(self, *, crash_after: Step | None = None) -> int:
        """Consume one batch; how many messages that was.

        Raises:
            BrokerUnavailable, DatabaseUnavailable: nothing is lost, the batch is read again.
            TooMuchPoison: nothing was parked, and we stay here until somebody looks.
        """
        messages = await self.consumer.read(self.pace.batch_messages, self.pace.poll_s)
        self.metrics.lag.set(self.consumer.lag())
        if not messages:
            return 0
        began_s = time.perf_counter()
        try:
            _die_if(crash_after, Step.READ)
            with self._spans(messages):
                await self._handle(messages, crash_after)
        except BaseException:
            self.metrics.retries.inc()
            self.consumer.go_back()
            raise
        if not await self.consumer.commit():
            self.metrics.commits_failed.inc()
        self.metrics.batch_s.observe(time.perf_counter() - began_s)
        return len(messages)

    async def check(self) -> None:
        """For /readyz: whether we stopped."""
        if self.stopped:
            raise TooMuchPoison

    async def _handle(self, messages: Sequence[Received], crash_after: Step | None) -> None:
        batch = sort(messages)
        recent = self._judged(batch)
        try:
            stored = await self.store.store(batch)
        except Unstorable:
            stored = await self._one_by_one(messages, batch)
            recent = self._judged(batch)
        _die_if(crash_after, Step.STORE)
        if batch.parked:
            await self.consumer.send_to_dead_letters(batch.parked)
            log.warning("messages parked", messages=len(batch.parked), why=batch.parked[0].reason)
        _die_if(crash_after, Step.PARK)
        self.recent = recent
        self._count(batch, stored)

    async def _one_by_one(self, messages: Sequence[Received], batch: Batch) -> Stored:
        """One message spoils the transaction of all: find it, store the others, park it."""
        fresh: set[UUID] = set()
        unknown_link = 0
        refused = []
        for message in messages:
            try:
                stored = await self.store.store(sort([message]))
            except Unstorable as error:
                refused.append(Parked(message, f"the database refuses it: {error}"))
            else:
                fresh |= stored.fresh
                unknown_link += stored.unknown_link
        batch.parked += refused
        self._judged(batch)
        await self.store.store(Batch(parked=refused))
        return Stored(frozenset(fresh), unknown_link)

    def _judged(self, batch: Batch) -> Recent:
        recent = self.recent.after(batch.size, len(batch.parked), self.pace.limit)
        self.stopped = recent.exceeds(self.pace.limit)
        self.metrics.stopped.set(self.stopped)
        if self.stopped:
            share = recent.parked / recent.seen
            raise TooMuchPoison(
                f"{share:.0%} of the last messages cannot be read: {batch.parked[0].reason}"
                if batch.parked
                else f"{share:.0%} of the last messages could not be read"
            )
        return recent

    def _count(self, batch: Batch, stored: Stored) -> None:
        outcomes = Counter((p.message.topic, "parked") for p in batch.parked)
        for topic, ids in ((CLICKS, batch.clicks), (LINK_EVENTS, batch.link_events)):
            fresh = len(ids.keys() & stored.fresh)
            outcomes[topic, "stored"] += fresh
            outcomes[topic, "repeated"] += len(ids) - fresh + batch.repeated[topic]
        outcomes[CLICKS, "stored"] -= stored.unknown_link
        outcomes[CLICKS, "unknown_link"] += stored.unknown_link
        for (topic, outcome), messages in outcomes.items():
            self.metrics.messages.labels(topic, outcome).inc(messages)

    @contextmanager
    def _spans(self, messages: Sequence[Received]) -> Iterator[None]:
        """A log line, and a span while its batch takes, for each message of a recorded trace."""
        with ExitStack() as spans:
            for message in messages:
                carried = message.header("traceparent")
                if carried and self.telemetry.decides_to_record(carried):
                    spans.enter_context(
                        self.telemetry.entry_span(
                            f"process {message.topic}",
                            carried,
                            SpanKind.CONSUMER,
                            _attributes(message, len(messages)),
                        )
                    )
                    log.info(
                        "message received",
                        topic=message.topic,
                        partition=message.partition,
                        offset=message.offset,
                    )
            yield


def _attributes(message: Received, batch: int) -> dict[str, str | int]:
    return {
        "messaging.system": "kafka",
        "messaging.destination.name": message.topic,
        "messaging.destination.partition.id": str(message.partition),
        "messaging.kafka.offset": message.offset,
        "messaging.batch.message_count": batch,
    }


def _die_if(crash_after: Step | None, step: Step) -> None:
    if crash_after is step:
        raise Crashed(step)
