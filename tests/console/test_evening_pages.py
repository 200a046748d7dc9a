"""Progress, drill, design, on call and words in a real Chromium: used, and read by axe-core."""

import datetime as dt

import pytest
from chromium import DESK, PHONE
from evenings import SEED, paged, some_evenings
from opened import go, opened, press, sees
from playwright.async_api import expect

from labs.engine.catalogue import all_labs, find
from labs.engine.progress_file import ProgressFile
from labs.loop import oncall as calls
from labs.loop.design import contents

pytestmark = [pytest.mark.timeout(600), pytest.mark.asyncio(loop_scope="session")]
PAGES = ("/progress", "/drill", "/design", "/oncall", "/words")
LOOKS = [(DESK, False), (DESK, True), (PHONE, False), (PHONE, True)]


@pytest.fixture(scope="module")
def lived(served):
    """A console for somebody who has solved five labs."""
    some_evenings(served.home)
    return served


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("size", "dark"), LOOKS)
async def test_an_evening_s_page_is_accessible_and_fits(lived, open_tab, path, size, dark):
    tab = await opened(lived, open_tab, path, size=size, dark=dark, still=True)
    await tab.page.wait_for_timeout(800)

    width = await tab.page.evaluate("document.documentElement.scrollWidth")
    assert await tab.violations() == []
    assert width <= size[0]
    assert (tab.elsewhere, tab.errors) == ([], [])


async def test_progress_shows_every_guess_and_names_no_lab_that_is_not_solved(lived, open_tab):
    tab = await opened(lived, open_tab, "/progress")
    words = await tab.page.locator("body").inner_text()

    assert "5 of 10 solved" in words
    assert (
        "Of 2 predictions: 1 within 1.5x, 1 within 3x, 2 within 10x. 1 of 1 ranges held." in words
    )
    assert await tab.page.locator("table tbody tr").count() == 2
    unsolved = [f for f in all_labs() if not _progress(lived).lab(f.lab.slug).solved_at]
    assert [folder.lab.slug for folder in unsolved if folder.lab.slug in words] == []


async def test_the_evenings_until_an_interview_are_planned_and_the_day_stays(lived, open_tab):
    tab = await opened(lived, open_tab, "/progress")
    day = (dt.datetime.now().astimezone().date() + dt.timedelta(days=30)).isoformat()

    await tab.page.get_by_label("The day of it").fill(day)
    await tab.page.wait_for_timeout(500)
    await press(tab.page, "Plan the evenings")
    await sees(tab.page, f"evenings until {day}")

    assert _progress(lived).interview == day
    assert await tab.page.get_by_label("The day of it").input_value() == day
    assert await tab.violations() == []


async def test_a_day_that_is_over_is_refused_in_a_sentence(lived, open_tab):
    tab = await opened(lived, open_tab, "/progress")

    await tab.page.get_by_label("The day of it").fill("2020-02-02")
    await tab.page.wait_for_timeout(500)
    await press(tab.page, "Plan the evenings")

    await sees(tab.page, "2020-02-02 is not ahead of us.")


async def test_a_card_is_answered_ticked_calculated_and_due_later(lived, open_tab):
    tab = await opened(lived, open_tab, "/drill")
    page, before = tab.page, len(_progress(lived).drill)
    points = page.get_by_role("checkbox")

    assert await points.count() == 0  # not before the answer
    await page.get_by_label("Your answer, if you type it").fill("One asks, the others wait.")
    await page.wait_for_timeout(500)
    await press(page, "Show the points")
    await sees(page, "Which of these did you say?")
    for number in range(await points.count()):
        await points.nth(number).check()
    await press(page, "Note it")
    await sees(page, "Noted: again in 3 days.")
    await page.get_by_label("Your number (requests)").fill("1")
    await page.wait_for_timeout(500)
    await press(page, "Hold it against the sum")
    await sees(page, "not quite")
    assert await tab.violations() == []

    answers = [each for card in _progress(lived).drill.values() for each in card]
    assert len(_progress(lived).drill) == before + 1
    assert (answers[-1].typed, len(answers[-1].said)) == (
        "One asks, the others wait.",
        answers[-1].of,
    )
    await press(page, "Next card")
    await sees(page, "Your answer, if you type it")


