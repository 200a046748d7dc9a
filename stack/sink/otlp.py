"""OTLP/HTTP as bytes: unpack a body, read the protobuf, flatten it. No sockets here."""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

MAX_VALUE_CHARS = 1024
MAX_ATTRIBUTES = 64

_GZIP = 16 + zlib.MAX_WBITS
_STATUS = {Status.STATUS_CODE_OK: "ok", Status.STATUS_CODE_ERROR: "error"}
_KINDS = {
    Span.SPAN_KIND_SERVER: "server",
    Span.SPAN_KIND_CLIENT: "client",
    Span.SPAN_KIND_PRODUCER: "producer",
    Span.SPAN_KIND_CONSUMER: "consumer",
}


class MalformedError(ValueError):
    """The body is not what its headers say."""


class TooLargeError(ValueError):
    """The body unpacks to more than is allowed."""


def unpack(body: bytes, encoding: str, limit_bytes: int) -> bytes:
    """Undo the content encoding; a gzip bomb stops at `limit_bytes`."""
    if encoding == "identity":
        return body
    unzip = zlib.decompressobj(_GZIP)
    try:
        plain = unzip.decompress(body, limit_bytes + 1)
    except zlib.error as broken:
        raise MalformedError(f"the body is not gzip: {broken}") from broken
    if len(plain) > limit_bytes:
        raise TooLargeError(f"the body unpacks to more than {limit_bytes} bytes")
    if not unzip.eof:
        raise MalformedError("the gzip body ends too early")
    return plain


@dataclass(frozen=True, slots=True)
class Batch:
    """What one export request held: the spans, and how many had no valid id."""

    spans: list[dict[str, Any]]
    invalid: int


def read(message: bytes) -> Batch:
    """Read an export request and flatten it; ids that are not 16 and 8 bytes are refused."""
    request = ExportTraceServiceRequest()
    try:
        request.ParseFromString(message)
    except DecodeError as broken:
        raise MalformedError(f"the body is not an ExportTraceServiceRequest: {broken}") from broken
    flat = list(_flatten(request))
    valid = [span for span in flat if len(span["trace_id"]) == 32 and len(span["span_id"]) == 16]
    return Batch(valid, len(flat) - len(valid))


def _flatten(request: ExportTraceServiceRequest) -> Iterator[dict[str, Any]]:
    for of_resource in request.resource_spans:
        resource = attributes(of_resource.resource.attributes)
        service = str(resource.get("service.name", "unknown_service"))
        instance = str(resource.get("service.instance.id", service))
        for of_scope in of_resource.scope_spans:
            for span in of_scope.spans:
                yield _span(span, service, instance)


def _span(span: Span, service: str, instance: str) -> dict[str, Any]:
    return {
        "trace_id": span.trace_id.hex(),
        "span_id": span.span_id.hex(),
        "parent_id": span.parent_span_id.hex() or None,
        "service": service,
        "instance": instance,
        "name": span.name[:MAX_VALUE_CHARS],
        "kind": _KINDS.get(span.kind, "internal"),
        "start_s": round(span.start_time_unix_nano / 1e9, 6),
        "end_s": round(span.end_time_unix_nano / 1e9, 6),
        "status": _STATUS.get(span.status.code, "unset"),
        "attributes": _everything_said(span),
    }


def _everything_said(span: Span) -> dict[str, Any]:
    """Gather the attributes, why it failed, and the last exception it recorded."""
    said = attributes(span.attributes)
    if span.status.message:
        said["otel.status_description"] = span.status.message[:MAX_VALUE_CHARS]
    for event in span.events:
        if event.name == "exception":
            raised = attributes(event.attributes)
            said |= {k: v for k, v in raised.items() if k != "exception.stacktrace"}
    return said


def attributes(pairs: Iterable[KeyValue]) -> dict[str, Any]:
    """Turn key-value pairs into a dictionary, bounded in number and in length."""
    kept: dict[str, Any] = {}
    for pair in pairs:
        if len(kept) == MAX_ATTRIBUTES:
            break
        kept[pair.key] = _value(pair.value)
    return kept


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    plain = getattr(value, kind)
    match kind:
        case "string_value":
            return plain[:MAX_VALUE_CHARS]
        case "bytes_value":
            return plain[: MAX_VALUE_CHARS // 2].hex()
        case "array_value":
            return [_value(item) for item in plain.values[:MAX_ATTRIBUTES]]
        case "kvlist_value":
            return attributes(plain.values)
        case _:
            return plain
