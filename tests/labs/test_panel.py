import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
import typer
from typer.testing import CliRunner

from dashboards import panels
from labs.commands import look_panels
from stack.trouble import Trouble

app = typer.Typer()
app.callback()(lambda: None)
look_panels.register(app)


class Prometheus(BaseHTTPRequestHandler):
    """Answers every query with two instances: one that climbs, one with a hole."""

    def do_GET(self):
        asked = parse_qs(urlsplit(self.path).query)
        begins, ends = (int(asked[name][0]) for name in ("start", "end"))
        climbs = [[second, str(second - begins)] for second in range(begins, ends + 1)]
        holes = [[begins, "5"], [begins + 1, "NaN"]]
        result = [
            {"metric": {"instance": "shortener-a"}, "values": climbs},
            {"metric": {"instance": "shortener-b"}, "values": holes},
        ]
        answer = {"status": "success", "data": {"resultType": "matrix", "result": result}}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_):
        """Stay silent."""


@pytest.fixture
def home(tmp_path, monkeypatch):
    server = HTTPServer(("127.0.0.1", 0), Prometheus)
    thread = Thread(target=server.serve_forever)
    thread.start()
    (tmp_path / "ports.json").write_text(json.dumps({"prometheus": server.server_port}))
    monkeypatch.setenv("LAB_HOME", str(tmp_path))
    yield tmp_path
    server.shutdown()
    server.server_close()
    thread.join()


def lab(*words):
    result = CliRunner().invoke(app, ["panel", *words], env={"COLUMNS": "80"})
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def test_a_panel_is_drawn_with_what_is_now_and_what_was_highest(home):
    said = lab("cache.loads", "--seconds", "10").splitlines()

    assert said[0] == "Reads of a link from PostgreSQL"
    a, b = said[-2:]
    assert a.split()[:3] == ["shortener-a", "9/s", "9/s"]
    assert b.split()[:3] == ["shortener-b", "5/s", "5/s"]
    assert b.endswith("·")
    assert max(map(len, said)) <= 80


def test_as_json_what_is_not_a_number_is_null(home):
    told = json.loads(lab("cache.loads", "--seconds", "5", "--json"))

    assert told["series"][1]["values"] == [5.0, None, None, None, None]
    assert told["queries"] == [panels.find("cache.loads").queries[0].expr]


def test_without_a_name_every_panel_is_listed(home):
    said = lab()

    assert [name for name in panels.every() if f"  {name} " not in said] == []


def test_a_misspelt_panel_is_answered_with_the_nearest(home):
    with pytest.raises(Trouble, match=r"did you mean 'cache\.loads'"):
        lab("cache.load")


def test_without_prometheus_the_next_command_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("LAB_HOME", str(tmp_path))

    with pytest.raises(Trouble) as trouble:
        lab("cache.loads")

    assert trouble.value.try_next == "./lab up"


def test_a_prometheus_that_is_gone_is_one_sentence(home):
    (home / "ports.json").write_text('{"prometheus": 1}')

    with pytest.raises(Trouble, match="does not answer"):
        lab("cache.loads")