async def test_a_design_round_is_played_to_its_page(lived, open_tab):
    tab = await opened(lived, open_tab, "/design")
    page, steps = tab.page, contents.read().step

    await press(page, "Start the clock")
    for number, step in enumerate(steps):
        await sees(page, f"Step {number + 1} of {len(steps)}")
        line = page.get_by_label("A line of your answer")
        await line.fill(f"I say {step.id}.")
        await page.wait_for_timeout(300)
        await line.press("Enter")
        await expect(page.locator(".lines li")).to_have_count(1)
        await expect(line).to_have_value("")
        if number == 0:
            assert await tab.violations() == []
        await press(page, "On to the next step")
    await sees(page, "The clock has stopped.")
    await page.get_by_role("checkbox").first.check()
    await page.wait_for_timeout(500)
    assert await tab.violations() == []
    await press(page, "End the round and make its page")
    await sees(page, "1 of ")

    played = _progress(lived).design[-1]
    assert played.ended_at is not None
    assert played.lines == {step.id: [f"I say {step.id}."] for step in steps}
    assert played.ticked[steps[0].id] == [1]
    assert played.spent > 0
    await go(lived, tab, "/design/page")
    await sees(page, "I say requirements.")


async def test_the_clock_of_a_step_stands_while_it_is_stopped(lived, open_tab):
    tab = await opened(lived, open_tab, "/design")
    page = tab.page
    await press(page, "Start another round")
    await press(page, "Stop the clock")
    await expect(page.get_by_role("button", name="Let it run again")).to_be_visible()
    await page.wait_for_timeout(1500)  # the tick that was under way
    left = await page.get_by_role("timer").first.inner_text()

    await page.wait_for_timeout(2500)

    assert await page.get_by_role("timer").first.inner_text() == left


async def test_a_word_that_is_misspelt_is_explained(lived, open_tab):
    tab = await opened(lived, open_tab, "/words")
    await tab.page.get_by_label("A word, misspelt or not").fill("bulkhaed")
    await tab.page.wait_for_timeout(500)
    await press(tab.page, "Explain")

    await sees(tab.page, "the nearest is bulkhead")


async def test_the_pager_is_answered_wrongly_then_rightly(lived, open_tab):
    """Each wrong choice ends the incident: only the first answer counts."""
    for right in (False, True):
        call = paged(lived.home)
        tab = await opened(lived, open_tab, "/oncall")
        asked, mechanism = _answer(call, right=right)
        await tab.page.get_by_label("Where is it?").select_option(asked.component)
        await tab.page.get_by_label("What is it?").select_option(mechanism)
        trace = tab.page.get_by_role("button", name="Open trace").first
        await expect(trace).to_be_visible(timeout=60_000)
        await tab.page.get_by_label("One piece of evidence").fill(await trace.inner_text())
        await tab.page.wait_for_timeout(500)
        assert await tab.violations() == []
        await press(tab.page, "Answer the page")

        await sees(tab.page, "Your diagnosis held" if right else "Your diagnosis did not hold")
        assert _progress(lived).oncall[-1].right is right


async def test_the_pager_stays_shut_before_four_labs(served, open_tab):
    file = ProgressFile(served.home)
    kept = file.read()
    file.replace(kept.model_copy(update={"labs": {}}))
    try:
        tab = await opened(served, open_tab, "/oncall")
        await sees(tab.page, "On-call opens after 4 labs; you have 0.")
        assert await tab.page.get_by_role("button", name="Take the pager").count() == 0
    finally:
        file.replace(kept)


async def test_what_is_shared_is_made_and_shown(lived, open_tab):
    tab = await opened(lived, open_tab, "/lab/7/debrief")
    await press(tab.page, "Make something to show")
    picture = tab.page.locator("img.shared")
    await expect(picture).to_be_visible(timeout=120_000)
    await tab.page.wait_for_timeout(500)

    assert await picture.evaluate("one => one.naturalWidth") == 1200
    assert find("7").lab.slug not in await tab.page.locator("blockquote").inner_text()
    assert (tab.elsewhere, tab.errors) == ([], [])


async def test_no_other_file_is_served_beside_what_is_shared(lived, open_tab):
    tab = await opened(lived, open_tab, "/")
    for name in ("..%2fprogress.json", "progress.json", "lab-07.png.bak", "%2e%2e%2fprogress.json"):
        answer = await tab.page.request.get(f"{lived.origin}/shared/{name}")
        assert answer.status == 404


def _progress(lived):
    return ProgressFile(lived.home).read()


def _answer(call, *, right):
    known = [find(slug) for slug in call.known]
    drawn = calls.incident(known, SEED)
    assert drawn.broken, "another seed: this one draws a false alarm"
    asked = find(drawn.slug).lab.diagnosis
    return asked, next(m.id for m in asked.mechanism if m.right is right)
