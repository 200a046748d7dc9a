"""pause, kill, restart, on real processes."""

import pytest

from chaos.faults import parse


@pytest.fixture
async def pair(world):
    await world.processes.start("one")
    await world.processes.start("other")
    return world


@pytest.mark.parametrize("kind", ["pause", "kill"])
async def test_a_process_fault_is_on_and_then_off_and_touches_nobody_else(pair, kind):
    fault = parse({"kind": kind, "process": "one"})
    neighbour = parse({"kind": kind, "process": "other"})

    before = await fault.probe(pair, "f-1")
    await fault.apply(pair, "f-1")
    during, beside = await fault.probe(pair, "f-1"), await neighbour.probe(pair, "f-2")
    await fault.lift(pair, "f-1")
    await fault.lift(pair, "f-1")
    after = await fault.probe(pair, "f-1")

    assert (before.on, during.on, beside.on, after.on) == (False, True, False, False)
    assert pair.processes.pid("one") is not None


async def test_a_restart_is_proved_by_another_pid(pair):
    fault = parse({"kind": "restart", "process": "one"})

    await fault.apply(pair, "restart-1")

    assert (await fault.probe(pair, "restart-1")).on
    await fault.lift(pair, "restart-1")
    assert not (await fault.probe(pair, "restart-1")).on


async def test_a_process_that_does_not_run_is_not_paused(world):
    probe = await parse({"kind": "pause", "process": "one"}).probe(world, "pause-1")

    assert (probe.on, probe.seen) == (False, "one is not running")
