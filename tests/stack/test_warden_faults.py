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


class Slow:
    """A kill: lifting it starts a server that takes its time."""

    def __init__(self):
        self.lifts = 0
        self.started = asyncio.Event()

    async def apply(self, _world, _id):
        pass

    async def lift(self, _world, _id):
        self.lifts += 1
        await self.started.wait()


async def test_a_fault_that_is_slow_to_lift_holds_up_no_other(monkeypatch, tmp_path):
    slow, quick = Slow(), Stubborn(refuses=0)
    monkeypatch.setattr(
        warden_faults, "parse", lambda spec: slow if spec["kind"] == "kill" else quick
    )
    faults = Faults(SimpleNamespace(home=Home(tmp_path).make()))
    await faults.add({"kind": "kill"}, 0.01)
    await faults.add({"kind": "toxic"}, 0.1)

    running = asyncio.create_task(faults.run())
    async with asyncio.timeout(5):
        while quick.on:
            await asyncio.sleep(0.01)
    running.cancel()

    assert [entry.spec["kind"] for entry in faults.journal.entries()] == ["kill"]
    slow.started.set()


async def test_who_lifts_what_is_being_lifted_waits_for_the_same_attempt(monkeypatch, tmp_path):
    slow = Slow()
    monkeypatch.setattr(warden_faults, "parse", lambda _spec: slow)
    faults = Faults(SimpleNamespace(home=Home(tmp_path).make()))
    entry = await faults.add({"kind": "kill"}, 60)

    both = asyncio.gather(faults.lift(entry.id), faults.lift(entry.id))
    await asyncio.sleep(0.05)
    assert faults.journal.entries() == [entry]
    slow.started.set()
    await both

    assert slow.lifts == 1
    assert faults.journal.entries() == []


async def test_when_the_warden_leaves_nothing_is_started_any_more(monkeypatch, tmp_path):
    slow = Slow()
    monkeypatch.setattr(warden_faults, "parse", lambda _spec: slow)
    monkeypatch.setattr(warden_faults, "LEAVE_WITHIN_S", 0.05)
    faults = Faults(SimpleNamespace(home=Home(tmp_path).make()))
    await faults.add({"kind": "kill"}, 60)

    await faults.leave()

    assert faults.journal.entries() == []
    assert [task for task in asyncio.all_tasks() if task.get_name().startswith("lift")] == []
