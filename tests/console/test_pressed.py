"""What a learner presses on a lab's pages: diagnosis, hints, reset, the editor, a verdict heard."""

import os
import subprocess
import sys
import time

import pytest
from loop_samples import BROKEN, SOLVED
from opened import PATIENT_MS, opened, press, sees
from playwright.async_api import expect
from run_samples import write_run

from labs.engine.catalogue import CHECKOUT, HINT_KINDS, find
from labs.engine.progress import Attempt
from labs.engine.progress_file import ProgressFile
from labs.engine.recorded import RecordedRun

pytestmark = [pytest.mark.timeout(600), pytest.mark.asyncio(loop_scope="session")]
LAB = find("7")
NAME = "services/shortener/deploy.env"


@pytest.fixture(scope="module")
def broken(served):
    """Lab 07 is in hand and its outage was watched; there is no stack."""
    environment = os.environ | {"LAB_HOME": str(served.home.path), "PYTHONPATH": str(CHECKOUT)}
    words = [sys.executable, "-m", "labs", "start", "7", "--no-up", "--yes"]
    subprocess.run(words, cwd=CHECKOUT, env=environment, check=True, capture_output=True)
    write_run(served.home.runs / BROKEN, repaired=False, rps=100)
    _attempt(served, "break", "FAIL", BROKEN)
    return served


def _attempt(served, kind, verdict, run):
    attempt = Attempt(at=time.time(), kind=kind, verdict=verdict, run=run)
    ProgressFile(served.home).change(lambda p: p.lab(LAB.lab.slug).attempts.append(attempt))


def _lab(served):
    return ProgressFile(served.home).read().lab(LAB.lab.slug)


def _took(trace):
    return trace.took_ms


async def _diagnose(page, served, *, right):
    asked = LAB.lab.diagnosis
    one = next(m for m in asked.mechanism if m.right is right)
    where = asked.component if right else next(c for c in asked.components if c != asked.component)
    await page.get_by_label("Where is it?").select_option(where)
    await page.get_by_label("What is it?").select_option(one.id)
    slowest = max(RecordedRun(served.home.runs / BROKEN).traces_of("launch"), key=_took)
    await page.get_by_label("One piece of evidence").fill(slowest.trace_id[-8:])
    await page.wait_for_timeout(500)
    await press(page, "Hold it against the run")
    return one


async def test_a_wrong_diagnosis_is_told_what_it_would_look_like_and_a_right_one_holds(
    broken, open_tab
):
    tab = await opened(broken, open_tab, "/lab/7")
    page = tab.page
    heard = page.locator("section", has_text="Your diagnosis").locator("[role=status]").last

    await press(page, "Hold it against the run")
    await sees(page, "A diagnosis is a component, a mechanism and a piece of evidence.")
    wrong = await _diagnose(page, broken, right=False)
    await expect(heard).to_contain_text(wrong.would, timeout=PATIENT_MS)
    await expect(heard).to_contain_text("Try again, or go on: nothing waits.")
    assert await tab.violations() == []
    await _diagnose(page, broken, right=True)
    await expect(heard).to_contain_text("Your diagnosis holds.", timeout=PATIENT_MS)

    assert [one.right for one in _lab(broken).diagnoses] == [False, True]


async def test_hints_come_one_by_one_and_the_repair_only_after_yes(broken, open_tab):
    tab = await opened(broken, open_tab, "/lab/7")
    page = tab.page
    for number in (1, 2, 3):
        assert _lab(broken).hints == list(range(1, number))
        await press(page, "Show the next hint")
        await sees(page, f"Hint {number} of {len(HINT_KINDS)}: {HINT_KINDS[number - 1]}")
        await expect(page.locator("details.hint")).to_have_count(number)

    await press(page, "Show the next hint")
    await expect(page.get_by_role("dialog")).to_be_visible()
    assert await tab.violations() == []
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert _lab(broken).studied_at is None
    await press(page, "Show the next hint")
    await press(page, "Show the repair")
    await sees(page, "You have read all of them.")

    assert _lab(broken).hints == [1, 2, 3, 4]
    assert _lab(broken).studied_at is not None


async def _edited(page, served, text):
    await page.get_by_label("File", exact=True).select_option(NAME)
    await expect(page.get_by_text(f"/{NAME}").first).to_be_visible(timeout=PATIENT_MS)
    await page.locator(".cm-content").click()
    await page.keyboard.press("ControlOrMeta+Home")
    await page.keyboard.insert_text(text)
    await page.wait_for_timeout(700)
    await page.keyboard.press("ControlOrMeta+s")
    await sees(page, f"{NAME} is saved.")
    assert text.strip() in (served.home.workspace / NAME).read_text()


@pytest.mark.parametrize(
    ("button", "yes"),
    [("Back to the start", "Put it back"), ("Put everything back", "Put everything back")],
)
async def test_what_was_edited_goes_back_to_the_start_after_yes(broken, open_tab, button, yes):
    file = broken.home.workspace / NAME
    deployed = file.read_text()
    tab = await opened(broken, open_tab, "/lab/7/repair")
    page = tab.page
    await _edited(page, broken, "# mine\n")
    await sees(page, "What you changed")
    await expect(page.locator(".diff .plus", has_text="# mine")).to_be_visible(timeout=PATIENT_MS)

    await press(page, button)
    await press(page, "Rather not")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert "# mine" in file.read_text()
    await press(page, button)
    await page.get_by_role("dialog").get_by_role("button", name=yes).click()
    await sees(page, "Nothing yet: this is the project as deployed.")

    assert file.read_text() == deployed
    kept = [path for path in broken.home.path.rglob("deploy.env") if "# mine" in path.read_text()]
    assert kept, "no copy of the work was kept"


async def test_tab_and_shift_tab_leave_the_editor_on_both_sides(broken, open_tab):
    tab = await opened(broken, open_tab, "/lab/7/repair")
    page = tab.page
    await page.get_by_label("File", exact=True).select_option(NAME)
    await expect(page.get_by_text(f"/{NAME}").first).to_be_visible(timeout=PATIENT_MS)
    before = await page.locator(".cm-content").inner_text()
    left = []
    for key in ("Tab", "Shift+Tab"):
        await page.locator(".cm-content").focus()
        await page.keyboard.press(key)
        left.append(await page.evaluate("document.activeElement.outerHTML.slice(0, 200)"))

    assert await page.locator(".cm-content").inner_text() == before
    assert all("cm-" not in element for element in left)
    assert left[0] != left[1]


async def test_a_verdict_is_heard_on_a_page_that_stays_open(broken, open_tab):
    """The run may have been a terminal's; a screen reader hears it all the same."""
    tab = await opened(broken, open_tab, "/lab/7")
    heard = tab.page.locator(".run [role=status][aria-live=polite]")
    await expect(heard).to_contain_text("The last outage:")

    write_run(broken.home.runs / SOLVED, repaired=True, rps=100)
    _attempt(broken, "check", "PASS", SOLVED)

    await expect(heard.locator(".verdict")).to_contain_text("PASS", timeout=PATIENT_MS)
    assert await heard.get_attribute("aria-atomic") == "true"
    assert await tab.violations() == []
