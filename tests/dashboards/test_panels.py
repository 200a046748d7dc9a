"""The dashboards: committed as built, and asking only for what somebody measures."""

import importlib
import inspect
import json
import pkgutil
import re
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

import services
from dashboards import build, panels
from dashboards.boards import BOARDS

FOLDER = Path(build.__file__).parent
ELSEWHERE = re.compile(r"haproxy_\w+|process_\w+|python_gc_\w+|up|ALERTS")
WORDS = {
    *("sum", "max", "min", "count", "rate", "by", "or", "and", "le", "vector", "bool"),
    *("histogram_quantile", "max_over_time", "clamp_min"),
}


def asked(expr):
    """The metric names in an expression: identifiers that are no function, label or string."""
    unquoted = re.sub(r'"[^"]*"', " ", expr)  # first: a route has braces of its own
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|by \([^)]*\)", " ", unquoted)
    return {name for name in re.findall(r"[a-zA-Z_:][\w:]*", bare) if name not in WORDS}


def measured():
    """The names of all series that the services offer, found by building every set of metrics."""
    names = set()
    for module in pkgutil.walk_packages(services.__path__, "services."):
        if module.name.endswith("__main__"):
            continue
        for _, made in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            makers = [
                made,
                *(value for name, value in inspect.getmembers(made, inspect.isfunction)),
            ]
            for maker in makers:
                try:
                    parameters = list(inspect.signature(maker).parameters)
                except ValueError:
                    continue
                if parameters == ["registry"]:
                    maker(registry := CollectorRegistry(auto_describe=True))
                    names |= set(registry._names_to_collectors)
    return names


def every_query():
    return [
        pytest.param(query.expr, id=f"{panel.name}-{query.legend}")
        for panel in panels.every().values()
        for query in panel.queries
    ]


def recorded():
    text = (FOLDER / "rules" / "objectives.yml").read_text()
    return set(re.findall(r"record: (\S+)", text))


@pytest.fixture(scope="module")
def known():
    return measured() | recorded()


@pytest.mark.parametrize("expr", every_query())
def test_a_panel_asks_only_for_what_is_measured(expr, known):
    assert asked(expr)
    assert [n for n in asked(expr) if n not in known and not ELSEWHERE.fullmatch(n)] == []


def test_the_rules_ask_only_for_what_is_measured(known):
    for path in (FOLDER / "rules").glob("*[!t].yml"):
        exprs = re.findall(r"expr: (?:\|\n)?((?:.+\n)(?:          .+\n)*)", path.read_text())
        assert exprs
        names = set().union(*map(asked, exprs))
        assert [n for n in names if n not in known and not ELSEWHERE.fullmatch(n)] == []


def test_the_committed_dashboards_are_what_the_code_builds():
    """`python -m dashboards.build` writes them."""
    committed = {path.name: path.read_text() for path in (FOLDER / "generated").glob("*.json")}

    assert committed == build.generated()


def test_names_and_numbers_are_unique_so_that_a_lab_can_refer_to_them():
    everyone = [panel for board in BOARDS for panel in board.panels]

    assert len({panel.name for panel in everyone}) == len(everyone)
    assert len({panel.number for panel in everyone}) == len(everyone)
    assert len({board.uid for board in BOARDS}) == len(BOARDS)


def test_every_panel_that_a_lab_could_name_is_in_the_readme():
    readme = (FOLDER / "README.md").read_text()

    assert [name for name in panels.every() if f"`{name}`" not in readme] == []


def test_a_panel_that_is_misspelt_is_answered_with_the_nearest():
    with pytest.raises(KeyError, match=r"cache\.loads"):
        panels.find("cache.load")


def test_every_panel_is_a_graph_with_a_sentence_and_reads_prometheus():
    for text in build.generated().values():
        for panel in json.loads(text)["panels"]:
            assert panel["type"] == "timeseries"
            assert panel["description"]
            assert {t["datasource"]["uid"] for t in panel["targets"]} == {"prometheus"}
