"""A unit that was killed and held down comes back, however often it has to be tried."""

from types import SimpleNamespace

import pytest

from stack.home import Home
from stack.warden.unit import State, Unit


@pytest.fixture
def unit(tmp_path, monkeypatch):
    component = SimpleNamespace(name="redis", ports=())
    unit = Unit(Home(tmp_path).make(), component)
    unit.state = State.HELD
    monkeypatch.setattr(unit, "_hold_ports", lambda: None)
    return unit


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
