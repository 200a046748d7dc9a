"""Verbs as processes: one at a time, their refusals in words, stopped as by Ctrl-C."""

import asyncio

import pytest

from labs.console.jobs import Job, Jobs
from stack.home import Home
from stack.trouble import Trouble

pytestmark = pytest.mark.timeout(300)


async def test_a_verb_runs_and_its_answer_is_read(tmp_path):
    job = await Jobs(Home(tmp_path)).run("list", "--json")

    assert job.code == 0
    assert {"number", "title"} <= job.answer[0].keys()


async def test_what_a_verb_refuses_is_told_in_its_own_sentence(tmp_path):
    job = await Jobs(Home(tmp_path)).run("check", "--json")

    assert job.trouble.said == "No lab is in hand."
    assert job.trouble.try_next == "./lab start 01"


async def test_a_second_verb_is_refused_while_one_runs_and_stopping_ends_it(tmp_path):
    jobs = Jobs(Home(tmp_path))
    first = asyncio.create_task(jobs.run("console"))
    while not (jobs.current and jobs.current.lines):
        await asyncio.sleep(0.05)

    with pytest.raises(Trouble, match="still running"):
        await jobs.run("check", "--json")
    await jobs.stop()

    assert (await first).is_over
    assert jobs.current is None


def test_a_failed_check_is_a_verdict_and_no_trouble():
    assert Job(("check",), code=1).trouble is None
    assert Job(("check",), code=3).trouble is None
    assert Job(("check",), code=2, lines=["lab: No.", "next: ./lab list"]).trouble.said == "No."
