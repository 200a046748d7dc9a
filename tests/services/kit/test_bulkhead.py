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
