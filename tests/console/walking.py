"""What a person does on the pages, in words that a test can read."""

import os
from pathlib import Path

from chromium import DESK, PHONE, Tab
from playwright.async_api import Page, expect

PICTURES = os.environ.get("CONSOLE_PICTURES", "")
LOOKS = (("light", DESK, "light"), ("dark", DESK, "dark"), ("phone", PHONE, "light"))
LONG_MS = 300_000  # a run takes fifteen seconds; a machine with other work takes longer


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name, exact=True).first.click()


async def sees(page: Page, text: str, within_ms: int = 60_000) -> None:
    await expect(page.get_by_text(text).first).to_be_visible(timeout=within_ms)


async def turn_to(page: Page, tab: str) -> None:
    await page.get_by_role("navigation", name="This lab").get_by_role("link", name=tab).click()
    await expect(page.locator("h1")).to_be_visible(timeout=60_000)


async def write_file(page: Page, name: str, text: str) -> None:
    """Open a file in the editor, replace all of it and save."""
    await page.get_by_label("File", exact=True).select_option(name)
    await sees(page, f"/{name}")
    await page.locator(".cm-content").click()
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.insert_text(text)
    await page.wait_for_timeout(500)
    await press(page, "Save")
    await sees(page, f"{name} is saved.")


async def verdict(page: Page) -> str:
    """Wait for the check to end and return its verdict."""
    await sees(page, "Your code is being checked", LONG_MS)
    shown = page.locator("p.verdict").first
    await expect(shown).to_be_visible(timeout=LONG_MS)
    return (await shown.inner_text()).split()[0]


async def looked_at(tab: Tab, name: str) -> None:
    """Keep pictures of this page where somebody asked for some, and ask axe-core about it."""
    if PICTURES:
        await _pictures(tab.page, name)
    await tab.page.evaluate("scrollTo(0, 0)")  # what is half under the header has its size above
    found = await tab.violations()
    assert found == [], "\n".join(found)


async def glimpse(page: Page, name: str) -> None:
    """Keep a picture of what moves too fast to be looked at three times."""
    if PICTURES:
        await page.set_viewport_size({"width": DESK[0], "height": 1080})  # the charts, too
        await page.wait_for_timeout(3500)  # a run has something to show by then
        await page.screenshot(path=Path(PICTURES) / f"{name}.png")
        await page.set_viewport_size({"width": DESK[0], "height": DESK[1]})


async def _pictures(page: Page, name: str) -> None:
    for called, size, scheme in LOOKS:
        await page.set_viewport_size({"width": size[0], "height": size[1]})
        await page.emulate_media(color_scheme=scheme)
        await page.wait_for_timeout(1500)  # charts are drawn anew
        for whole in (False, True):
            path = Path(PICTURES) / f"{name}-{called}{'-whole' * whole}.png"
            await page.screenshot(path=path, full_page=whole)
    await page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    await page.emulate_media(color_scheme="light")
