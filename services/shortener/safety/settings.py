"""How the partner is called; part of the shortener's settings."""

from pydantic import Field

from services.kit.breaker import BreakerPolicy
from services.kit.settings import ServiceSettings


class PartnerCallSettings(ServiceSettings):
    """Every one a variable `SHORTENER_<NAME>`. README.md explains them."""

    partner_deadline_s: float = Field(default=2.0, gt=0)  # the whole call, retries included
    partner_attempt_timeout_s: float = Field(default=0.8, gt=0)
    partner_attempts: int = Field(default=3, ge=1)
    partner_backoff_s: float = Field(default=0.1, gt=0)
    partner_backoff_most_s: float = Field(default=0.6, gt=0)
    partner_retry_share: float = Field(default=0.1, ge=0, le=1)
    partner_places: int = Field(default=20, ge=1)  # calls at once
    partner_queue: int = Field(default=40, ge=0)
    partner_breaker_window_s: float = Field(default=5.0, gt=0)
    partner_breaker_min_calls: int = Field(default=10, ge=1)
    partner_breaker_failure_ratio: float = Field(default=0.5, gt=0, le=1)
    partner_breaker_cooldown_s: float = Field(default=2.0, gt=0)

    @property
    def partner_breaker(self) -> BreakerPolicy:
        """When the partner is left alone."""
        return BreakerPolicy(
            window_s=self.partner_breaker_window_s,
            min_calls=self.partner_breaker_min_calls,
            failure_ratio=self.partner_breaker_failure_ratio,
            cooldown_s=self.partner_breaker_cooldown_s,
        )
