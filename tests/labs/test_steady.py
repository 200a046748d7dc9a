"""Before any load: who fails once gets another start, who fails twice is refused."""

import json
import tomllib
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from lab_samples import LAB_TOML

from labs.engine import steady
from labs.engine.model import Lab
from labs.engine.probes import Refused
from labs.engine.steady import LOOKS, reach

LAB = Lab.model_validate(tomllib.loads(LAB_TOML))


class Service:
    """Stands for the probes and for the warden: fails as often as it is told to."""

    def __init__(self, fails):
        self.fails, self.done = fails, []

    def prepare(self):
        self.done.append("prepare")
        if self.done.count("prepare") <= self.fails:
            raise Refused("login answered 503, before any load")

    def process(self, name, verb):
        self.done.append(f"{verb} {name}")

    def reset(self, seed):
        self.done.append(f"reset {seed}")


def reached(fails, lab=LAB, prometheus=""):
    service = Service(fails)
    reach(lab, service, service, lambda _name: prometheus, "SEED")
    return service.done


@pytest.fixture
def started():
    """A Prometheus that has just started: it looks at the services once for each question."""

    class Prometheus(BaseHTTPRequestHandler):
        looks = -1  # at first it knows of nobody

        def do_GET(self):
            Prometheus.looks += 1
            answer = [{"metric": {}, "value": [0, str(self.looks)]}] if self.looks else []
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"data": {"result": answer}}).encode())

        def log_message(self, *_):
            """Stay silent."""

    server = HTTPServer(("127.0.0.1", 0), Prometheus)
    Thread(target=server.serve_forever).start()
    yield Prometheus, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


PANELS = LAB.model_copy(update={"needs": [*LAB.needs, "prometheus"]})


def test_what_works_is_not_started_again():
    assert reached(0) == ["prepare"]


def test_who_fails_once_gets_another_start_on_a_fresh_state():
    restarts = ["restart shortener-a", "restart shortener-b"]

    assert reached(1) == ["prepare", *restarts, "reset SEED", "prepare"]


def test_who_fails_again_is_refused():
    with pytest.raises(Refused, match="login answered 503"):
        reached(2)


def test_the_load_waits_until_prometheus_has_looked_often_enough_for_a_rate(started):
    prometheus, url = started

    assert reached(0, PANELS, url) == ["prepare"]
    assert prometheus.looks == LOOKS


def test_a_lab_without_prometheus_does_not_ask_it(started):
    prometheus, url = started

    reached(0, LAB, url)

    assert prometheus.looks == -1


def test_a_prometheus_that_looks_at_nobody_holds_nothing_up_for_ever(monkeypatch):
    monkeypatch.setattr(steady, "LOOKED_WITHIN_S", 0.3)

    assert reached(0, PANELS, "http://127.0.0.1:1") == ["prepare"]
