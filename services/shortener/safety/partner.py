"""The partner's verdict, asked for so that the partner's trouble stays the partner's.

From the outside in:

    deadline   the caller is answered in time, whatever happens inside; a time-out per attempt
               alone would not do, because three attempts and two pauses add up
    bulkhead   at most so many calls at once, and a bounded queue: a partner that hangs fills
               its own compartment and not the process
    retries    only what may work the second time, only while the budget lasts, with full jitter
    breaker    per attempt: a partner that has just failed again and again is left alone
    attempt    one HTTP request with its own time-out, on a connection that is kept

Asking for a verdict changes nothing over there, so it may be asked again.
"""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from prometheus_client import CollectorRegistry

from services.kit import logs
from services.kit.breaker import Breaker, Outcome, State, Ticket
from services.kit.bulkhead import Bulkhead, BulkheadFullError
from services.kit.retry import RetryBudget, full_jitter_s
from services.shortener.problems import NoVerdict
from services.shortener.safety.attempt import AttemptFailedError, Attempts
from services.shortener.safety.metrics import PartnerMetrics, Refusal
from services.shortener.safety.settings import PartnerCallSettings

log = logs.get(__name__)


class BreakerOpenError(Exception):
    """The partner is left alone for now."""


@dataclass(frozen=True, slots=True)
class Partner:
    """A `SafetyCheck` over HTTP. One per process."""

    settings: PartnerCallSettings
    metrics: PartnerMetrics
    attempts: Attempts
    breaker: Breaker
    bulkhead: Bulkhead
    budget: RetryBudget
    roll: Callable[[], float] = random.random

    async def is_safe(self, url: str) -> bool:
        """The partner's verdict.

        Raises:
            NoVerdict: none within the deadline.
        """
        self.metrics.calls.inc()
        until_s = time.monotonic() + self.settings.partner_deadline_s
        try:
            async with asyncio.timeout(self.settings.partner_deadline_s), self.bulkhead.place():
                with self.metrics.in_flight.track_inprogress():
                    return await self._with_retries(url, until_s)
        except TimeoutError:
            self._no_verdict(Refusal.DEADLINE)
        except BulkheadFullError:
            self._no_verdict(Refusal.BULKHEAD)
        except BreakerOpenError:
            self._no_verdict(Refusal.BREAKER)
        except AttemptFailedError as error:
            log.warning("no verdict", why=str(error))
            self._no_verdict(Refusal.FAILED)

    def _no_verdict(self, reason: Refusal) -> NoReturn:
        self.metrics.no_verdict.labels(reason.value).inc()
        raise NoVerdict("Try again in a moment.", retry_after_s=self._retry_after_s())

    def _retry_after_s(self) -> int:
        return max(1, round(self.settings.partner_breaker_cooldown_s))

    async def _with_retries(self, url: str, until_s: float) -> bool:
        self.budget.pay_in()
        attempt = 1
        while True:
            try:
                return await self._guarded(url)
            except AttemptFailedError as error:
                pause_s = max(self._pause_s(attempt), error.not_before_s)
                in_time = time.monotonic() + pause_s < until_s
                if not error.again or not in_time or not self._may_retry(attempt):
                    raise
            attempt += 1
            await asyncio.sleep(pause_s)

    def _pause_s(self, attempt: int) -> float:
        return full_jitter_s(
            attempt,
            first_s=self.settings.partner_backoff_s,
            most_s=self.settings.partner_backoff_most_s,
            roll=self.roll(),
        )

    def _may_retry(self, attempt: int) -> bool:
        if attempt >= self.settings.partner_attempts:
            return False
        if not self.budget.take():
            self.metrics.retries_unaffordable.inc()
            return False
        return True

    async def _guarded(self, url: str) -> bool:
        ticket = self.breaker.admit(time.monotonic())
        if ticket is None:
            raise BreakerOpenError
        try:
            verdict = await self.attempts.ask(url)
        except AttemptFailedError as error:
            # A refusal of this one request (4xx) is an answer: the partner is well.
            self._settle(ticket, Outcome.FAILED if error.again else Outcome.SUCCEEDED)
            raise
        except BaseException:
            self._settle(ticket, Outcome.CANCELLED)  # a probe must not stay open: see breaker.py
            raise
        self._settle(ticket, Outcome.SUCCEEDED)
        return verdict

    def _settle(self, ticket: Ticket, outcome: Outcome) -> None:
        self.breaker.settle(ticket, outcome, time.monotonic())


def new_partner(url: str, settings: PartnerCallSettings, registry: CollectorRegistry) -> Partner:
    """Put the client together from its settings."""
    metrics = PartnerMetrics(registry)
    breaker = Breaker(
        settings.partner_breaker,
        roll=random.random,
        on_change=lambda state: metrics.breaker_open.set(state is not State.CLOSED),
    )
    return Partner(
        settings=settings,
        metrics=metrics,
        attempts=Attempts(
            url,
            metrics,
            timeout_s=settings.partner_attempt_timeout_s,
            connections=settings.partner_places,
        ),
        breaker=breaker,
        bulkhead=Bulkhead(
            settings.partner_places,
            queue=settings.partner_queue,
            wait_s=settings.partner_deadline_s,
        ),
        budget=RetryBudget(share=settings.partner_retry_share),
    )
