from pathlib import Path

from services.kit.settings import ServiceSettings
from services.relay.app import create_app, create_service
from services.relay.settings import RelaySettings

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "services/relay"
README = (FOLDER / "README.md").read_text()
KIT = (ROOT / "services/kit/README.md").read_text()


def test_every_setting_is_explained():
    own = RelaySettings.model_fields.keys() - ServiceSettings.model_fields.keys()

    assert [name for name in own if f"`{name.upper()}`" not in README] == []


def test_every_metric_is_explained():
    settings = RelaySettings(instance="relay", postgres_dsn="postgresql://nobody@127.0.0.1:1/x")
    service = create_service(settings)
    create_app(settings, service)
    names = [m.name for m in service.registry.collect()]
    ours = [name for name in names if not name.startswith(("process_", "python_"))]

    assert [name for name in ours if f"`{name}`" not in README + KIT] == []


def test_every_module_that_decides_something_is_named():
    plumbing = {"__init__.py", "__main__.py", "app.py", "settings.py"}
    modules = {path.name for path in FOLDER.glob("*.py")} - plumbing

    assert [name for name in modules if f"`{name}`" not in README] == []


def test_what_deploy_env_turns_are_settings():
    lines = (FOLDER / "deploy.env").read_text().splitlines()
    named = {line.partition("=")[0] for line in lines if line and not line.startswith("#")}

    assert named <= {f"RELAY_{name.upper()}" for name in RelaySettings.model_fields}
