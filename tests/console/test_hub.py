"""What every page hangs on goes on looking, and is shared."""

import asyncio

from labs.console.hub import Hub
from stack.home import Home


async def test_a_look_that_fails_is_logged_and_the_next_one_is_made(tmp_path, caplog):
    hub = Hub(Home(tmp_path).make())
    looks = []

    def look():
        looks.append(1)
        raise ValueError("half a line")

    hub.look = look
    await hub.look_now()
    await hub.look_now()

    assert len(looks) == 2
    assert "it is tried again" in caplog.text


async def test_all_pages_ask_prometheus_with_one_client_until_its_port_is_another(tmp_path):
    hub = Hub(Home(tmp_path).make())
    first = await hub.prometheus()

    assert await hub.prometheus() is first
    hub.home.repick_port("prometheus")
    second = await hub.prometheus()
    assert second is not first
    await second.close()


async def test_a_run_that_ended_is_counted_once_so_that_its_traces_are_read_once(tmp_path):
    hub = Hub(Home(tmp_path).make())
    under_way = iter([None, "a run", "a run", None, None])
    hub._under_way.look = lambda: next(under_way)

    seen = []
    for _ in range(5):
        await asyncio.to_thread(hub.look)
        seen.append(hub.seen.ended)

    assert seen == [0, 0, 0, 1, 1]
