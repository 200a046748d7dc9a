"""Every page in a real Chromium: on a desk and on a phone, light and dark, by keyboard, offline."""

import os
import subprocess
import sys

import pytest
from chromium import DESK, PHONE
from playwright.async_api import expect

from labs.engine.catalogue import CHECKOUT, find

pytestmark = [pytest.mark.timeout(600), pytest.mark.asyncio(loop_scope="session")]
PAGES = ("/", "/lab/7", "/lab/7/watch", "/lab/7/repair", "/lab/7/debrief", "/stack", "/lab/3")
PATIENT_MS = 120_000


@pytest.fixture(scope="module")
def begun(served):
    """A console on a home with lab 07 in hand, and no stack."""
    environment = os.environ | {"LAB_HOME": str(served.home.path), "PYTHONPATH": str(CHECKOUT)}
    words = [sys.executable, "-m", "labs", "start", "7", "--no-up", "--yes"]
    subprocess.run(words, cwd=CHECKOUT, env=environment, check=True, capture_output=True)
    return served


async def shown(begun, open_tab, path, **looks):
    tab = await open_tab(**looks)
    await tab.page.goto(begun.shown.address)
    await tab.page.wait_for_url(f"{begun.origin}/", timeout=PATIENT_MS)
    await tab.page.goto(f"{begun.origin}{path}")
    await expect(tab.page.locator("h1")).to_be_visible(timeout=PATIENT_MS)
    return tab


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("size", "dark"), [(DESK, False), (PHONE, True)])
async def test_a_page_is_accessible_fits_and_loads_nothing_from_elsewhere(
    begun, open_tab, path, size, dark
):
    tab = await shown(begun, open_tab, path, size=size, dark=dark, still=True)
    await tab.page.wait_for_timeout(1500)

    width = await tab.page.evaluate("document.documentElement.scrollWidth")
    assert await tab.violations() == []
    assert width <= size[0]
    assert tab.elsewhere == []
    assert tab.errors == []


async def test_no_page_tells_the_name_of_a_lab_that_is_not_solved(begun, open_tab):
    tab = await shown(begun, open_tab, "/")
    for path in PAGES:
        await tab.page.goto(f"{begun.origin}{path}")
        await expect(tab.page.locator("h1")).to_be_visible(timeout=PATIENT_MS)
        words = await tab.page.locator("body").inner_text()

        assert find("7").lab.slug not in words
        assert find("3").lab.slug not in words


async def test_tab_goes_into_the_editor_and_out_of_it_again(begun, open_tab):
    tab = await shown(begun, open_tab, "/lab/7/repair")
    editor = tab.page.locator(".cm-content")
    await expect(editor).to_be_visible(timeout=PATIENT_MS)
    await editor.focus()
    before = await editor.inner_text()

    await tab.page.keyboard.press("Tab")

    assert not await tab.page.evaluate("!!document.activeElement.closest('.cm-editor')")
    assert await editor.inner_text() == before


@pytest.mark.parametrize("dark", [False, True])
async def test_the_line_that_is_edited_can_be_read_by_everybody(begun, open_tab, dark):
    tab = await shown(begun, open_tab, "/lab/7/repair", dark=dark)
    await tab.page.get_by_label("File", exact=True).select_option("services/shortener/deploy.env")
    await expect(tab.page.get_by_text("/deploy.env").first).to_be_visible(timeout=PATIENT_MS)
    await tab.page.locator(".cm-content").click()
    await expect(tab.page.locator(".cm-activeLineGutter").first).to_be_visible()

    assert await tab.violations() == []


async def test_the_first_stop_of_the_keyboard_skips_to_the_content(begun, open_tab):
    tab = await shown(begun, open_tab, "/lab/7")

    await tab.page.keyboard.press("Tab")
    first = await tab.page.evaluate("document.activeElement.innerText")
    await tab.page.keyboard.press("Enter")

    assert first == "Skip to content"
    assert await tab.page.evaluate("document.activeElement.tagName") == "MAIN"


async def test_a_save_over_somebody_elses_change_asks_first(begun, open_tab):
    tab = await shown(begun, open_tab, "/lab/7/repair")
    name = "services/shortener/deploy.env"
    file = begun.home.workspace / name
    await tab.page.get_by_label("File", exact=True).select_option(name)
    await expect(tab.page.get_by_text(f"/{name}").first).to_be_visible(timeout=PATIENT_MS)
    await tab.page.locator(".cm-content").click()
    await tab.page.keyboard.insert_text("# mine\n")
    await tab.page.wait_for_timeout(1000)
    file.write_text(file.read_text() + "# theirs\n")

    await tab.page.get_by_role("button", name="Save", exact=True).click()
    await tab.page.get_by_role("button", name="Rather not").click()

    assert "# theirs" in file.read_text()
    assert "# mine" not in file.read_text()
