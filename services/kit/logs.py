"""Logs: one JSON object per line on stdout, and each carries the trace it belongs to."""

import contextlib
import logging
import sys
from collections.abc import MutableMapping
from typing import Any

from services.kit.lean import without
from services.kit.settings import ServiceSettings
from services.kit.telemetry import trace_id

# Its pretty console, which a service never uses, would bring rich and pygments to every start.
with without("rich"):
    import structlog

# Without the frames' locals: they hold passwords and tokens.
_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)


def configure(service: str, settings: ServiceSettings) -> None:
    """Send our own and every library's log lines to stdout, as lines of the same form.

    Ours go straight from structlog to the stream: through the standard library's records, handlers
    and formatters each would cost several times as much, and there is one for every request.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _identity(service, settings.instance),
        _with_trace_id,
    ]
    rendered: list[structlog.typing.Processor] = [
        structlog.processors.EventRenamer("message"),
        _TRACEBACKS,
        structlog.processors.JSONRenderer(),
    ]
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    structlog.configure(
        processors=[_with_logger_name, *shared, *rendered],
        logger_factory=_Stdout,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers = [_of_libraries(shared, rendered)]
    root.setLevel(level)
    for noisy in ("aiokafka", "httpx2", "httpcore2", "uvicorn"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _of_libraries(
    shared: list[structlog.typing.Processor], rendered: list[structlog.typing.Processor]
) -> logging.Handler:
    handler = logging.StreamHandler(sys.stdout)
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_logger_name,
                *shared,
                structlog.stdlib.ExtraAdder(),
            ],
            processors=[strip, *rendered],
        )
    )
    return handler


def get(name: str) -> structlog.typing.FilteringBoundLogger:
    """A logger; the first argument of its methods is the event, the rest are fields."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(name)
    return logger


class _Stdout:
    """Writes a rendered line. A disk that is full costs the line, never the request."""

    def __init__(self, name: str = "") -> None:
        self.name = name

    def msg(self, line: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()

    debug = info = warning = error = critical = exception = msg


def _with_logger_name(
    logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    event["logger"] = logger.name
    return event


def _identity(service: str, instance: str) -> structlog.typing.Processor:
    def add(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Any:
        event["service"] = service
        event["instance"] = instance
        return event

    return add


def _with_trace_id(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    current = trace_id()
    if current is not None:
        event["trace_id"] = current
    return event
