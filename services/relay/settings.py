"""What the relay is told by its environment."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.kit.postgres import PoolLimits
from services.kit.settings import ServiceSettings


class RelaySettings(ServiceSettings):
    """Every setting, flat, each a variable `RELAY_<NAME>`. README.md explains them."""

    model_config = SettingsConfigDict(env_prefix="RELAY_", frozen=True, extra="forbid")

    # The wiring.
    postgres_dsn: SecretStr
    kafka_bootstrap: str = ""  # empty: there is no Kafka, the outbox waits

    # One batch.
    batch_rows: int = Field(default=2_000, ge=1, le=10_000)
    poll_s: float = Field(default=0.1, gt=0)  # how soon an idle relay looks again
    publish_within_s: float = Field(default=5.0, gt=0)  # then the batch is given up, and sent again

    # PostgreSQL: one connection holds the claim, one measures the lag.
    pool_size: int = Field(default=2, ge=2)
    pool_acquire_timeout_s: float = Field(default=2.0, gt=0)
    statement_timeout_s: float = Field(default=5.0, gt=0)

    @property
    def pool_limits(self) -> PoolLimits:
        """The pool's share of the settings."""
        return PoolLimits(self.pool_size, self.pool_acquire_timeout_s, self.statement_timeout_s)
