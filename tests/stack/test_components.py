from pathlib import Path

import pytest

from stack.components import SERVICES, catalogue, closure
from stack.components.edge import all_up, render
from stack.components.proxy import CLIENTS, routes
from stack.deployment import Deployment
from stack.home import CHECKOUT, Home
from stack.trouble import Trouble


def test_dependencies_come_before_what_needs_them(tmp_path: Path) -> None:
    order = closure(["edge"], catalogue(Home(tmp_path), Deployment()))

    assert order.index("postgres") < order.index("shortener-a") < order.index("edge")
    assert "kafka" not in order
    assert "relay" not in order


def test_haproxy_and_shortener_are_other_words_for_the_edge(tmp_path: Path) -> None:
    components = catalogue(Home(tmp_path), Deployment())

    assert closure(["haproxy"], components) == closure(["edge"], components)
    assert closure(["shortener"], components) == closure(["edge"], components)


def test_with_kafka_wanted_the_services_wait_for_it(tmp_path: Path) -> None:
    order = closure(["relay"], catalogue(Home(tmp_path), Deployment(kafka=True)))

    assert order.index("kafka") < order.index("relay")


def test_an_unknown_component_is_one_sentence_with_those_that_exist(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match=r"no component 'postgre'.*postgres"):
        closure(["postgre"], catalogue(Home(tmp_path), Deployment()))


def test_every_port_has_one_owner(tmp_path: Path) -> None:
    components = catalogue(Home(tmp_path), Deployment())

    owned = [port for component in components.values() for port in component.ports]

    assert len(owned) == len(set(owned))


def test_every_client_reaches_every_dependency_through_a_proxy_of_its_own() -> None:
    names = {f"{client}.{one}" for client, all_of in CLIENTS.items() for one in all_of}

    assert set(routes()) == names
    assert routes()["relay.kafka"] == "kafka.relay"
    assert set(CLIENTS) < set(SERVICES)


def test_without_kafka_the_services_are_told_that_there_is_none(tmp_path: Path) -> None:
    home = Home(tmp_path)

    without = catalogue(home, Deployment())["shortener-a"].env()
    with_it = catalogue(home, Deployment(kafka=True))["shortener-a"].env()

    assert without["SHORTENER_KAFKA_BOOTSTRAP"] == ""
    assert with_it["SHORTENER_KAFKA_BOOTSTRAP"].endswith(str(home.port("shortener-a.kafka")))


def test_the_wiring_wins_over_deploy_env_and_scale(tmp_path: Path) -> None:
    home = Home(tmp_path)
    scale = {"SHORTENER_REDIS_URL": "redis://elsewhere"}

    told = catalogue(home, Deployment(scale=scale))["shortener-b"].env()

    assert told["SHORTENER_REDIS_URL"] == home.redis_url(client="shortener-b")


def test_a_skewed_process_and_no_other_runs_under_libfaketime(tmp_path: Path) -> None:
    components = catalogue(Home(tmp_path), Deployment(skewed=frozenset({"shortener-b"})))

    assert "LD_PRELOAD" not in components["shortener-a"].env()
    told = components["shortener-b"].env()
    assert "LD_PRELOAD" not in told or told["FAKETIME_TIMESTAMP_FILE"].endswith("shortener-b")


def test_the_edge_that_is_deployed_can_be_rendered(tmp_path: Path) -> None:
    home = Home(tmp_path)
    edge = catalogue(home, Deployment())["edge"]

    text = render(CHECKOUT / "services" / "edge" / "haproxy.cfg.tmpl", edge._values())

    assert f":{home.port('shortener-a')}" in text
    assert "${" not in text


def test_a_placeholder_that_nobody_fills_is_named(tmp_path: Path) -> None:
    template = tmp_path / "haproxy.cfg.tmpl"
    template.write_text("bind ${NOWHERE}")

    with pytest.raises(Trouble, match=r"NOWHERE.*EDGE_PORT"):
        render(template, {"EDGE_PORT": "1"})


def test_a_missing_template_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="is missing"):
        render(tmp_path / "haproxy.cfg.tmpl", {})


def test_the_edge_is_ready_when_every_server_is_up() -> None:
    line = 'haproxy_server_status{proxy="s",server="%s",state="UP"} %d'

    assert all_up("\n".join((line % ("a", 1), line % ("b", 1))))
    assert not all_up("\n".join((line % ("a", 1), line % ("b", 0))))
