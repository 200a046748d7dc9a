"""A real Chromium for tests: what it may do, what it asked for, and what axe-core says of a page.

The axe-core that is run is the one in the `axe-playwright-python` wheel; nothing is fetched.
"""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, Request, async_playwright

NAMES = ("/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
DESK, PHONE = (1280, 800), (390, 844)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OURS = {"127.0.0.1", "localhost", ""}


def found() -> str | None:
    """Return the Chromium of this machine, None when there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@asynccontextmanager
async def launched(executable: str) -> AsyncIterator[Browser]:
    """Start it, and end it with everything that it started."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Tab:
    """One page in a context of its own, and what went wrong in it."""

    page: Page
    elsewhere: list[str] = field(default_factory=list)
    """Addresses on other machines that it asked for; all were refused."""
    errors: list[str] = field(default_factory=list)
    """Exceptions of its scripts, and what the console calls an error."""

    async def violations(self) -> list[str]:
        """Return what axe-core finds against WCAG 2.2 AA, a line for each element."""
        only = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
        answer = (await Axe().run(self.page, options=only)).response
        return [
            f"{rule['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
            for rule in answer["violations"]
            for node in rule["nodes"]
        ]

    async def first_paint_ms(self) -> float:
        """Return when the page first showed something (first contentful paint)."""
        script = """() => new Promise(done => new PerformanceObserver(list => list.getEntries()
            .filter(one => one.name === 'first-contentful-paint')
            .forEach(one => done(one.startTime))).observe({type: 'paint', buffered: true}))"""
        return float(await self.page.evaluate(script))


async def opened(context: BrowserContext) -> Tab:
    """Open a page that can reach this machine only."""
    tab = Tab(await context.new_page())

    async def guard(route, request: Request) -> None:
        if urlsplit(request.url).hostname in (None, *OURS):
            await route.continue_()
        else:
            tab.elsewhere.append(request.url)
            await route.abort()

    await context.route("**/*", guard)
    tab.page.on("pageerror", lambda error: tab.errors.append(str(error)))
    tab.page.on("console", lambda said: _note(tab.errors.append, said))
    return tab


def _note(note: Callable[[str], None], said) -> None:
    if said.type == "error":
        note(said.text)
