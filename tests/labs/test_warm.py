"""Visits before the timeline: all at once, each awaited; one that leads nowhere ends the run."""

import threading
import time
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from lab_samples import LAB_TOML

from labs.engine.model import Lab
from labs.engine.probes import Refused
from labs.engine.warm import warm

SLOW_S = 0.2


class Shortener(ThreadingHTTPServer):
    """Redirects everything but /lost, slowly, and notes who is asking at the same time."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Visit)
        self.lock = threading.Lock()
        self.asked, self.open, self.most_open = [], 0, 0

    def address(self, name):
        assert name == "edge"
        return f"http://127.0.0.1:{self.server_port}"


class Visit(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        with server.lock:
            server.asked.append(self.path)
            server.open += 1
            server.most_open = max(server.most_open, server.open)
        time.sleep(SLOW_S)
        with server.lock:
            server.open -= 1
        self.send_response(404 if self.path == "/lost" else 302)
        self.end_headers()

    def log_message(self, *_words):
        """Say nothing."""


def lab_with(*warm, links=()):
    told = tomllib.loads(LAB_TOML)
    told["seed"]["link"] += links
    return Lab.model_validate(told | {"warm": warm})


@pytest.fixture
def shortener():
    with Shortener() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_every_visit_is_over_before_the_timeline_begins_and_all_were_open_at_once(shortener):
    lab = lab_with(
        {"codes": ["warm{n:02}"], "count": 20},
        links=[{"code": "warm{n:02}", "url": "https://example.com/{n}", "count": 10}],
    )

    warm(lab, shortener.address)

    assert shortener.open == 0
    assert sorted(shortener.asked) == sorted([f"/warm{n:02}" for n in range(10)] * 2)
    assert shortener.most_open > 10


def test_a_visit_that_leads_nowhere_is_refused_by_its_name(shortener):
    with pytest.raises(Refused, match="GET /lost answered 404, before any load"):
        warm(lab_with({"codes": ["lost"], "count": 1}), shortener.address)


def test_a_service_that_does_not_answer_is_refused():
    with pytest.raises(Refused, match="answered 0"):
        warm(lab_with({"codes": ["lost"], "count": 1}), lambda _name: "http://127.0.0.1:9")
