"""Traces: W3C context in and out, the sampling decision, and spans that cost nothing unsampled.

The decision whether a trace is recorded is taken once, where a request enters the system: a caller
that sends `traceparent` has decided for us (parent-based), everyone else is sampled at a ratio.
From then on `span()` asks whether the span around it is recorded; if not it hands back one shared
object that does nothing, so that untraced requests do not pay for the spans they will not have.
"""

import random
import re
from collections.abc import Mapping
from contextlib import AbstractContextManager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
)

from services.kit.otlp import otlp_exporter
from services.kit.scope import TRACER, Nothing, Recorded, Unrecorded
from services.kit.settings import ServiceSettings

Attribute = str | bool | int | float
EXPORT_EVERY_MS = 400
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_EMPTY = Context()


class Telemetry:
    """The spans of one process: where they go, and which traces are recorded."""

    def __init__(
        self, service: str, settings: ServiceSettings, exporter: SpanExporter | None = None
    ) -> None:
        """Export to `exporter`, else to the settings' OTLP endpoint, else nowhere."""
        self.ratio = settings.trace_ratio
        exporter = exporter or otlp_exporter(settings)
        self.enabled = exporter is not None
        self._provider = TracerProvider(
            # The head decision is `decides_to_record`; whoever gets past it is meant.
            sampler=ALWAYS_ON,
            resource=Resource({"service.name": service, "service.instance.id": settings.instance}),
            shutdown_on_exit=False,
        )
        if exporter is not None:
            self._provider.add_span_processor(
                BatchSpanProcessor(
                    exporter, max_queue_size=16_384, schedule_delay_millis=EXPORT_EVERY_MS
                )
            )
        self.tracer = self._provider.get_tracer("services")

    def decides_to_record(self, traceparent: str | bytes | None) -> bool:
        """Whether a request that came with this header (or none) is to be traced."""
        if not self.enabled:
            return False
        if traceparent:
            caller = extract(traceparent)
            if caller is not None:
                return caller.trace_flags.sampled
        return random.random() < self.ratio  # noqa: S311 - a sampling decision, not a secret

    def entry_span(
        self,
        name: str,
        traceparent: str | bytes | None = None,
        kind: SpanKind = SpanKind.SERVER,
        attributes: Mapping[str, Attribute] | None = None,
        *,
        record: bool | None = None,
    ) -> AbstractContextManager[Span]:
        """The span with which work enters this process: a request, a message, a batch.

        `record` is the decision, where it was taken already; it must be taken only once.
        """
        parent = extract(traceparent) if traceparent else None
        if record is None:
            record = self.decides_to_record(traceparent)
        if not record:
            return Unrecorded(parent)
        around = _remote(parent) if parent else _EMPTY
        entered = self.tracer.start_span(name, around, kind=kind, attributes=attributes)
        return Recorded(entered, self.tracer)

    def shutdown(self) -> None:
        """Send what is waiting and stop the exporter's thread. Blocks: call it off the loop."""
        self._provider.shutdown()


_NOTHING = Nothing()


def recording() -> bool:
    """Whether the current request is being traced."""
    return trace.get_current_span().is_recording()


def span(
    name: str, kind: SpanKind = SpanKind.INTERNAL, **attributes: Attribute
) -> AbstractContextManager[Span]:
    """A child of the current span, or nothing at all when the trace is not recorded.

    Attribute names are written with `__` for the dot: `db__system="postgresql"`.
    """
    tracer = TRACER.get()
    if tracer is None or not recording():
        return _NOTHING
    named = {key.replace("__", "."): value for key, value in attributes.items()}
    return Recorded(tracer.start_span(name, kind=kind, attributes=named))


def fail(failed: Span, why: str) -> None:
    """Mark a span as failed without an exception leaving it."""
    failed.set_status(Status(StatusCode.ERROR, why))


def traceparent() -> str | None:
    """The current context as a W3C `traceparent` value, or None outside any trace."""
    current = trace.get_current_span().get_span_context()
    if not current.is_valid:
        return None
    return f"00-{current.trace_id:032x}-{current.span_id:016x}-{current.trace_flags:02x}"


def trace_id() -> str | None:
    """The current trace id in hex, recorded or not: logs and problems carry it."""
    current = trace.get_current_span().get_span_context()
    return f"{current.trace_id:032x}" if current.is_valid else None


def extract(header: str | bytes) -> SpanContext | None:
    """The caller's context from a `traceparent` value; None if it is not one."""
    text = header.decode("latin-1") if isinstance(header, bytes) else header
    matched = _TRACEPARENT.fullmatch(text.strip())
    if matched is None:
        return None
    caller = SpanContext(
        trace_id=int(matched[1], 16),
        span_id=int(matched[2], 16),
        is_remote=True,
        trace_flags=TraceFlags(int(matched[3], 16)),
    )
    return caller if caller.is_valid else None


def _remote(parent: SpanContext) -> Context:
    return trace.set_span_in_context(NonRecordingSpan(parent), _EMPTY)
