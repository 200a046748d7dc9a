import asyncio

import pytest

from services.kit.bulkhead import Bulkhead, BulkheadFullError


async def hold(bulkhead: Bulkhead, release: asyncio.Event) -> None:
    async with bulkhead.place():
        await release.wait()


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_no_more_than_its_places_are_in_flight_and_the_queue_is_bounded():
    bulkhead, release = Bulkhead(2, queue=1, wait_s=5), asyncio.Event()
    holders = [asyncio.create_task(hold(bulkhead, release)) for _ in range(3)]
    await settled()
    assert (bulkhead.in_flight, bulkhead.waiting) == (2, 1)

    with pytest.raises(BulkheadFullError):
        async with bulkhead.place():
            pass

    release.set()
    await asyncio.gather(*holders)
    assert (bulkhead.in_flight, bulkhead.waiting) == (0, 0)


async def test_nobody_waits_longer_than_the_patience():
    bulkhead, release = Bulkhead(1, queue=5, wait_s=0.01), asyncio.Event()
    holder = asyncio.create_task(hold(bulkhead, release))
    await settled()

    with pytest.raises(BulkheadFullError):
        async with bulkhead.place():
            pass

    release.set()
    await holder


async def test_a_cancelled_waiter_and_a_failed_holder_leave_no_place_taken():
    bulkhead, release = Bulkhead(1, queue=5, wait_s=5), asyncio.Event()
    holder = asyncio.create_task(hold(bulkhead, release))
    waiter = asyncio.create_task(hold(bulkhead, release))
    await settled()
    waiter.cancel()
    holder.cancel()
    await asyncio.gather(holder, waiter, return_exceptions=True)

    async with bulkhead.place():
        assert bulkhead.in_flight == 1
    assert (bulkhead.in_flight, bulkhead.waiting) == (0, 0)


async def test_in_front_of_a_standing_queue_one_is_refused_at_once_instead_of_after_a_wait():
    bulkhead = Bulkhead(1, queue=50, wait_s=0.05, standing_wait_s=0.0001)
    release = asyncio.Event()
    async with bulkhead.place():
        await asyncio.sleep(0.002)  # so that it knows how long a place is held
    holder = asyncio.create_task(hold(bulkhead, release))
    await settled()

    waiters = []
    for _ in range(4):  # never empty, though each of them gives up after a while
        waiters.append(asyncio.create_task(hold(bulkhead, release)))
        await asyncio.sleep(0.02)
    with pytest.raises(BulkheadFullError, match="stands"):
        async with bulkhead.place():
            pass
    with pytest.raises(BulkheadFullError, match="stands"):
        bulkhead.check()  # who asks beforehand is told the same

    release.set()
    await asyncio.gather(holder, *waiters, return_exceptions=True)
    assert (bulkhead.in_flight, bulkhead.waiting) == (0, 0)
    async with bulkhead.place():
        assert bulkhead.in_flight == 1
