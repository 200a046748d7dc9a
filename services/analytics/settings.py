"""What analytics is told by its environment."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.kit.postgres import PoolLimits
from services.kit.settings import ServiceSettings


class AnalyticsSettings(ServiceSettings):
    """Every setting, flat, each a variable `ANALYTICS_<NAME>`. README.md explains them."""

    model_config = SettingsConfigDict(env_prefix="ANALYTICS_", frozen=True, extra="forbid")

    # The wiring.
    postgres_dsn: SecretStr
    kafka_bootstrap: str = ""  # empty: there is no Kafka, nothing is counted
    group: str = "analytics"

    # One batch.
    batch_messages: int = Field(default=2_000, ge=1, le=20_000)
    poll_s: float = Field(default=0.2, gt=0)  # how long to wait for messages
    session_s: float = Field(default=6.0, ge=1)  # silent for so long: others get our partitions

    # When to stop instead of parking: this share of the last messages, once so many were seen.
    park_at_most_share: float = Field(default=0.5, gt=0, le=1)
    park_judge_after: int = Field(default=100, ge=1)

    # Longer than Kafka keeps a message (a day): what cannot come again need not be remembered.
    remember_s: float = Field(default=2 * 86_400, gt=0)

    # PostgreSQL: one connection stores, one forgets.
    pool_size: int = Field(default=2, ge=1)
    pool_acquire_timeout_s: float = Field(default=2.0, gt=0)
    statement_timeout_s: float = Field(default=5.0, gt=0)

    @property
    def pool_limits(self) -> PoolLimits:
        """The pool's share of the settings."""
        return PoolLimits(self.pool_size, self.pool_acquire_timeout_s, self.statement_timeout_s)
