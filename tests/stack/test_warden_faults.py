"""What the warden does with a fault that does not want to go."""

import asyncio
import contextlib
from types import SimpleNamespace

import pytest

from stack.home import Home
from stack.warden import faults as warden_faults
from stack.warden.faults import LIFT_TRIES, Faults


class Stubborn:
    """A fault whose first lifts fail, as when the proxy that holds it is itself paused."""

    def __init__(self, refuses: int) -> None:
        self.refuses = refuses
        self.on = False

    async def apply(self, _world, _id):
        self.on = True

    async def lift(self, _world, _id):
        if self.refuses:
            self.refuses -= 1
            raise ConnectionError
        self.on = False


@pytest.fixture
def stubborn(monkeypatch):
    fault = Stubborn(refuses=LIFT_TRIES + 1)
    monkeypatch.setattr(warden_faults, "parse", lambda _spec: fault)
    monkeypatch.setattr(warden_faults, "LIFT_AGAIN_S", 0.001)
    return fault


async def test_a_fault_that_cannot_be_lifted_is_not_forgotten(stubborn, tmp_path):
    faults = Faults(SimpleNamespace(home=Home(tmp_path).make()))
    entry = await faults.add({"kind": "toxic"}, 60)

    await faults.lift(entry.id)

    assert stubborn.on
    assert [kept.id for kept in faults.journal.entries()] == [entry.id]


async def test_a_fault_that_is_due_is_tried_until_it_is_gone(stubborn, tmp_path):
    faults = Faults(SimpleNamespace(home=Home(tmp_path).make()))
    await faults.add({"kind": "toxic"}, 0.01)

    running = asyncio.create_task(faults.run())
    async with asyncio.timeout(5):
        while faults.journal.entries():
            await asyncio.sleep(0.01)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running

    assert not stubborn.on
