"""The tools that other tests look at pages with: they see what is wrong, and only that."""

import chromium
import pytest
from chromium import DESK, PHONE

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]

GOOD = """<!doctype html><html lang="en"><title>Fine</title><main><h1>Cache</h1>
<p style="color:#222;background:#fff">Loads per expiry</p><button>Check</button></main></html>"""
BAD = GOOD.replace("#222", "#ccc").replace("<button>Check</button>", '<img src="data:,"><button>')


async def test_a_page_that_all_can_use_has_no_violations(open_tab):
    tab = await open_tab()
    await tab.page.set_content(GOOD)

    assert await tab.violations() == []


async def test_pale_words_a_nameless_picture_and_a_nameless_button_are_each_found(open_tab):
    tab = await open_tab()
    await tab.page.set_content(BAD)

    rules = {line.split(":")[0] for line in await tab.violations()}

    assert {"color-contrast", "image-alt", "button-name"} <= rules


async def test_what_a_page_asks_of_other_machines_is_refused_and_told(open_tab):
    tab = await open_tab()
    await tab.page.set_content(GOOD + '<script src="http://assets.example/x.js"></script>')

    assert tab.elsewhere == ["http://assets.example/x.js"]


async def test_a_script_that_fails_is_told(open_tab):
    tab = await open_tab()
    await tab.page.set_content(GOOD + "<script>undefined.x</script>")

    assert any("undefined" in error for error in tab.errors)


async def test_a_tab_has_the_size_the_colours_and_the_motion_that_were_asked_for(open_tab):
    asked = (
        "() => [innerWidth, matchMedia('(prefers-color-scheme: dark)').matches, "
        "matchMedia('(prefers-reduced-motion: reduce)').matches]"
    )
    desk = await open_tab(DESK)
    phone = await open_tab(PHONE, dark=True, still=True)

    assert await desk.page.evaluate(asked) == [1280, False, False]
    assert await phone.page.evaluate(asked) == [390, True, True]


async def test_the_first_paint_of_a_page_is_measured(open_tab):
    tab = await open_tab()
    await tab.page.goto("data:text/html,<h1>Cache</h1>")

    assert 0 < await tab.first_paint_ms() < 10_000


async def test_where_there_is_no_chromium_that_is_said(monkeypatch):
    monkeypatch.setattr(chromium.shutil, "which", lambda _: None)

    assert chromium.found() is None
