"""What redirects are told by the environment; part of the shortener's settings."""

from pydantic import Field

from services.kit.breaker import BreakerPolicy
from services.kit.settings import ServiceSettings
from services.shortener.redirects.resolve import Freshness


class RedirectSettings(ServiceSettings):
    """Every one a variable `SHORTENER_<NAME>`. README.md explains them."""

    # How old an answer may be, and what protects the database when one expires.
    cache_ttl_s: float = Field(default=60.0, gt=0)
    negative_ttl_s: float = Field(default=5.0, gt=0)
    near_cache: bool = True
    near_cache_entries: int = Field(default=10_000, ge=1)
    lease: bool = True
    lease_s: float = Field(default=0.5, gt=0)
    serve_stale: bool = True
    stale_window_s: float = Field(default=10.0, gt=0)
    early_refresh: bool = False

    # Redis: how long anyone waits for it, and when it is not asked at all.
    redis_timeout_s: float = Field(default=0.08, gt=0)
    redis_breaker_window_s: float = Field(default=2.0, gt=0)
    redis_breaker_min_calls: int = Field(default=10, ge=1)
    redis_breaker_failure_ratio: float = Field(default=0.5, gt=0, le=1)
    redis_breaker_cooldown_s: float = Field(default=1.0, gt=0)

    # PostgreSQL behind the cache: reads at once, in the queue, and the longest wait there: for a
    # burst, and once the queue stands (an overload that lasts, see kit/shedding.py).
    loads_at_once: int = Field(default=8, ge=1)
    loads_queue: int = Field(default=500, ge=0)
    loads_wait_s: float = Field(default=2.0, gt=0)
    loads_standing_wait_s: float = Field(default=0.3, gt=0)

    # Clicks on their way to Kafka.
    clicks_buffer: int = Field(default=50_000, ge=1)
    clicks_drain_s: float = Field(default=2.0, ge=0)

    hot_route: bool = True  # off: redirects take the framework's way, see route.py

    @property
    def redis_breaker(self) -> BreakerPolicy:
        """When Redis is left alone."""
        return BreakerPolicy(
            window_s=self.redis_breaker_window_s,
            min_calls=self.redis_breaker_min_calls,
            failure_ratio=self.redis_breaker_failure_ratio,
            cooldown_s=self.redis_breaker_cooldown_s,
        )

    @property
    def freshness(self) -> Freshness:
        """How old an answer may be."""
        return Freshness(
            ttl_s=self.cache_ttl_s,
            negative_ttl_s=self.negative_ttl_s,
            stale_window_s=self.stale_window_s if self.serve_stale else 0.0,
            refresh_early=self.early_refresh,
        )
