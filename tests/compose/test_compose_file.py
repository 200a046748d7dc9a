"""What docker-compose.yml promises can be read off it, without an engine."""

import json
import re

import pytest
from compose import compose_file
from compose.standins import build

from stack.compose import ports
from stack.home import CHECKOUT

SERVICES = compose_file.services()
LIMIT_MIB = 3072
_SOURCE = re.compile(r'"datasource": \{\s+"type": "\w+",\s+"uid": "([^"]+)"')
_LOCKED = re.compile(r"^([\w.-]+==\S+)", re.MULTILINE)
PROVISIONED = CHECKOUT / "dashboards" / "grafana"


def limit_mib(service):
    return int(service.value("mem_limit").removesuffix("m"))


def test_every_service_says_what_it_is_for():
    assert [name for name, service in SERVICES.items() if len(service.comment) < 20] == []


def test_what_starts_without_a_profile_fits_into_three_gibibytes():
    started = [service for service in SERVICES.values() if not service.value("profiles")]

    assert sum(limit_mib(service) for service in started) <= LIMIT_MIB


def test_nothing_is_published_but_on_this_machines_loopback():
    published = re.findall(r'^      - "(\S+:\d+)"$', compose_file.FILE.read_text(), re.MULTILINE)

    assert len(published) == 5
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_is_ours_or_pinned_to_a_version(name):
    image = SERVICES[name].value("image") or "short-circuit/service:dev"  # from x-service

    assert image.startswith(build.OURS) or re.search(r":v?\d+\.\d+", image)


def test_every_image_of_others_has_a_stand_in_or_a_reason():
    folders = {name: build.HERE / build.folder_of(name) for name in build.wanted()}
    without = {name for name, folder in folders.items() if not folder.is_dir()}

    assert without == set(build.WITHOUT)


@pytest.mark.parametrize(
    ("service", "port"),
    [
        ("redis", "redis"),
        ("kafka", "kafka"),
        ("toxiproxy", "proxy"),
        ("haproxy", "edge-metrics"),
        ("prometheus", "prometheus"),
        ("shortener-a", "shortener-a"),
        ("shortener-b", "shortener-b"),
        ("partner", "partner"),
        ("relay", "relay"),
        ("analytics", "analytics"),
    ],
)
def test_the_ports_are_those_that_the_lab_asks(service, port):
    assert re.search(rf"\b{ports.fixed()[port]}\b", SERVICES[service].text)


def test_no_port_is_given_twice():
    given = list(ports.fixed().values())

    assert len(given) == len(set(given))


def test_spans_go_to_the_sink_with_its_token_from_a_file():
    text = (CHECKOUT / "stack" / "compose" / "collector.yaml").read_text()

    assert f"127.0.0.1:{ports.fixed()['collector']}" in text
    assert f"http://127.0.0.1:{ports.fixed()['sink']}" in text
    assert "${file:/lab/data/secrets/otlp-token}" in text


def test_grafana_finds_the_source_that_the_dashboards_name():
    sources = (PROVISIONED / "datasources" / "lab.yml").read_text()
    for board in sorted((CHECKOUT / "dashboards" / "generated").glob("*.json")):
        named = set(_SOURCE.findall(board.read_text()))
        assert named
        assert [uid for uid in named if f"uid: {uid}" not in sources] == [], board.name
        assert json.loads(board.read_text())["panels"]


def test_grafana_looks_where_the_dashboards_are_mounted():
    provider = (PROVISIONED / "dashboards" / "lab.yml").read_text()

    assert "path: /dashboards" in provider
    assert "./dashboards/generated:/dashboards:ro" in SERVICES["grafana"].text
    assert "./dashboards/grafana:/etc/grafana/provisioning:ro" in SERVICES["grafana"].text


def test_the_services_lock_names_the_same_versions_as_the_labs():
    locks = [CHECKOUT / "locks" / name for name in ("services.lock", "run.lock")]
    some, every = (set(_LOCKED.findall(lock.read_text())) for lock in locks)

    assert some < every
