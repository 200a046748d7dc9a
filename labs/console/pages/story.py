"""A lab's first page: what the on-call engineer was told, and the loop beside it."""

from __future__ import annotations

from labs.console.dom import heading, html, tag
from labs.console.hub import Hub
from labs.console.lab_page import LabPage
from labs.console.pages.lab import lab_page
from labs.console.parts.checklist import checklist
from labs.console.parts.diagnosis import diagnosis
from labs.console.parts.hints import hints
from labs.console.parts.prediction import prediction
from labs.console.parts.steps import steps
from labs.report.markdown import markdown


async def show(hub: Hub, number: int) -> None:
    """Build the page."""
    with lab_page(hub, number, "") as one:
        if one is None:
            return
        with tag("div", classes="two"):
            with tag("div"):
                _story(one)
                checklist(one)
            with tag("div"):
                steps(one)
                prediction(one)
                diagnosis(one)
                hints(one)


def _story(one: LabPage) -> None:
    text = one.folder.text("page.md").strip()
    title, _, rest = text.partition("\n")
    text = rest if title.removeprefix("# ").strip() else text  # the page has it as its h1 already
    with tag("section", classes="card", aria_labelledby="told"):
        heading(2, "What you were told", id="told")
        html(f'<div class="story">{markdown(text, top=3)}</div>')
