"""What the shortener is told by its environment."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.kit.postgres import PoolLimits
from services.shortener.redirects.settings import RedirectSettings
from services.shortener.safety.settings import PartnerCallSettings


class ShortenerSettings(RedirectSettings, PartnerCallSettings):
    """Every setting, flat, each a variable `SHORTENER_<NAME>`. README.md explains them.

    Those of the redirects and of the partner's client stand in their own rooms.
    """

    model_config = SettingsConfigDict(env_prefix="SHORTENER_", frozen=True, extra="forbid")

    # The wiring.
    postgres_dsn: SecretStr
    redis_url: str
    partner_url: str = ""
    kafka_bootstrap: str = ""  # empty: there is no Kafka, every click is counted as dropped
    public_base_url: str = "http://localhost"
    jwt_secret: SecretStr = Field(min_length=32)

    drain_notice_s: float = Field(default=1.0, ge=0)  # the edge looks every half second

    # PostgreSQL.
    pool_size: int = Field(default=10, ge=1)
    pool_acquire_timeout_s: float = Field(default=2.0, gt=0)
    statement_timeout_s: float = Field(default=5.0, gt=0)

    # Accounts.
    access_token_s: int = Field(default=900, ge=1)
    refresh_token_s: int = Field(default=30 * 86_400, ge=1)
    password_workers: int = Field(default=1, ge=1)  # hashes at once; each takes 64 MiB
    password_queue: int = Field(default=64, ge=0)  # more than that wait nowhere: they get 503
    password_time_cost: int = Field(default=3, ge=1)
    password_memory_kib: int = Field(default=65_536, ge=8)
    password_parallelism: int = Field(default=4, ge=1)  # threads of one hash

    # Links.
    link_quota: int = Field(default=10_000, ge=0)  # live links per account
    idempotency_takeover_s: float = Field(default=30.0, gt=0)  # when an unfinished attempt is dead

    # Limits. A bucket holds `burst` and refills at `per_minute`.
    api_per_minute: int = Field(default=600, ge=1)
    api_burst: int = Field(default=100, ge=1)
    login_per_minute: int = Field(default=10, ge=1)
    login_burst: int = Field(default=5, ge=1)
    address_per_minute: int = Field(default=120, ge=1)  # logins and registrations of one address
    address_burst: int = Field(default=60, ge=1)
    limiter_timeout_s: float = Field(default=0.05, gt=0)

    @property
    def pool_limits(self) -> PoolLimits:
        """The pool's share of the settings."""
        return PoolLimits(self.pool_size, self.pool_acquire_timeout_s, self.statement_timeout_s)
