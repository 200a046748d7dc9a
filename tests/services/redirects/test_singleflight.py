import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.shortener.redirects.singleflight import SingleFlight


class Read:
    """Work that counts itself and waits to be told how to end."""

    def __init__(self) -> None:
        self.started = 0
        self.end: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def __call__(self) -> str:
        self.started += 1
        return await asyncio.shield(self.end)


async def turns(n: int = 5) -> None:
    for _ in range(n):
        await asyncio.sleep(0)


async def test_everybody_who_asks_during_a_flight_shares_it():
    flights, read = SingleFlight(), Read()
    asking = [asyncio.create_task(flights.run("k", read)) for _ in range(100)]
    await turns()
    read.end.set_result("v")

    assert await asyncio.gather(*asking) == ["v"] * 100
    assert read.started == 1
    assert "k" not in flights


async def test_different_keys_fly_side_by_side():
    flights, reads = SingleFlight(), [Read() for _ in range(5)]
    asking = [asyncio.create_task(flights.run(str(n), read)) for n, read in enumerate(reads)]
    await turns()

    assert [read.started for read in reads] == [1] * 5

    for read in reads:
        read.end.set_result("v")
    await asyncio.gather(*asking)


async def test_who_asks_after_the_landing_starts_a_new_flight():
    flights = SingleFlight()
    for n in range(3):
        read = Read()
        read.end.set_result(str(n))
        assert await flights.run("k", read) == str(n)


async def test_the_first_caller_hanging_up_takes_nobody_down():
    flights, read = SingleFlight(), Read()
    leader = asyncio.create_task(flights.run("k", read))
    await turns()
    follower = asyncio.create_task(flights.run("k", read))
    await turns()
    leader.cancel()
    await turns()
    read.end.set_result("v")

    assert await follower == "v"
    assert read.started == 1
    with pytest.raises(asyncio.CancelledError):
        await leader


async def test_the_flight_lands_also_when_all_have_hung_up():
    flights, read, landed = SingleFlight(), Read(), []

    async def work() -> str:
        landed.append(await read())
        return landed[0]

    asking = [asyncio.create_task(flights.run("k", work)) for _ in range(3)]
    await turns()
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    read.end.set_result("v")
    await turns()

    assert landed == ["v"]
    assert "k" not in flights


async def test_an_error_reaches_all_who_waited_and_nobody_after_them():
    flights, read = SingleFlight(), Read()
    asking = [asyncio.create_task(flights.run("k", read)) for _ in range(3)]
    await turns()
    read.end.set_exception(OSError("down"))
    results = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(result) for result in results] == [OSError] * 3

    healthy = Read()
    healthy.end.set_result("v")
    assert await flights.run("k", healthy) == "v"


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["ask", "hang up", "land", "fail"]), st.sampled_from("ab")),
        max_size=40,
    )
)
def test_whatever_happens_there_is_one_flight_per_key_and_everybody_is_answered(history):
    async def play() -> None:
        flights: SingleFlight[str] = SingleFlight()
        ends: dict[str, asyncio.Future[str]] = {}
        in_air = dict.fromkeys("ab", 0)
        asking: list[asyncio.Task[str]] = []

        async def work(key: str) -> str:
            in_air[key] += 1
            assert in_air[key] == 1
            ends[key] = asyncio.get_running_loop().create_future()
            try:
                return await ends[key]
            finally:
                in_air[key] -= 1

        for step, key in history:
            end = ends.get(key)
            if step == "ask":
                asking.append(asyncio.create_task(flights.run(key, lambda k=key: work(k))))
            elif step == "hang up" and asking:
                asking[-1].cancel()
            elif end is not None and not end.done():
                end.set_result("v") if step == "land" else end.set_exception(OSError())
            await turns()
        for end in ends.values():
            if not end.done():
                end.set_result("v")
        results = await asyncio.gather(*asking, return_exceptions=True)
        assert all(r == "v" or isinstance(r, OSError | asyncio.CancelledError) for r in results)
        assert in_air == {"a": 0, "b": 0}

    asyncio.run(play())
