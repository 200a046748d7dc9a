"""Workers: a loop around `run_once`, which does one batch and returns how much that was."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from services.kit import logs

log = logs.get(__name__)
LONGEST_PAUSE_S = 5.0


@dataclass(slots=True)
class Worker:
    """One piece of background work. `run_once` returns 0 when there was nothing to do."""

    name: str
    run_once: Callable[[], Awaitable[int]]
    idle_s: float = 0.5
    failures_in_a_row: int = 0


async def run(worker: Worker, stop: asyncio.Event) -> None:
    """Work until told to stop; the batch in hand is finished.

    A failed batch is logged and tried again after a pause that grows, with full jitter: many
    workers that lost the same dependency must not come back in step.
    """
    while not stop.is_set():
        try:
            done = await worker.run_once()
        except Exception:
            worker.failures_in_a_row += 1
            log.exception("batch failed", worker=worker.name, row=worker.failures_in_a_row)
            await _pause(stop, pause_s(worker.failures_in_a_row, random.random()))  # noqa: S311
            continue
        worker.failures_in_a_row = 0
        if done == 0:
            await _pause(stop, worker.idle_s)


def pause_s(failures_in_a_row: int, roll: float) -> float:
    """Full jitter: anything between nothing and the limit, which doubles up to a ceiling."""
    return min(LONGEST_PAUSE_S, 0.1 * 2.0 ** min(failures_in_a_row, 16)) * roll


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


@contextlib.asynccontextmanager
async def running(*workers: Worker, stop_within_s: float = 5.0) -> AsyncIterator[None]:
    """Run workers beside the body; at its end let each finish its batch, then cancel."""
    stop = asyncio.Event()
    tasks = [asyncio.create_task(run(worker, stop), name=worker.name) for worker in workers]
    try:
        yield
    finally:
        stop.set()
        if tasks:
            _done, late = await asyncio.wait(tasks, timeout=stop_within_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
