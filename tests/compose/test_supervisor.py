"""The first process of our containers: it runs what it is told, while somebody is there."""

import asyncio
import signal
import sys

import psutil
import pytest

from stack.compose import supervisor
from stack.compose.children import Supervised
from stack.process import DidNotStart, Spec

TALK = "print('hello', flush=True); import time; time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + TALK


@pytest.fixture
async def socket(tmp_path):
    path = tmp_path / "hand"
    serving = asyncio.create_task(supervisor.serve(path))
    while not path.exists():
        await asyncio.sleep(0.01)
    yield path
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


def child(tmp_path, socket, program=TALK):
    argv = (sys.executable, "-c", program)
    return Supervised(Spec("talker", argv, tmp_path / "talker.log", cwd=tmp_path), socket)


async def until(question):
    async with asyncio.timeout(5):
        while not question():
            await asyncio.sleep(0.01)


async def test_its_output_is_in_the_log_as_if_it_were_ours(tmp_path, socket):
    talker = child(tmp_path, socket)
    await talker.start()

    await until(lambda: talker.log_tail() == "hello")
    assert psutil.Process(talker.pid).is_running()
    await talker.stop(0.5)


async def test_a_kill_is_seen_with_its_signal(tmp_path, socket):
    talker = child(tmp_path, socket)
    await talker.start()

    talker.send_group(signal.SIGKILL)

    assert await asyncio.wait_for(talker.wait(), 5) == -signal.SIGKILL
    assert talker.pid is None
    with pytest.raises(ProcessLookupError):
        talker.send(signal.SIGTERM)


async def test_a_pause_stops_it_and_a_resume_lets_it_run_on(tmp_path, socket):
    talker = child(tmp_path, socket)
    await talker.start()
    process = psutil.Process(talker.pid)

    talker.send_group(signal.SIGSTOP)
    await until(lambda: process.status() == psutil.STATUS_STOPPED)
    talker.send_group(signal.SIGCONT)
    await until(lambda: process.status() != psutil.STATUS_STOPPED)
    await talker.stop(0.5)


async def test_one_that_does_not_hear_is_ended_all_the_same(tmp_path, socket):
    talker = child(tmp_path, socket, STUBBORN)
    await talker.start()
    await until(lambda: talker.log_tail() == "hello")

    await talker.stop(0.2)

    assert talker.returncode == -signal.SIGKILL


async def test_it_ends_with_the_connection_that_asked_for_it(tmp_path, socket):
    talker = child(tmp_path, socket)
    await talker.start()
    process = psutil.Process(talker.pid)

    talker._writer.close()

    await until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)


async def test_a_program_that_is_not_there_is_said(tmp_path, socket):
    nobody = Supervised(Spec("nobody", ("/nowhere",), tmp_path / "log", cwd=tmp_path), socket)

    with pytest.raises(DidNotStart, match="cannot be run"):
        await nobody.start()


async def test_no_container_is_said(tmp_path):
    with pytest.raises(DidNotStart, match="no container"):
        await child(tmp_path, tmp_path / "absent").start()


async def test_idle_is_healthy_and_a_service_that_does_not_answer_is_not(tmp_path, socket):
    async def well(path):
        return await asyncio.to_thread(supervisor.healthy, path, 1)

    assert await well(socket)

    talker = child(tmp_path, socket)
    await talker.start()
    assert not await well(socket)
    await talker.stop(0.5)
    assert not await well(tmp_path / "absent")
