"""A whole lab in a real Chromium: start, predict, break, chart, trace, edit, check, debrief."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect
from walking import LONG_MS, glimpse, looked_at, press, sees, turn_to, verdict, write_file

from labs.engine.catalogue import CHECKOUT, find
from labs.engine.tree import apply_patch

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(900),
    pytest.mark.asyncio(loop_scope="session"),
]
LAB = find("7")
TRIES = 2  # a busy machine is INCONCLUSIVE, which says nothing about the code


def repaired_files(workspace: Path, scratch: Path) -> dict[str, str]:
    """What one of the repairs that must pass makes of the files it touches."""
    patch = LAB.path / "right" / "per_key_lock.patch"
    shutil.copytree(workspace / "services", scratch / "services")
    apply_patch(scratch, patch)
    lines = patch.read_text().splitlines()
    names = [line.removeprefix("+++ b/").split("\t")[0] for line in lines if line[:3] == "+++"]
    return {name: (scratch / name).read_text() for name in names}


@pytest_asyncio.fixture(loop_scope="session")
async def tab(served, open_tab):
    """A page that was let in; the stack is down afterwards, whatever happened."""
    opened = await open_tab()
    try:
        await opened.page.goto(served.shown.address)
        await sees(opened.page, "Break it. See it. Repair it.")
        yield opened
    finally:
        environment = os.environ | {"LAB_HOME": str(served.home.path)}
        subprocess.run(  # noqa: ASYNC221 - the page is gone, nobody waits
            [sys.executable, "-m", "labs", "down"],
            cwd=Path(CHECKOUT),
            env=environment | {"PYTHONPATH": str(CHECKOUT)},
            check=False,
            timeout=120,
        )


async def test_a_learner_walks_one_whole_lab(tab, served, tmp_path):
    page = tab.page
    await _start(tab, page)
    await _predict(tab, page)
    await _break(tab, page)
    await _trace(tab, page)
    repair = repaired_files(served.home.workspace, tmp_path)
    for name, text in repair.items():
        await turn_to(page, "Repair")
        await write_file(page, name, text)
    assert await _checked(tab, page) == "PASS"
    await _debrief(tab, page)

    assert tab.elsewhere == []
    assert tab.errors == []


async def _start(tab, page):
    board = await page.content()
    assert LAB.lab.slug not in board
    await looked_at(tab, "board")
    await page.get_by_role("link", name=f"Lab 07: {LAB.lab.title}").click()
    await press(page, "Start lab")
    await sees(page, "What you were told", LONG_MS)


async def _predict(tab, page):
    await page.get_by_label("Best guess").first.fill("100")
    await page.wait_for_timeout(500)  # what is typed travels to the server
    await press(page, "Commit")
    await sees(page, "You said 100")
    await looked_at(tab, "story")


async def _break(tab, page):
    await turn_to(page, "Watch")
    await page.get_by_label("Dashboard", exact=True).select_option("cache")
    await press(page, "Break it")
    await sees(page, "fault on: distance", LONG_MS)
    await expect(page.locator(".run .bar i")).to_be_visible()  # the timeline has a height
    shade = page.locator(".nicegui-echart svg text", has_text="distance").first
    await expect(shade).to_be_visible()  # on the live chart, while the fault is on
    await glimpse(page, "live")
    await sees(page, "The last outage:", LONG_MS)
    await press(page, "Show the last run")
    await expect(shade).to_be_visible(timeout=60_000)
    await looked_at(tab, "watch")


async def _trace(tab, page):
    await press(page, "Look again")
    await page.get_by_role("button", name="Open trace").first.click()
    await expect(page.locator(".bars li").first).to_be_visible(timeout=60_000)
    assert "SELECT" in await page.locator(".bars").first.inner_text()
    await page.locator(".bars").first.scroll_into_view_if_needed()
    await looked_at(tab, "trace")


async def _checked(tab, page):
    for _ in range(TRIES):
        await press(page, "Check my code")
        said = await verdict(page)
        if said != "INCONCLUSIVE":
            break
    await looked_at(tab, "repair")
    return said


async def _debrief(tab, page):
    await turn_to(page, "Debrief")
    await page.get_by_label("What broke?").fill("Every expiry sent all readers to the database.")
    await press(page, "Debrief")
    await sees(page, "Yours beside ours", LONG_MS)
    report = page.frame_locator("iframe.report")
    await expect(report.locator("h1")).to_be_visible(timeout=60_000)
    await looked_at(tab, "debrief")
