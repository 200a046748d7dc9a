"""An editor for one file at a time; Tab leaves it, Ctrl-S saves, nothing is lost in silence."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Literal

from nicegui import ui

from labs.console import files
from labs.console.dom import Field, button, heading, say, tag, words
from labs.console.files import Opened
from labs.console.frame import refused
from labs.console.lab_page import LabPage
from labs.console.parts.asking import agreed
from labs.engine.workspace import Workspace
from stack.trouble import Trouble

LIGHT: Literal["githubLight"] = "githubLight"
DARK: Literal["githubDark"] = "githubDark"


class Editor:
    """The file that is open in this page."""

    def __init__(self, one: LabPage) -> None:
        self.one = one
        self.workspace: Workspace = one.hub.session.workspace
        self.open: Opened | None = None
        with tag("section", classes="card stack", aria_labelledby="code"):
            heading(2, "The code, as it is deployed", id="code")
            with tag("div", classes="row end"):
                self._choice()
                button("Save", self.save, "main small")
                button("Save and check", self.save_and_check, "small")
                button("Back to the start", self.reset, "small")
            with tag("details"):
                tag("summary", "A new file", "small")
                with tag("div", classes="row end"):
                    new = Field("Its path", value="services/", spellcheck="false")
                    button("Make it", lambda: self._create(new.value), "small")
            self.path = words("p", classes="small soft")
            self.told = tag("div", role="status", aria_live="polite")
            with tag("div", classes="editor"):
                self.area: Any = ui.codemirror(
                    "", language="Python", theme=LIGHT, keymap={"Mod-s": self.save}
                )
            tag(
                "p",
                "Tab leaves the editor; Ctrl-] and Ctrl-[ indent (Cmd on a Mac); Ctrl-S saves.",
                "small soft",
            )
        one.frame.follow(lambda: one.hub.seen.changed_at, self._look_again)

    def _choice(self) -> None:
        groups: dict[str, list[str]] = defaultdict(list)
        for name in files.listed(self.workspace):
            groups[name.rpartition("/")[0]].append(name)
        with tag("div", classes="field"):
            named = tag("label", "File", "field-label")
            with tag("select") as self.select:
                tag("option", "choose a file", value="")
                for folder, names in groups.items():
                    with tag("optgroup", label=folder):
                        for name in names:
                            tag("option", name.rpartition("/")[2], value=name)
        named.props["for"] = self.select.html_id
        self.select.on("change", self._chosen, js_handler="(e) => emit(e.target.value)")

    async def _chosen(self, event: Any) -> None:
        wanted = str(event.args)
        if self.is_dirty and not await agreed("What you typed is not saved. Leave it?", "Leave it"):
            self._show_choice(self.open.name if self.open else "")
            return
        if wanted:
            self.show(wanted)

    @property
    def is_dirty(self) -> bool:
        """Whether something was typed that is not saved."""
        return self.open is not None and self.area.value != self.open.text

    def show(self, name: str) -> None:
        """Open a file."""
        try:
            self.open = files.opened(self.workspace, name)
        except Trouble as trouble:
            self._tell(trouble)
            return
        self.area.set_language(self.open.language)
        self.area.value = self.open.text
        self.path.text = f"In your own editor: {self.workspace.path / name}"
        self.told.clear()
        self._show_choice(name)

    def _create(self, name: str) -> None:
        try:
            made = files.create(self.workspace, name)
        except Trouble as trouble:
            self._tell(trouble)
            return
        with self.select:
            tag("option", made.name, value=made.name)
        self.show(made.name)
        self.one.hub.changed()

    def _show_choice(self, name: str) -> None:
        ui.run_javascript(f"getHtmlElement({self.select.id}).value = {name!r}")

    async def save(self, _event: Any = None) -> bool:
        """Write the file; when it was changed elsewhere, ask before anything is lost."""
        if self.open is None:
            return True
        text = self.area.value
        try:
            self.open = files.save(self.workspace, self.open.name, text, self.open.mark)
        except Trouble as trouble:
            self._tell(trouble)
            if "elsewhere" not in trouble.said or not await agreed(
                f"{trouble.said} Save over it? What is there is lost.", "Save over it"
            ):
                return False
            there = files.opened(self.workspace, self.open.name)
            self.open = files.save(self.workspace, self.open.name, text, there.mark)
        self._tell(f"{self.open.name} is saved.")
        self.one.hub.changed()
        return True

    async def save_and_check(self) -> None:
        """Save, then run the same outage on it."""
        if await self.save():
            say("Saved. The check begins.")
            self.one.hub.in_background(self._check())

    async def _check(self) -> None:
        try:
            job = await self.one.hub.jobs.run("check", "--json")
        except Trouble as busy:
            self._tell(busy)
            return
        self.one.hub.changed()
        if job.trouble is not None:
            self._tell(job.trouble)

    async def reset(self) -> None:
        """Put this file back as it was deployed; a copy is kept."""
        if self.open is None:
            return
        name = self.open.name
        if not await agreed(f"{name} goes back to the start; a copy is kept.", "Put it back"):
            return
        try:
            self.workspace.reset_file(name)
        except Trouble as trouble:
            self._tell(trouble)
            return
        self.show(name)
        self.one.hub.changed()
        self._tell(f"{name} is as deployed.")

    def _look_again(self) -> None:
        """Take up what another editor has written, unless something was typed here."""
        if self.open is None or self.is_dirty:
            return
        try:
            there = files.opened(self.workspace, self.open.name)
        except Trouble:
            return
        if there.text != self.open.text:
            self.open = there
            self.area.value = there.text

    def dark(self, *, is_dark: bool) -> None:
        """Follow the colours of the page."""
        self.area.set_theme(DARK if is_dark else LIGHT)

    def _tell(self, told: str | Trouble) -> None:
        self.told.clear()
        with self.told:
            if isinstance(told, Trouble):
                refused(told)
            else:
                tag("p", told, "held")
