"""The relay: claim, publish, note. In this order, and it may die between any two.

After CLAIM nothing has happened: the rows are claimed again. After PUBLISH Kafka has the events and
the outbox does not know: they are sent again, with the same ids, and consumers drop the repetition.
Note first and publish then would lose events in the same place; that is why it is this way round.
"""

import contextlib
import math
import time
from collections.abc import Iterator, Sequence
from enum import StrEnum

from opentelemetry.trace import SpanKind

from services.kit import logs
from services.kit.telemetry import Telemetry, traceparent
from services.relay.message import TOPIC, Message, Row, to_message
from services.relay.metrics import RelayMetrics
from services.relay.outbox import Outbox
from services.relay.publisher import BrokerUnavailable, Publisher

log = logs.get(__name__)


class Step(StrEnum):
    """What one batch goes through."""

    CLAIM = "claim"
    PUBLISH = "publish"
    NOTE = "note"


class Crashed(Exception):  # noqa: N818 - a test asked for it
    """The process ended here, as far as the database can tell."""


class Relay:
    """Takes batches from the outbox to Kafka."""

    def __init__(
        self,
        outbox: Outbox,
        publisher: Publisher,
        telemetry: Telemetry,
        metrics: RelayMetrics,
        *,
        batch_rows: int,
    ) -> None:
        self.outbox = outbox
        self.publisher = publisher
        self.telemetry = telemetry
        self.metrics = metrics
        self.batch_rows = batch_rows

    async def run_once(self, *, crash_after: Step | None = None) -> int:
        """Relay one batch; how many events that was. 0 too when another relay is at work.

        Raises:
            BrokerUnavailable: nothing was noted; the same rows come again.
        """
        await self._reach_the_broker()  # before the claim: who has no broker must not hold it
        began_s = time.perf_counter()
        async with self.outbox.claimed(self.batch_rows) as claimed:
            self.metrics.leading.set(claimed.leads)
            if not claimed.rows:
                return 0
            _die_if(crash_after, Step.CLAIM)
            await self._publish(claimed.rows)
            _die_if(crash_after, Step.PUBLISH)
            await claimed.note_as_published()
        self.metrics.batch_s.observe(time.perf_counter() - began_s)
        self.metrics.published.inc(len(claimed.rows))
        _die_if(crash_after, Step.NOTE)
        return len(claimed.rows)

    async def measure_lag(self) -> int:
        """Look at what waits, whoever relays it."""
        try:
            lag = await self.outbox.lag()
        except Exception:
            # An old figure would look like a healthy one.
            self.metrics.lag_rows.set(math.nan)
            self.metrics.lag_s.set(math.nan)
            raise
        self.metrics.lag_rows.set(lag.rows)
        self.metrics.lag_s.set(lag.seconds)
        return 0

    async def _reach_the_broker(self) -> None:
        try:
            await self.publisher.connect()
        except BrokerUnavailable:
            self.metrics.leading.set(0)
            raise

    async def _publish(self, rows: Sequence[Row]) -> None:
        with self._messages(rows) as messages:
            try:
                await self.publisher.publish(messages)
            except BrokerUnavailable:
                self.metrics.failed.inc()
                raise

    @contextlib.contextmanager
    def _messages(self, rows: Sequence[Row]) -> Iterator[list[Message]]:
        """The rows as messages. One of a recorded trace gets a line and a span."""
        messages = []
        with contextlib.ExitStack() as spans:
            for row in rows:
                carried = row.traceparent
                if carried and self.telemetry.decides_to_record(carried):
                    spans.enter_context(
                        self.telemetry.entry_span(
                            f"send {TOPIC}", carried, SpanKind.PRODUCER, _attributes(row, len(rows))
                        )
                    )
                    log.info("sending event", type=row.type, event_id=str(row.event_id))
                    carried = traceparent()
                messages.append(to_message(row, carried))
            yield messages


def _attributes(row: Row, batch: int) -> dict[str, str | int]:
    return {
        "messaging.system": "kafka",
        "messaging.destination.name": TOPIC,
        "messaging.message.id": str(row.event_id),
        "messaging.kafka.message.key": row.key,
        "messaging.batch.message_count": batch,
    }


def _die_if(crash_after: Step | None, step: Step) -> None:
    if crash_after is step:
        raise Crashed(step)
