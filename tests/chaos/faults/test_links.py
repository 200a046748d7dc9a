"""toxic and proxy_down, on links of a running proxy."""

import pytest

from chaos.faults import BadFault, parse
from tests.chaos.conftest import Line


@pytest.fixture
def linked(world, proxy, proxy_url):
    world.proxy_url = proxy_url
    return world


def toxic(kind: str, glob: str = "*.redis", **attributes: int):
    return parse(
        {"kind": "toxic", "proxy": glob, "toxic": {"type": kind, "attributes": attributes}}
    )


async def test_a_toxic_hits_the_links_that_the_glob_picks_and_no_others(linked, proxy, echo):
    for name in ("a.redis", "b.redis", "a.postgres"):
        await proxy.create(name, echo)
    fault = toxic("latency", latency=80)

    await fault.apply(linked, "latency-1")
    on = await fault.probe(linked, "latency-1")
    named = {name: [t["name"] for t in p["toxics"]] for name, p in (await proxy.proxies()).items()}
    await fault.lift(linked, "latency-1")
    off = await fault.probe(linked, "latency-1")

    assert named == {"a.redis": ["latency-1"], "b.redis": ["latency-1"], "a.postgres": []}
    assert on.on
    assert "answered after" in on.seen
    assert (off.on, off.seen) == (False, "a.redis has no toxic latency-1 as asked")


@pytest.mark.parametrize("kind", ["timeout", "reset_peer", "bandwidth", "limit_data", "slicer"])
async def test_the_probe_of_every_strong_toxic_says_on_and_then_off(linked, proxy, echo, kind):
    await proxy.create("a.redis", echo)
    fault = toxic(kind)

    await fault.apply(linked, "f-1")
    assert (await fault.probe(linked, "f-1")).on
    await fault.lift(linked, "f-1")
    assert not (await fault.probe(linked, "f-1")).on


async def test_a_probe_is_not_fooled_by_a_toxic_that_was_changed_behind_its_back(
    linked, proxy, echo
):
    await proxy.create("a.redis", echo)
    fault = toxic("latency", latency=80)
    await fault.apply(linked, "latency-1")

    await proxy.update_toxic("a.redis", "latency-1", {"attributes": {"latency": 0}})

    assert not (await fault.probe(linked, "latency-1")).on


async def test_a_lift_works_in_another_process_and_twice(linked, proxy, echo):
    await proxy.create("a.redis", echo)
    await toxic("latency", latency=80).apply(linked, "latency-1")

    for _ in range(2):
        await toxic("latency", latency=80).lift(linked, "latency-1")

    assert await proxy.toxics("a.redis") == []


async def test_a_link_that_does_not_exist_is_named_with_those_that_do(linked, proxy, echo):
    await proxy.create("a.redis", echo)

    with pytest.raises(BadFault, match=r"no proxy is called b\.\*; there are: a\.redis"):
        await toxic("noop", "b.*").apply(linked, "noop-1")


async def test_proxy_down_refuses_and_lets_in_again(linked, proxy, echo):
    address = (await proxy.create("a.redis", echo))["listen"]
    fault = parse({"kind": "proxy_down", "proxy": "a.redis"})

    before = await fault.probe(linked, "proxy_down-1")
    await fault.apply(linked, "proxy_down-1")
    during = await fault.probe(linked, "proxy_down-1")
    await fault.lift(linked, "proxy_down-1")

    assert (before.on, during.on) == (False, True)
    async with Line.to(address) as line:
        assert (await line.ask(b"back"))[0] == b"back"


@pytest.mark.parametrize("kind", ["toxic", "proxy_down"])
async def test_with_the_proxy_gone_there_is_nothing_to_lift_and_nothing_is_on(world, kind):
    spec = {"kind": kind, "proxy": "a.redis"} | (
        {"toxic": {"type": "noop"}} if kind == "toxic" else {}
    )

    await parse(spec).lift(world, "f-1")

    assert not (await parse(spec).probe(world, "f-1")).on
