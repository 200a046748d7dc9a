"""The sink as the stack starts it, fed by the exporter that the services use."""

import json
import signal
import socket
import subprocess
import sys
import time

import httpx2
import pytest
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

pytestmark = pytest.mark.integration
READY_WITHIN_S = 20


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_healthy(url, process):
    deadline_s = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline_s:
        assert process.poll() is None, "the sink ended by itself"
        try:
            if httpx2.get(f"{url}/health").status_code == 200:
                return
        except httpx2.ConnectError:
            time.sleep(0.05)
    pytest.fail("the sink never became healthy")


@pytest.fixture
def sink(tmp_path):
    (token := tmp_path / "token").write_text("secret\n")
    port = free_port()
    command = [sys.executable, "-m", "stack.sink", "--port", str(port), "--token-file", str(token)]
    process = subprocess.Popen(command)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_healthy(url, process)
        yield url, process
    finally:
        process.kill()
        process.wait()


def test_what_the_opentelemetry_exporter_sends_lands_in_the_run(sink, tmp_path):
    url, process = sink
    bearer = {"Authorization": "Bearer secret"}
    asked = {"id": "r1", "dir": str(tmp_path)}
    httpx2.put(f"{url}/run", json=asked, headers=bearer).raise_for_status()
    exporter = OTLPSpanExporter(f"{url}/v1/traces", headers=bearer, compression=Compression.Gzip)
    provider = TracerProvider(resource=Resource({"service.name": "shortener"}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))

    tracer = provider.get_tracer("test")
    with tracer.start_as_current_span("GET /{code}"), tracer.start_as_current_span("redis GET"):
        pass
    provider.shutdown()
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=10)

    child, root = [json.loads(x) for x in (tmp_path / "spans.jsonl").read_text().splitlines()]
    assert (root["name"], root["service"]) == ("GET /{code}", "shortener")
    assert child["parent_id"] == root["span_id"]
