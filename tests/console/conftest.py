"""A real console on a home of its own, and a real Chromium to look at it with."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import chromium
import pytest
import pytest_asyncio
from chromium import Tab
from playwright.async_api import Browser

from labs.console.gate import Pass
from labs.console.serve import shown_at
from stack.home import Home

CHECKOUT = Path(__file__).resolve().parents[2]
STARTS_WITHIN_S = 90.0


@dataclass(frozen=True)
class Served:
    """A console that is up."""

    home: Home
    shown: Pass
    pid: int

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.shown.port}"

    @property
    def origin(self) -> str:
        return f"http://{self.host}"

    @property
    def cookie(self) -> str:
        return f"{self.shown.cookie_name}={self.shown.cookie_value}"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`lab console`, as a person starts it; one a module, for a lab in hand is in hand for all."""
    home = Home(tmp_path_factory.mktemp("console"))
    process = subprocess.Popen(
        [sys.executable, "-m", "labs", "--plain", "console"],
        cwd=CHECKOUT,
        env=os.environ | {"LAB_HOME": str(home.path), "PYTHONPATH": str(CHECKOUT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    late = threading.Timer(STARTS_WITHIN_S, process.kill)
    late.start()
    said = process.stdout.readline()
    late.cancel()
    try:
        assert "http://127.0.0.1:" in said, said
        yield Served(home, shown_at(home), process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        process.stdout.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A Chromium for all tests of a session; without one they are skipped, and say so."""
    executable = chromium.found()
    if executable is None:
        pytest.skip("there is no Chromium on this machine (Debian: apt-get install chromium)")
    async with chromium.launched(executable) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def open_tab(browser: Browser) -> AsyncIterator[Callable[..., Awaitable[Tab]]]:
    """`await open_tab(size=PHONE, dark=True, still=True)`: a page as one reader sees it."""
    async with contextlib.AsyncExitStack() as contexts:

        async def open_one(
            size: tuple[int, int] = chromium.DESK, *, dark: bool = False, still: bool = False
        ) -> Tab:
            context = await browser.new_context(
                viewport={"width": size[0], "height": size[1]},
                color_scheme="dark" if dark else "light",
                reduced_motion="reduce" if still else "no-preference",
            )
            contexts.push_async_callback(context.close)
            return await chromium.opened(context)

        yield open_one
