"""The two runtimes have one face: the same components, the same questions, other children."""

import pytest

from stack import children, components, runtime, system, walls
from stack.compose import children as elsewhere
from stack.compose import ports
from stack.deployment import Deployment
from stack.home import Home
from stack.process import Child, Spec


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path).make()
    ports.write(home)
    return home


@pytest.fixture
def in_compose(monkeypatch):
    monkeypatch.setenv(runtime.VARIABLE, runtime.COMPOSE)


def test_both_have_the_same_components(home, monkeypatch):
    embedded = components.catalogue(home, Deployment())
    monkeypatch.setenv(runtime.VARIABLE, runtime.COMPOSE)
    compose = components.catalogue(home, Deployment())

    assert compose.keys() == embedded.keys()
    for name in components.ORDER:
        assert (compose[name].needs, compose[name].beside) == (
            embedded[name].needs,
            embedded[name].beside,
        )


@pytest.mark.usefixtures("in_compose")
def test_every_port_that_a_component_asks_for_is_fixed(home):
    before = home.ports()
    for component in components.catalogue(home, Deployment(kafka=True)).values():
        component.argv()
        component.env()

    assert home.ports() == before


@pytest.mark.usefixtures("in_compose")
def test_spans_go_by_way_of_the_collector(home):
    shortener = components.catalogue(home, Deployment())["shortener-a"]

    assert shortener.env()["SHORTENER_OTLP_ENDPOINT"] == f"{home.url('collector')}/v1/traces"


@pytest.mark.usefixtures("in_compose")
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("postgres", elsewhere.Resident),
        ("shortener-a", elsewhere.Supervised),
        ("migrate", elsewhere.Supervised),
        ("sink", Child),
    ],
)
def test_a_process_runs_where_it_belongs(tmp_path, name, kind):
    assert type(children.child_for(Spec(name, ("true",), tmp_path / "log"))) is kind


def test_embedded_every_process_is_our_own_child(tmp_path):
    assert type(children.child_for(Spec("postgres", ("true",), tmp_path / "log"))) is Child


@pytest.mark.usefixtures("in_compose")
def test_containers_are_the_walls_and_bring_the_programs(tmp_path):
    argv = walls.build(walls.Walls.BLIND, ("true",), home=tmp_path, cwd=tmp_path)

    assert argv == ("true",)
    assert system.missing() == []
