"""The charts read the documents that Grafana provisions: all, and nothing beyond a subset."""

import copy
import json

import pytest

from dashboards import panels
from dashboards.boards import BOARDS
from dashboards.panel import Unit
from labs.console.charts import board as charts
from labs.console.charts.board import GENERATED, Unsupported, read

CACHE = json.loads((GENERATED / "cache.json").read_text())


def changed(**panel):
    document = copy.deepcopy(CACHE)
    document["panels"][0] |= panel
    return document


def test_no_panel_of_any_dashboard_leaves_the_subset():
    assert len(list(GENERATED.glob("*.json"))) == len(BOARDS)

    assert [board.uid for board in charts.boards()] == [board.uid for board in BOARDS]


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_what_is_read_is_what_the_dashboard_was_built_from(board):
    drawn = charts.board(board.uid)

    assert (drawn.title, drawn.says) == (board.title, board.says)
    assert (drawn.seconds, drawn.refresh_s) == (120, 1)
    for ours, theirs in zip(drawn.panels, board.panels, strict=True):
        asked = [(target.expr, target.legend) for target in ours.targets]
        assert asked == [(query.expr, query.legend) for query in theirs.queries]
        assert (ours.number, ours.name, ours.title) == (theirs.number, theirs.name, theirs.title)
        assert (ours.says, ours.unit, ours.limit) == (theirs.says, theirs.unit, theirs.limit)
        assert ours.from_zero is (theirs.unit is not Unit.SHARE)


def test_every_panel_is_found_by_the_name_that_labs_use():
    assert [charts.panel(name).name for name in panels.every()] == list(panels.every())


def test_a_panel_of_another_kind_is_refused_and_named():
    with pytest.raises(Unsupported, match=r"Answers by where they came from.*'heatmap'"):
        read(changed(type="heatmap"))


def test_an_unknown_unit_an_override_and_a_second_threshold_are_refused():
    config = copy.deepcopy(CACHE["panels"][0]["fieldConfig"])
    steps = [{"value": None}, {"value": 1}, {"value": 2}]
    defaults = config["defaults"]
    relative = {"mode": "percentage", "steps": steps[:2]}

    for wrong in (
        config | {"overrides": [{"matcher": {}}]},
        config | {"defaults": defaults | {"unit": "furlongs"}},
        config | {"defaults": defaults | {"thresholds": {"mode": "absolute", "steps": steps}}},
        config | {"defaults": defaults | {"thresholds": relative}},
    ):
        with pytest.raises(Unsupported):
            read(changed(fieldConfig=wrong))


def test_a_question_to_something_else_than_prometheus_is_refused():
    target = CACHE["panels"][0]["targets"][0]

    for wrong in (target | {"datasource": {"type": "loki"}}, target | {"range": False}):
        with pytest.raises(Unsupported):
            read(changed(targets=[wrong]))


def test_variables_of_a_dashboard_are_refused_rather_than_left_in_the_query():
    with pytest.raises(Unsupported):
        read(CACHE | {"templating": {"list": [{"name": "instance"}]}})
