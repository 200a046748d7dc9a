"""What the partner is told by its environment: nothing but what every service is told."""

from pydantic_settings import SettingsConfigDict

from services.kit.settings import ServiceSettings


class PartnerSettings(ServiceSettings):
    """Variables `PARTNER_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="PARTNER_", frozen=True, extra="forbid")
