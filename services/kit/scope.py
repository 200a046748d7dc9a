"""The blocks that a span is current in: recorded, passed on only, or nothing at all."""

from contextlib import AbstractContextManager
from contextvars import ContextVar
from types import TracebackType

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import (
    INVALID_SPAN,
    NonRecordingSpan,
    Span,
    SpanContext,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
)

TRACER: ContextVar[Tracer | None] = ContextVar("tracer", default=None)
_IDS = RandomIdGenerator()
_NOT_SAMPLED = TraceFlags(0)


class Recorded(AbstractContextManager[Span]):
    """A span that is current for the length of a block, and failed when an exception leaves it.

    What `start_as_current_span` does, without its two nested generators: they cost as much as the
    span itself.
    """

    __slots__ = ("_context", "_span", "_tracer", "_tracing")

    def __init__(self, entered: Span, tracer: Tracer | None = None) -> None:
        self._span = entered
        self._tracer = tracer  # of a span that enters the process: its children are made by it

    def __enter__(self) -> Span:
        self._tracing = TRACER.set(self._tracer) if self._tracer else None
        self._context = otel_context.attach(trace.set_span_in_context(self._span))
        return self._span

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        otel_context.detach(self._context)
        if self._tracing is not None:
            TRACER.reset(self._tracing)
        if isinstance(error, Exception):  # a cancellation is no failure
            self._span.record_exception(error)
            why = f"{type(error).__name__}: {error}"
            self._span.set_status(Status(StatusCode.ERROR, why))
        self._span.end()


class Unrecorded(AbstractContextManager[Span]):
    """A context that is passed on but recorded nowhere: callees must not sample it anew."""

    __slots__ = ("_context", "_span")

    def __init__(self, parent: SpanContext | None) -> None:
        self._span = NonRecordingSpan(
            SpanContext(
                trace_id=parent.trace_id if parent else _IDS.generate_trace_id(),
                span_id=parent.span_id if parent else _IDS.generate_span_id(),
                is_remote=False,
                trace_flags=_NOT_SAMPLED,
            )
        )

    def __enter__(self) -> Span:
        self._context = otel_context.attach(trace.set_span_in_context(self._span))
        return self._span

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        otel_context.detach(self._context)


class Nothing(AbstractContextManager[Span]):
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
