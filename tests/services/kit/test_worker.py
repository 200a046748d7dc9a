import asyncio

from hypothesis import given
from hypothesis import strategies as st

from services.kit.worker import LONGEST_PAUSE_S, Worker, pause_s, run, running


async def test_a_worker_goes_on_until_there_is_nothing_to_do():
    left, stop = [3, 2, 1], asyncio.Event()

    async def run_once() -> int:
        if left:
            return left.pop()
        stop.set()
        return 0

    await run(Worker("w", run_once, idle_s=60), stop)

    assert left == []


async def test_a_failed_batch_is_tried_again():
    tries, stop = [], asyncio.Event()

    async def run_once() -> int:
        tries.append(1)
        if len(tries) < 3:
            raise ConnectionError
        stop.set()
        return 0

    worker = Worker("w", run_once)
    await run(worker, stop)

    assert len(tries) == 3
    assert worker.failures_in_a_row == 0


async def test_the_batch_in_hand_is_finished_at_the_end():
    started, finish, done = asyncio.Event(), asyncio.Event(), []

    async def run_once() -> int:
        started.set()
        await finish.wait()
        done.append(1)
        return 1

    async with running(Worker("w", run_once)):
        await started.wait()
        asyncio.get_running_loop().call_later(0.05, finish.set)

    assert done == [1]


async def test_a_batch_that_never_ends_is_cancelled():
    async def run_once() -> int:
        await asyncio.Event().wait()
        return 0

    async with asyncio.timeout(5), running(Worker("w", run_once), stop_within_s=0.05):
        await asyncio.sleep(0)


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_a_pause_is_jittered_in_full_and_has_a_ceiling(failures, roll):
    assert 0 <= pause_s(failures, roll) <= LONGEST_PAUSE_S
    assert pause_s(failures, 0) == 0
