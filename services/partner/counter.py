"""The counter where calls are served: capacity, queue, delay, and each call's fate."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.kit.bulkhead import Bulkhead, BulkheadFullError
from services.kit.problems import Problem
from services.partner.behaviour import Control, Fate, fate
from services.partner.calls import Calls

HANG_S = 3_600.0
PATIENCE_S = 3_600.0
UNLIMITED = 100_000


class PartnerFailed(Problem):
    """A failure that was asked for."""

    type, title, status = "/problems/partner-failed", "The partner has failed", 503


class PartnerBusy(Problem):
    """More calls than capacity and queue hold."""

    type, title, status = "/problems/partner-busy", "The partner is overloaded", 503


class Counter:
    """Serves calls as the control says."""

    def __init__(self) -> None:
        self.calls = Calls()
        self._number = 0
        self.set_control(Control())

    def set_control(self, control: Control) -> None:
        """Behave like this from the next call on; calls in flight go on as they began."""
        self.control = control
        self._number = 0
        self._bulkhead = Bulkhead(
            control.capacity or UNLIMITED, queue=control.queue, wait_s=PATIENCE_S
        )

    @asynccontextmanager
    async def served(self, key: str) -> AsyncIterator[None]:
        """One call: wait for capacity, take the time it takes, and perhaps fail.

        Raises:
            PartnerFailed: it was this call's fate.
            PartnerBusy: it found the queue full.
        """
        control, bulkhead = self.control, self._bulkhead
        self._number += 1
        destiny = fate(self._number, control)
        with self.calls.counted(key, time.time()):
            try:
                if destiny is Fate.HANG:
                    await asyncio.sleep(HANG_S)
                async with bulkhead.place():
                    await asyncio.sleep(control.delay_ms / 1000)
                if destiny is Fate.FAIL:
                    failed = PartnerFailed()
                    failed.status = control.fail_status  # type: ignore[misc]
                    raise failed
                yield
            except BulkheadFullError as error:
                self.calls.ended("refused")
                raise PartnerBusy(headers={"Retry-After": "1"}) from error
            except asyncio.CancelledError:
                self.calls.ended("abandoned")
                raise
            except Problem:
                self.calls.ended("failed")
                raise
        self.calls.ended("answered")
