"""A unit that was killed and held down comes back, however often it has to be tried."""

import asyncio
from types import SimpleNamespace

import pytest

from stack.home import Home
from stack.process import Child, DidNotStart, Spec
from stack.warden.unit import State, Unit


@pytest.fixture
def unit(tmp_path, monkeypatch):
    component = SimpleNamespace(name="redis", ports=())
    unit = Unit(Home(tmp_path).make(), component)
    unit.state = State.HELD
    monkeypatch.setattr(unit, "_hold_ports", lambda: None)
    return unit


def never_started(tmp_path):
    return Child(Spec("redis", ("/nowhere",), tmp_path / "log", cwd=tmp_path))


async def test_one_that_could_not_even_be_started_again_is_tried_again(unit, tmp_path):
    tries, came_back = [], asyncio.Event()

    async def launch():
        tries.append(len(tries))
        unit.child = never_started(tmp_path)
        if len(tries) == 1:
            raise DidNotStart("redis", "cannot be run", "")
        unit.state, unit.child = State.HELD, never_started(tmp_path)
        came_back.set()

    unit.state, unit._launch, unit.child = State.READY, launch, never_started(tmp_path)
    watching = asyncio.create_task(unit._watch())

    async with asyncio.timeout(10):
        await came_back.wait()
    watching.cancel()


async def test_one_that_could_not_be_revived_stays_held_and_is_revived_by_the_next_try(unit):
    tries = iter([TimeoutError("a busy machine"), None])

    async def launch():
        if error := next(tries):
            raise error

    unit._launch = launch

    with pytest.raises(TimeoutError):
        await unit.revive()
    assert unit.state is State.HELD

    await unit.revive()

    assert unit.state is State.READY
    await unit.stop()
