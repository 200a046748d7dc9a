"""Settings: one frozen class per deployable, read from the environment, and typos are errors."""

import os
from collections.abc import Mapping
from typing import TypeVar

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class UnknownVariable(ValueError):  # noqa: N818 - it is a sentence about the environment
    """A variable carries our prefix but no setting has that name."""


class ServiceSettings(BaseSettings):
    """What every service is told about itself. Subclasses set `env_prefix` in `model_config`."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid")

    instance: str
    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    log_level: str = "info"

    otlp_endpoint: str = ""  # a full URL that ends in /v1/traces; empty means no spans leave
    otlp_token: SecretStr = SecretStr("")
    trace_ratio: float = Field(default=0.01, ge=0, le=1)

    drain_notice_s: float = Field(default=0.0, ge=0)  # unready, but still serving: the edge looks
    drain_s: int = Field(default=10, ge=1)  # then requests in flight get this long to finish


Settings = TypeVar("Settings", bound=ServiceSettings)


def unknown_variables(
    settings: type[BaseSettings], environ: Mapping[str, str] | None = None
) -> list[str]:
    """Names that carry our prefix but match no field: nearly always a typo."""
    names = os.environ if environ is None else environ
    prefix = str(settings.model_config.get("env_prefix", "")).upper()
    known = {prefix + name.upper() for name in settings.model_fields}
    return sorted(n for n in names if n.upper().startswith(prefix) and n.upper() not in known)


def load(settings: type[Settings]) -> Settings:
    """Read the settings from the environment.

    pydantic-settings ignores a misspelt variable even with `extra="forbid"`, hence the guard.
    """
    unknown = unknown_variables(settings)
    if unknown:
        raise UnknownVariable(f"no such setting: {', '.join(unknown)}")
    return settings()  # type: ignore[call-arg]  # the environment fills it
