"""Logs: one JSON object per line on stdout, and each carries the trace it belongs to."""

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
    """Send our own and every library's log lines through one renderer."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _identity(service, settings.instance),
        _with_trace_id,
        structlog.stdlib.ExtraAdder(),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers = [_json_lines(shared)]
    root.setLevel(settings.log_level.upper())
    for noisy in ("aiokafka", "httpx2", "httpcore2", "uvicorn"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _json_lines(shared: list[structlog.typing.Processor]) -> logging.Handler:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.EventRenamer("message"),
                _TRACEBACKS,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    return handler


def get(name: str) -> structlog.stdlib.BoundLogger:
    """A logger; the first argument of its methods is the event, the rest are fields."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


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
