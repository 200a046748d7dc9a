"""Traces: W3C context in and out, the sampling decision, and spans that cost nothing unsampled.

The decision whether a trace is recorded is taken once, where a request enters the system: a caller
that sends `traceparent` has decided for us (parent-based), everyone else is sampled at a ratio.
From then on `span()` asks whether the span around it is recorded; if not it hands back one shared
object that does nothing, so that untraced requests do not pay for the spans they will not have.
"""

import random
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from types import TracebackType

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased
from opentelemetry.trace import (
    INVALID_SPAN,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
)

from services.kit.otlp import otlp_exporter
from services.kit.settings import ServiceSettings

Attribute = str | bool | int | float
EXPORT_EVERY_MS = 400
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_IDS = RandomIdGenerator()
_TRACER: ContextVar[Tracer | None] = ContextVar("tracer", default=None)


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
            # The head decision is `decides_to_record`; past it, every root is meant.
            sampler=ParentBased(root=ALWAYS_ON),
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

    @contextmanager
    def entry_span(
        self,
        name: str,
        traceparent: str | bytes | None = None,
        kind: SpanKind = SpanKind.SERVER,
        attributes: Mapping[str, Attribute] | None = None,
        *,
        record: bool | None = None,
    ) -> Iterator[Span]:
        """The span with which work enters this process: a request, a message, a batch.

        `record` is the decision, where it was taken already; it must be taken only once.
        """
        parent = extract(traceparent) if traceparent else None
        if record is None:
            record = self.decides_to_record(traceparent)
        if not record:
            with _unrecorded(parent) as nothing:
                yield nothing
            return
        around = trace.set_span_in_context(NonRecordingSpan(parent)) if parent else None
        tracer = _TRACER.set(self.tracer)
        try:
            with self.tracer.start_as_current_span(
                name, around or otel_context.Context(), kind=kind, attributes=attributes
            ) as entered:
                yield entered
        finally:
            _TRACER.reset(tracer)

    def shutdown(self) -> None:
        """Send what is waiting and stop the exporter's thread. Blocks: call it off the loop."""
        self._provider.shutdown()


class _Nothing(AbstractContextManager[Span]):
    """The span of a trace that nobody records."""

    def __enter__(self) -> Span:
        return INVALID_SPAN

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        return None


_NOTHING = _Nothing()


def recording() -> bool:
    """Whether the current request is being traced."""
    return trace.get_current_span().is_recording()


def span(
    name: str, kind: SpanKind = SpanKind.INTERNAL, **attributes: Attribute
) -> AbstractContextManager[Span]:
    """A child of the current span, or nothing at all when the trace is not recorded.

    Attribute names are written with `__` for the dot: `db__system="postgresql"`.
    """
    tracer = _TRACER.get()
    if tracer is None or not recording():
        return _NOTHING
    named = {key.replace("__", "."): value for key, value in attributes.items()}
    return tracer.start_as_current_span(name, kind=kind, attributes=named)


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


@contextmanager
def _unrecorded(parent: SpanContext | None) -> Iterator[Span]:
    """A context that is passed on but recorded nowhere: callees must not sample it anew."""
    unrecorded = NonRecordingSpan(
        SpanContext(
            trace_id=parent.trace_id if parent else _IDS.generate_trace_id(),
            span_id=parent.span_id if parent else _IDS.generate_span_id(),
            is_remote=False,
            trace_flags=TraceFlags(0),
        )
    )
    token = otel_context.attach(trace.set_span_in_context(unrecorded))
    try:
        yield unrecorded
    finally:
        otel_context.detach(token)
