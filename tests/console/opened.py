"""Opens a page of a console that is up, as somebody who was let in."""

from playwright.async_api import expect

PATIENT_MS = 120_000


async def opened(served, open_tab, path, **looks):
    """Come in by the printed address, then go to this page."""
    tab = await open_tab(**looks)
    await tab.page.goto(served.shown.address)
    await tab.page.wait_for_url(f"{served.origin}/", timeout=PATIENT_MS)
    await go(served, tab, path)
    return tab


async def go(served, tab, path):
    """Go to another page in the same tab."""
    await tab.page.goto(f"{served.origin}{path}")
    await expect(tab.page.locator("h1")).to_be_visible(timeout=PATIENT_MS)


async def press(page, name):
    await page.get_by_role("button", name=name, exact=True).first.click()


async def sees(page, text, within_ms=PATIENT_MS):
    await expect(page.get_by_text(text).first).to_be_visible(timeout=within_ms)
