import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from services.kit.settings import ServiceSettings, UnknownVariable, load, unknown_variables


class DemoSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="DEMO_", frozen=True, extra="forbid")

    pool_size: int = 10


@pytest.fixture
def environment(monkeypatch):
    monkeypatch.setenv("DEMO_INSTANCE", "demo-a")
    return monkeypatch


def test_settings_come_from_the_environment(environment):
    environment.setenv("DEMO_POOL_SIZE", "3")

    assert load(DemoSettings).pool_size == 3


def test_a_misspelt_variable_is_an_error_at_start(environment):
    environment.setenv("DEMO_POOLSIZE", "3")

    with pytest.raises(UnknownVariable, match="DEMO_POOLSIZE"):
        load(DemoSettings)


def test_variables_of_others_are_none_of_our_business():
    assert unknown_variables(DemoSettings, {"PATH": "/bin", "DEMONSTRATION": "1"}) == []


def test_settings_do_not_change_after_the_start(environment):
    settings = load(DemoSettings)

    with pytest.raises(ValidationError):
        settings.pool_size = 4


def test_a_secret_is_not_shown(environment):
    environment.setenv("DEMO_OTLP_TOKEN", "hush")

    assert "hush" not in repr(load(DemoSettings))
