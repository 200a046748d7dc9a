from pathlib import Path

import pytest
from shortener_app import settings_for

from services.kit import body_limit  # noqa: F401 - its problem counts too
from services.kit.problems import Problem
from services.kit.settings import ServiceSettings
from services.shortener.app import create_app, create_service
from services.shortener.settings import ShortenerSettings

ROOT = Path(__file__).parents[3]
KIT = (ROOT / "services/kit/README.md").read_text()
SHORTENER = (ROOT / "services/shortener/README.md").read_text()
OF_THE_RUNTIME = ("process_", "python_")


def problems(kind=Problem):
    for child in kind.__subclasses__():
        yield child
        yield from problems(child)


@pytest.fixture(scope="module")
def metrics():
    settings = settings_for(
        "postgresql://nobody@127.0.0.1:1/x",
        "redis://127.0.0.1:1/0",
        partner_url="http://127.0.0.1:1",
    )
    service = create_service(settings)
    create_app(settings, service)
    return {metric.name for metric in service.registry.collect()}


def test_every_setting_of_every_service_is_explained():
    assert [n for n in ServiceSettings.model_fields if f"`{n.upper()}`" not in KIT] == []


def test_every_setting_of_the_shortener_is_explained():
    own = ShortenerSettings.model_fields.keys() - ServiceSettings.model_fields.keys()

    assert [name for name in own if f"`{name.upper()}`" not in SHORTENER] == []


def test_every_problem_is_explained():
    shown = {
        kind.type
        for kind in problems()
        if kind.__module__.startswith(("services.shortener", "services.kit"))
    } - {"about:blank"}

    assert [kind for kind in shown if f"`{kind}`" not in SHORTENER] == []


def test_every_metric_is_explained(metrics):
    ours = [name for name in metrics if not name.startswith(OF_THE_RUNTIME)]

    assert [name for name in ours if f"`{name}`" not in SHORTENER + KIT] == []


def test_every_module_of_the_kit_has_its_line():
    modules = [p.name for p in (ROOT / "services/kit").glob("*.py") if p.name != "__init__.py"]

    assert [name for name in modules if f"`{name}`" not in KIT] == []


def test_what_deploy_env_turns_are_settings():
    lines = (ROOT / "services/shortener/deploy.env").read_text().splitlines()
    named = [line.partition("=")[0] for line in lines if line and not line.startswith("#")]

    known = {f"SHORTENER_{name.upper()}" for name in ShortenerSettings.model_fields}
    assert set(named) <= known
