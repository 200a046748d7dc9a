"""What the sink answers: OTLP's own messages to exporters, problem details (RFC 9457) to people."""

from typing import Any

from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceResponse,
)
from starlette.responses import JSONResponse, Response

PROTOBUF = "application/x-protobuf"
_GRPC_CODE = {400: 3, 401: 16, 413: 8, 415: 3, 500: 13}  # google.rpc.Code
_TITLES = {
    400: "The request cannot be read",
    401: "The token is missing or wrong",
    404: "Not here",
    413: "The body is too large",
    415: "Only protobuf, plain or gzip",
    422: "The request cannot be done",
}
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="span sink"'}


def accepted(rejected: int, why: str) -> Response:
    """Answer an export; a partial success names how many spans were not kept (never retried)."""
    answer = ExportTraceServiceResponse()
    if rejected:
        partly = ExportTracePartialSuccess(rejected_spans=rejected, error_message=why)
        answer.partial_success.CopyFrom(partly)
    return Response(answer.SerializeToString(), media_type=PROTOBUF)


def refused(status: int, why: str) -> Response:
    """Refuse an export for good: none of these codes is retried by an exporter."""
    body = Status(code=_GRPC_CODE[status], message=why).SerializeToString()
    headers = _CHALLENGE if status == 401 else None
    return Response(body, status_code=status, media_type=PROTOBUF, headers=headers)


def problem(status: int, detail: str) -> Response:
    """Refuse a question with problem details."""
    said: dict[str, Any] = {"title": _TITLES[status], "status": status, "detail": detail}
    headers = _CHALLENGE if status == 401 else None
    return JSONResponse(said, status, headers, media_type="application/problem+json")
