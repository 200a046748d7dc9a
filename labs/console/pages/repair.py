"""A lab's repair: the code, what was changed in it, and what the last check said."""

from __future__ import annotations

from labs.console.dom import button, heading, html, tag
from labs.console.frame import refused
from labs.console.hub import Hub
from labs.console.lab_page import LabPage
from labs.console.looks import follow_looks
from labs.console.pages.lab import lab_page
from labs.console.parts.asking import agreed
from labs.console.parts.checklist import checklist
from labs.console.parts.diff import changed_files, diff_html
from labs.console.parts.editor import Editor
from labs.console.parts.hints import hints
from stack.trouble import Trouble


async def show(hub: Hub, number: int) -> None:
    """Build the page."""
    with lab_page(hub, number, "/repair") as one:
        if one is None:
            return
        if not hub.session.workspace.exists:
            refused(Trouble("There is no workspace.", f"./lab start {number:02}"))
            return
        with tag("div", classes="two"):
            with tag("div"):
                editor = Editor(one)
            with tag("div"):
                _changes(one, editor)
                checklist(one)
                hints(one)
        follow_looks(lambda looks: editor.dark(is_dark=looks.dark))


def _changes(one: LabPage, editor: Editor) -> None:
    with tag("section", classes="card", aria_labelledby="changes"):
        heading(2, "What you changed", id="changes")
        shown = tag("div")

    def draw() -> None:
        shown.clear()
        with shown:
            _diff(one.hub.seen.diff, editor)

    one.frame.follow(lambda: one.hub.seen.diff, draw)


def _diff(text: str, editor: Editor) -> None:
    if not text:
        tag("p", "Nothing yet: this is the project as deployed.", "soft")
        tag("p", "Every save is what the next check runs.", "soft small")
        return
    with tag("ul", classes="changed small"):
        for name in changed_files(text):
            with tag("li"):
                button(name, lambda _event=None, name=name: editor.show(name), "small")
    html(diff_html(text))
    button("Put everything back", lambda: _reset(editor), "small")


async def _reset(editor: Editor) -> None:
    question = "Every file goes back to the start; a copy of your work is kept."
    if await agreed(question, "Put everything back"):
        editor.workspace.reset()
        if editor.open is not None:
            editor.show(editor.open.name)
        editor.one.hub.changed()
