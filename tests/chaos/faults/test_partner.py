"""The partner's control, on a stand-in that keeps what it is told."""

import asyncio
import itertools
import json

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chaos.faults import BadFault, parse
from tests.chaos.faults.conftest import free_port

DEFAULTS = {"delay_ms": 20, "fail_ratio": 0.0}


@pytest.fixture
async def partnered(world):
    settings = dict(DEFAULTS)

    async def control(request: Request) -> Response:
        if request.method == "PUT":
            wanted = json.loads(await request.body())
            if not wanted.keys() <= DEFAULTS.keys():
                return Response("no such field", 422)
            await asyncio.sleep(0.02 * len(wanted))  # who says nothing is heard first
            settings.clear()
            settings.update(DEFAULTS | wanted)
        return JSONResponse(settings)

    app = Starlette(routes=[Route("/control", control, methods=["GET", "PUT"])])
    port = free_port()
    config = uvicorn.Config(app, port=port, lifespan="off", log_level="error")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    world.partner_url = f"http://127.0.0.1:{port}"
    yield world
    server.should_exit = True
    await serving


async def test_the_partner_behaves_as_told_and_then_as_before(partnered):
    await parse({"kind": "partner", "control": {"delay_ms": 40}}).apply(partnered, "baseline")
    fault = parse({"kind": "partner", "control": {"fail_ratio": 1.0}})

    before = await fault.probe(partnered, "partner-1")
    await fault.apply(partnered, "partner-1")
    during = await fault.probe(partnered, "partner-1")
    await fault.lift(partnered, "partner-1")
    after = await fault.probe(partnered, "partner-1")

    assert (before.on, during.on, after.on) == (False, True, False)
    assert (await parse({"kind": "partner", "control": {"delay_ms": 40}}).probe(partnered, "")).on


async def test_a_fault_under_another_one_is_still_on(partnered):
    slow = parse({"kind": "partner", "control": {"delay_ms": 40}})
    down = parse({"kind": "partner", "control": {"delay_ms": 1, "fail_ratio": 1.0}})
    await slow.apply(partnered, "slow")
    await down.apply(partnered, "down")

    both = (await slow.probe(partnered, "slow"), await down.probe(partnered, "down"))
    await down.lift(partnered, "down")
    left = (await slow.probe(partnered, "slow"), await down.probe(partnered, "down"))

    assert [probe.on for probe in both] == [True, True]
    assert [probe.on for probe in left] == [True, False]


@pytest.mark.parametrize("order", list(itertools.permutations(["small", "slow", "down"])))
async def test_faults_on_top_of_each_other_end_in_any_order_and_leave_nothing(partnered, order):
    faults = {
        "small": parse({"kind": "partner", "control": {"delay_ms": 150}}),
        "slow": parse({"kind": "partner", "control": {"delay_ms": 40, "fail_ratio": 0.5}}),
        "down": parse({"kind": "partner", "control": {"fail_ratio": 1.0}}),
    }
    for name, fault in faults.items():
        await fault.apply(partnered, name)

    for name in order:
        assert (await faults[name].probe(partnered, name)).on
        await faults[name].lift(partnered, name)

    assert (await parse({"kind": "partner", "control": DEFAULTS}).probe(partnered, "")).on


async def test_all_lifted_at_once_leave_nothing(partnered):
    faults = [parse({"kind": "partner", "control": {"delay_ms": n}}) for n in range(100, 108)]
    for fault in faults:
        await fault.apply(partnered, str(fault.control))

    await asyncio.gather(*(fault.lift(partnered, str(fault.control)) for fault in faults))

    assert (await parse({"kind": "partner", "control": DEFAULTS}).probe(partnered, "")).on


async def test_after_a_crash_the_partner_gets_its_defaults(partnered):
    fault = parse({"kind": "partner", "control": {"delay_ms": 900}})
    await fault.apply(partnered, "partner-1")
    partnered.memory.forget("partner-1")

    await fault.lift(partnered, "partner-1")

    assert (await parse({"kind": "partner", "control": DEFAULTS}).probe(partnered, "")).on


async def test_what_the_partner_does_not_know_is_refused(partnered):
    with pytest.raises(BadFault, match="the partner refuses: no such field"):
        await parse({"kind": "partner", "control": {"mood": "bad"}}).apply(partnered, "partner-2")


async def test_with_the_partner_gone_there_is_nothing_to_lift(world):
    fault = parse({"kind": "partner", "control": {"delay_ms": 900}})

    await fault.lift(world, "partner-3")

    assert not (await fault.probe(world, "partner-3")).on
