import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from labs.cli import app
from labs.commands import stack, stack_tools
from stack.home import CHECKOUT, Home
from stack.trouble import Trouble


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("LAB_HOME", str(tmp_path))
    return Home(tmp_path).make()


@pytest.fixture(scope="module")
def lab() -> CliRunner:
    if not app.registered_commands:
        stack.register(app)
        stack_tools.register(app)
    return CliRunner()


def test_status_of_a_stack_that_is_down_says_so_and_what_to_type(
    lab: CliRunner, home: Home
) -> None:
    answer = lab.invoke(app, ["status"])

    assert answer.exit_code == 0
    assert "next: ./lab up" in answer.stdout
    assert json.loads(lab.invoke(app, ["status", "--json"]).stdout)["components"] == []


def test_down_when_down_is_harmless(lab: CliRunner, home: Home) -> None:
    assert lab.invoke(app, ["down"]).exit_code == 0


@pytest.mark.parametrize(
    "verb", [["psql"], ["redis-cli"], ["curl", "/"], ["promql", "up"], ["env"]]
)
def test_a_tool_for_a_stack_that_is_down_is_one_sentence(
    lab: CliRunner, home: Home, verb: list[str]
) -> None:
    trouble = lab.invoke(app, verb).exception

    assert isinstance(trouble, Trouble)
    assert trouble.said == "The stack is down."
    assert trouble.try_next == "./lab up"


def test_a_misspelt_component_gets_the_nearest_log(lab: CliRunner, home: Home) -> None:
    home.log("redis").write_text("ready\n")

    trouble = lab.invoke(app, ["logs", "redsi"]).exception

    assert isinstance(trouble, Trouble)
    assert trouble.try_next == "./lab logs redis"
    assert lab.invoke(app, ["logs", "redis"]).stdout == "ready\n"


def test_uninstall_says_what_was_added_and_how_to_remove_it(lab: CliRunner, home: Home) -> None:
    (home.path / "installed.json").write_text('{"packages": ["haproxy", "redis-server"]}')

    said = lab.invoke(app, ["uninstall"]).stdout

    assert "apt-get purge -y haproxy redis-server" in said
    assert str(home.path) in said


def test_doctor_finds_in_every_line_a_verdict_and_a_remedy_where_it_is_needed(
    lab: CliRunner, home: Home
) -> None:
    found = json.loads(lab.invoke(app, ["doctor", "--json"]).stdout)

    names = {finding["what"] for finding in found}
    assert {"python", "postgres", "java", "memory", "disk", "isolation", "stack"} <= names
    assert [f["what"] for f in found if f["ok"] is False and not f["try_next"]] == []


def test_up_again_wishes_for_what_ran_last(home: Home, tmp_path: Path) -> None:
    (tmp_path / "mine" / "services").mkdir(parents=True)
    last = {"needs": ["relay"], "services_root": str(tmp_path / "mine"), "scale": {"A": "1"}}
    (home.run / "deployment.json").write_text(json.dumps(last))

    wish = stack.wish(home, ("edge",))

    assert wish["needs"] == ["relay", "edge"]
    assert wish["services_root"] == str(tmp_path / "mine")
    assert wish["scale"] == {"A": "1"}


def test_up_after_the_workspace_is_gone_runs_the_healthy_services(
    home: Home, tmp_path: Path
) -> None:
    last = {"needs": ["relay"], "services_root": str(tmp_path / "gone"), "scale": {"A": "1"}}
    (home.run / "deployment.json").write_text(json.dumps(last))

    assert stack.wish(home, ("edge",))["services_root"] == str(CHECKOUT)
    assert stack.wish(home, ("edge",))["scale"] == {}


@pytest.mark.parametrize(
    ("spec", "touched"),
    [
        ({"kind": "pause", "process": "relay"}, {"relay"}),
        ({"kind": "toxic", "proxy": "shortener-*.redis"}, {"shortener-a", "shortener-b", "redis"}),
        ({"kind": "lock_table", "table": "links"}, {"postgres"}),
        ({"kind": "redis_evict", "pattern": "link:*"}, {"redis"}),
        ({"kind": "partner", "control": {}}, {"partner"}),
    ],
)
def test_a_fault_is_shown_at_what_it_touches(spec: dict[str, object], touched: set[str]) -> None:
    names = {"shortener-a", "shortener-b", "relay", "redis", "postgres", "partner", "edge"}

    assert {name for name in names if stack._touches(spec, name)} == touched


def test_a_series_is_shown_as_prometheus_writes_it() -> None:
    one = {"metric": {"__name__": "up", "job": "lab"}, "value": [1.0, "1"]}

    assert stack_tools._series(one) == 'up{job="lab"} 1'


def test_all_that_was_said_about_a_trace_is_one_document_in_the_order_of_time(
    lab: CliRunner, home: Home
) -> None:
    trace = "ab" * 16
    for component, second in (("relay", 2), ("shortener-a", 1)):
        said = {"timestamp": f"2026-01-01T00:00:0{second}Z", "message": "sent", "trace_id": trace}
        home.log(component).write_text(json.dumps(said) + "\n")

    told = json.loads(lab.invoke(app, ["logs", "--trace", trace, "--json"]).stdout)

    assert told["trace_id"] == trace
    assert [line["component"] for line in told["lines"]] == ["shortener-a", "relay"]
    assert told["lines"][0]["message"] == "sent"


def test_a_log_is_told_for_people_and_as_it_stands_when_asked(lab: CliRunner, home: Home) -> None:
    said = {"timestamp": "2026-01-01T10:11:12.345678Z", "level": "error", "message": "gone"}
    text = json.dumps(said | {"trace_id": "ab" * 12 + "12345678", "exception": "Traceback\nOops"})
    home.log("relay").write_text(f"starting\n{text}\n")

    told = lab.invoke(app, ["logs", "relay"]).stdout.splitlines()
    as_it_stands = lab.invoke(app, ["logs", "relay", "--json"]).stdout.splitlines()

    assert told[0] == "starting"
    assert told[1].split() == ["10:11:12.345", "relay", "error", "gone", "trace=12345678"]
    assert told[2:] == ["  Traceback", "  Oops"]
    assert as_it_stands == ["starting", text]


def test_logs_of_nobody_lists_whose_there_are(lab: CliRunner, home: Home) -> None:
    home.log("redis").write_text("ready\n")
    home.log("shortener-a").write_text("ready\n")

    trouble = lab.invoke(app, ["logs"]).exception

    assert isinstance(trouble, Trouble)
    assert "redis, shortener-a" in trouble.said
    assert trouble.try_next == "./lab logs shortener-a"


def test_promql_without_a_query_gives_one(lab: CliRunner, home: Home) -> None:
    trouble = lab.invoke(app, ["promql"]).exception

    assert isinstance(trouble, Trouble)
    assert trouble.try_next.startswith("./lab promql 'sum by")


def test_help_is_what_people_type_and_says_how_it_is_called(home: Home) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "labs", "help", "logs"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "Usage: ./lab logs" in done.stdout


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("/readyz -i", "E/readyz -i"),
        ("-i /readyz", "-i E/readyz"),
        ("/x -s -o /dev/null", "E/x -s -o /dev/null"),
        ("-so /dev/null /x", "-so /dev/null E/x"),
        ("--output /tmp/a /x", "--output /tmp/a E/x"),
        ("-X POST /api/v1/links", "-X POST E/api/v1/links"),
    ],
)
def test_a_path_goes_to_the_edge_and_what_an_option_takes_does_not(typed, sent):
    assert " ".join(stack_tools._at_the_edge(typed.split(), "E")) == sent
