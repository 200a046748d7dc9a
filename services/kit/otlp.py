"""Spans to an OTLP endpoint, by an exporter that is imported only when it is wanted.

It brings protobuf and an HTTP client along, a tenth of all that a start has to import, and no
request waits for it.
"""

from collections.abc import Sequence
from functools import cached_property

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from services.kit.settings import ServiceSettings

TIMEOUT_S = 2


class LateExporter(SpanExporter):
    """Becomes the real one with the first batch, in the thread that exports."""

    def __init__(self, endpoint: str, token: str) -> None:
        self._endpoint = endpoint
        self._headers = {"Authorization": f"Bearer {token}"} if token else None

    @cached_property
    def _real(self) -> SpanExporter:
        from opentelemetry.exporter.otlp.proto.http import trace_exporter  # noqa: PLC0415 - late

        return trace_exporter.OTLPSpanExporter(
            endpoint=self._endpoint, headers=self._headers, timeout=TIMEOUT_S
        )

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send a batch."""
        return self._real.export(spans)

    def shutdown(self) -> None:
        """Close what was opened."""
        if "_real" in vars(self):
            self._real.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Nothing is kept back here: the processor in front of it holds the batch."""
        return timeout_millis >= 0


def otlp_exporter(settings: ServiceSettings) -> SpanExporter | None:
    """The exporter to the settings' endpoint; None where there is none."""
    if not settings.otlp_endpoint:
        return None
    return LateExporter(settings.otlp_endpoint, settings.otlp_token.get_secret_value())
