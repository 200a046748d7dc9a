"""OTLP bytes to flat spans."""

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from stack.sink import otlp
from stack.sink.span import roots, summary


def request_with(span_options, resource=()):
    request = ExportTraceServiceRequest()
    of_resource = request.resource_spans.add()
    of_resource.resource.attributes.extend(resource)
    of_resource.scope_spans.add().spans.add(trace_id=b"t" * 16, span_id=b"s" * 8, **span_options)
    return request.SerializeToString()


def text(key, value):
    pair = KeyValue(key=key)
    pair.value.string_value = value
    return pair


def test_a_resource_without_names_is_still_a_service():
    [span] = otlp.read(request_with({"name": "x"})).spans

    assert (span["service"], span["instance"]) == ("unknown_service", "unknown_service")
    assert span["parent_id"] is None


def test_long_values_are_cut_and_only_so_many_attributes_are_kept():
    many = [text(f"k{n}", "v" * 5000) for n in range(200)]

    [span] = otlp.read(request_with({"name": "x", "attributes": many})).spans

    assert len(span["attributes"]) == otlp.MAX_ATTRIBUTES
    assert {len(value) for value in span["attributes"].values()} == {otlp.MAX_VALUE_CHARS}


def test_values_of_every_type_arrive_as_json_knows_them():
    pairs = [
        KeyValue(key=key) for key in ("flag", "count", "ratio", "list", "map", "bytes", "none")
    ]
    pairs[0].value.bool_value = True
    pairs[1].value.int_value = 3
    pairs[2].value.double_value = 0.5
    pairs[3].value.array_value.values.add().string_value = "a"
    pairs[4].value.kvlist_value.values.add(key="k").value.int_value = 1
    pairs[5].value.bytes_value = b"\x00\xff"

    assert otlp.attributes(pairs) == {
        "flag": True,
        "count": 3,
        "ratio": 0.5,
        "list": ["a"],
        "map": {"k": 1},
        "bytes": "00ff",
        "none": None,
    }


def test_why_a_span_failed_is_kept_without_its_stack_trace():
    request = ExportTraceServiceRequest()
    span = (
        request.resource_spans.add()
        .scope_spans.add()
        .spans.add(trace_id=b"t" * 16, span_id=b"s" * 8, name="x")
    )
    span.status.code, span.status.message = 2, "pool is empty"
    event = span.events.add(name="exception")
    event.attributes.extend(
        [text("exception.type", "TimeoutError"), text("exception.stacktrace", "Traceback ...")]
    )

    [flat] = otlp.read(request.SerializeToString()).spans

    assert flat["status"] == "error"
    assert flat["attributes"] == {
        "otel.status_description": "pool is empty",
        "exception.type": "TimeoutError",
    }


def spans(*rows):
    names = ("span_id", "parent_id", "start_s", "end_s", "status")
    common = {"trace_id": "t", "name": "x", "service": "s", "instance": "s"}
    return [common | dict(zip(names, row, strict=True)) for row in rows]


def test_the_root_is_the_span_whose_parent_nobody_sent():
    trace = spans(("b", "a", 1.1, 1.2, "error"), ("a", "generator", 1.0, 1.5, "ok"))

    assert [span["span_id"] for span in roots(trace)] == ["a"]
    assert summary(trace)["took_ms"] == 500
    assert summary(trace)["errors"] == 1


def test_work_that_goes_on_later_does_not_make_the_request_slower():
    """The relay and analytics join a trace seconds after the request was answered."""
    trace = spans(("a", None, 1.0, 1.1, "ok"), ("z", "lost", 5.0, 6.0, "ok"))

    assert summary(trace)["took_ms"] == 100
