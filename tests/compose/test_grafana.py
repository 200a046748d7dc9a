"""Grafana's provisioning: it cannot be run here, so every file is held against its schema."""

import json
import re

import pytest
import yaml
from compose.compose_file import services
from compose.grafana_schema import Providers, Sources
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard
from pydantic import ValidationError

from stack.compose import ports
from stack.home import CHECKOUT

PROVISIONED = CHECKOUT / "dashboards" / "grafana"
SCHEMAS = {"datasources": Sources, "dashboards": Providers}
FILES = sorted(PROVISIONED.glob("*/*"))
BOARDS = sorted((CHECKOUT / "dashboards" / "generated").glob("*.json"))


def read(path):
    return yaml.safe_load(path.read_text())


def sources():
    return Sources.model_validate(read(PROVISIONED / "datasources" / "lab.yml")).datasources


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_provisioning_file_is_as_grafana_documents_it(path):
    SCHEMAS[path.parent.name].model_validate(read(path))


def test_a_misspelt_key_would_be_seen():
    misspelt = read(PROVISIONED / "datasources" / "lab.yml")
    misspelt["datasources"][0]["isdefault"] = misspelt["datasources"][0].pop("isDefault")

    with pytest.raises(ValidationError, match="isdefault"):
        Sources.model_validate(misspelt)


def test_a_dot_on_a_latency_panel_leads_to_a_source_that_is_there():
    uids = {source.uid for source in sources()}
    leads_to = {
        to.datasourceUid for s in sources() for to in s.jsonData.exemplarTraceIdDestinations
    }

    assert leads_to
    assert leads_to <= uids


def test_one_source_is_the_default():
    assert [source.uid for source in sources() if source.isDefault] == ["prometheus"]


def test_the_sources_ask_where_prometheus_and_jaeger_listen():
    asked = {source.uid: int(source.url.rsplit(":", 1)[1]) for source in sources()}
    (jaeger,) = re.findall(
        r"--query\.http-server\.host-port=[\d.]+:(\d+)", services()["jaeger"].text
    )

    assert asked == {"prometheus": ports.fixed()["prometheus"], "jaeger": int(jaeger)}


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.name)
def test_a_dashboard_is_one_by_grafanas_own_types(path):
    """Grafana's SDK reads it and loses no panel and no query."""
    register_default_plugins()
    board = json.loads(path.read_text())

    again = Dashboard.from_json(board)

    assert (again.uid, again.title) == (board["uid"], board["title"])
    queries = [[target.expr for target in panel.targets or []] for panel in again.panels or []]
    assert queries == [
        [target["expr"] for target in panel.get("targets", [])] for panel in board["panels"]
    ]
