"""Faults and load by hand on a real stack: each fault turned on, seen, and lifted again."""

import os
import subprocess
import sys

import pytest
import pytest_asyncio
from opened import PATIENT_MS, go, opened, press
from playwright.async_api import expect

from labs.commands.chaos_words import possible
from labs.engine.catalogue import CHECKOUT

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(580),
    pytest.mark.asyncio(loop_scope="session"),
]
ONCE = {"restart", "terminate-backends", "redis-evict"}  # done at once: there is nothing to lift


def lab(served, *words):
    """Run a verb on the home of this console."""
    environment = os.environ | {"LAB_HOME": str(served.home.path), "PYTHONPATH": str(CHECKOUT)}
    words = [sys.executable, "-m", "labs", *words]
    subprocess.run(words, cwd=CHECKOUT, env=environment, check=True, capture_output=True)


@pytest.fixture(scope="module")
def running(served):
    """A console over a stack with lab 07 on it."""
    try:
        lab(served, "start", "7", "--yes")
        yield served
    finally:
        lab(served, "down")


@pytest_asyncio.fixture(loop_scope="session")
async def tab(running, open_tab):
    return await opened(running, open_tab, "/stack")


def _told(page, named):
    return page.locator("section", has=page.get_by_role("heading", name=named)).locator(
        "[role=status]"
    )


async def _turn_on(page, fault):
    await page.get_by_label("Fault", exact=True).select_option(fault.name)
    await expect(page.get_by_text(fault.says)).to_be_visible(timeout=PATIENT_MS)
    await press(page, "Turn it on")
    told = _told(page, "Faults")
    await expect(told).to_contain_text(":", timeout=PATIENT_MS)
    return await told.inner_text()


async def _lift(page, said):
    """Lift what was just turned on, by name: one that is over may still be listed."""
    name = said.split(" is on")[0].strip()
    lift = page.get_by_role("button", name=f"Lift {name}", exact=True)
    await expect(lift).to_be_visible(timeout=PATIENT_MS)
    await lift.click()
    await expect(_told(page, "Faults")).to_contain_text(f"Off: {name}", timeout=PATIENT_MS)
    await expect(lift).to_have_count(0, timeout=PATIENT_MS)


@pytest.mark.parametrize("fault", possible(), ids=lambda one: one.name)
async def test_a_fault_is_turned_on_seen_and_lifted(tab, fault):
    said = await _turn_on(tab.page, fault)
    if fault.name in ONCE:
        assert "is on" in said or "was not seen" in said, said
        await expect(tab.page.get_by_role("button", name="Lift ")).to_have_count(
            0, timeout=PATIENT_MS
        )
        return

    assert " is on: " in said, said
    await expect(tab.page.locator(".health")).to_contain_text("1 fault on", timeout=PATIENT_MS)
    await _lift(tab.page, said)
    await expect(tab.page.locator(".health")).to_have_text("Stack is up", timeout=PATIENT_MS)


async def test_a_fault_by_hand_is_shaded_on_a_live_chart_and_gone_from_the_status(running, tab):
    page = tab.page
    said = await _turn_on(page, next(one for one in possible() if one.name == "latency"))
    name = said.split(" is on")[0].strip()
    await go(running, tab, "/lab/7/watch")
    await page.get_by_label("Dashboard", exact=True).select_option("cache")
    shade = page.locator(".nicegui-echart svg text", has_text=name).first
    await expect(shade).to_be_visible(timeout=PATIENT_MS)
    await go(running, tab, "/stack")
    await _lift(page, said)

    await expect(page.get_by_text("No fault is on.")).to_be_visible(timeout=PATIENT_MS)


async def test_a_fault_on_what_is_not_there_is_refused_in_a_sentence(tab):
    await tab.page.get_by_label("Which proxy").fill("nobody.nothing")
    await tab.page.wait_for_timeout(500)
    await press(tab.page, "Turn it on")

    await expect(tab.page.get_by_role("alert")).to_be_visible(timeout=PATIENT_MS)


async def test_a_spike_is_sent_and_counted(tab):
    page = tab.page
    send = page.get_by_role("button", name="Send it")
    await page.get_by_label("Requests a second").fill("40")
    spike = page.locator("section", has=page.get_by_role("heading", name="Spike"))
    await spike.get_by_label("Seconds").fill("4")
    await page.wait_for_timeout(1500)  # ticks of the page undo nothing that was typed
    assert await page.get_by_label("Requests a second").input_value() == "40"

    await send.click()
    await expect(send).to_be_disabled(timeout=PATIENT_MS)
    told = _told(page, "Spike")
    await expect(told).to_contain_text("served well", timeout=PATIENT_MS)

    words = await told.inner_text()
    asked, served = (int(one.split()[0]) for one in words.split(", ")[:2])
    assert 40 < asked <= 40 * 4
    assert served > 0.9 * asked
    assert "p99" in words
    await expect(send).to_be_enabled(timeout=PATIENT_MS)
    assert await tab.violations() == []
