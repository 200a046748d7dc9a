"""Plain HTML elements, made in Python: a heading is an h2 here, a button a button.

NiceGUI's own widgets are used for what HTML does not have (the editor, the charts). The rest is
HTML as it is meant: a screen reader and a keyboard know it without any help from us.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from nicegui import ui
from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

Handler = Callable[..., Any]


def tag(name: str, text: str = "", classes: str = "", **attributes: Any) -> Element:
    """Make an element; `aria_label="x"` becomes `aria-label="x"`, False leaves it out."""
    made: Element = TextElement(tag=name, text=text) if text else ui.element(name)
    if classes:
        made.classes(classes)
    for key, value in attributes.items():
        if value is not False and value is not None:
            made.props[key.rstrip("_").replace("_", "-")] = value
    return made


def words(name: str, text: str = " ", classes: str = "", **attributes: Any) -> TextElement:
    """Make an element whose text is going to change."""
    made = tag(name, text, classes, **attributes)
    assert isinstance(made, TextElement)
    return made


def heading(level: int, text: str, **attributes: Any) -> Element:
    """Make a heading that can be jumped to, but is no stop of the Tab key."""
    return tag(f"h{level}", text, tabindex="-1", **attributes)


def button(text: str, on_click: Handler, classes: str = "", **attributes: Any) -> Element:
    """Make a button."""
    made = tag("button", text, f"button {classes}".strip(), type="button", **attributes)
    made.on("click", on_click)
    return made


def link(text: str, to: str, classes: str = "", **attributes: Any) -> Element:
    """Make a link."""
    return tag("a", text, classes, href=to, **attributes)


def html(code: str, classes: str = "") -> Element:
    """Show HTML of our own making; what a person typed never comes here unescaped."""
    return ui.html(code, sanitize=False).classes(classes)


class Field:
    """A labelled input whose value is known here as soon as it was typed."""

    tag_name = "input"

    def __init__(self, label: str, kind: str = "text", hint: str = "", **attributes: Any) -> None:
        self.value = str(attributes.get("value", ""))
        with tag("div", classes="field"):
            named = tag("label", label, "field-label")
            shown = attributes | ({"type": kind} if self.tag_name == "input" else {})
            if (
                "value" in shown
            ):  # ^: what it begins with; as a property it would undo what is typed
                shown["^value"] = shown.pop("value")
            self.element = tag(self.tag_name, autocomplete="off", **shown)
            named.props["for"] = self.element.html_id
            if hint:
                said = tag("span", hint, "field-hint")
                self.element.props["aria-describedby"] = said.html_id
        self.element.on("input", self._typed, js_handler="(e) => emit(e.target.value)")

    def _typed(self, event: Any) -> None:
        self.value = str(event.args)

    def clear(self) -> None:
        """Empty it, here and in the browser."""
        self.value = ""
        ui.run_javascript(f"getHtmlElement({self.element.id}).value = ''")


class Area(Field):
    """A labelled field for more than one line."""

    tag_name = "textarea"


class Ticks:
    """A question with points to tick; `chosen` are their numbers, from 1."""

    def __init__(
        self,
        legend: str,
        points: Iterable[str],
        chosen: Iterable[int] = (),
        on_change: Callable[[], Any] = lambda: None,
    ) -> None:
        self.chosen = set(chosen)
        self._on_change = on_change
        with tag("fieldset"):
            tag("legend", legend)
            for number, point in enumerate(points, 1):
                self._pick(number, point)

    def _pick(self, number: int, point: str) -> None:
        def ticked(event: Any) -> None:
            (self.chosen.add if event.args else self.chosen.discard)(number)
            self._on_change()

        with tag("label", classes="pick"):
            box = tag("input", type="checkbox", checked=number in self.chosen)
            tag("span", point)
        box.on("change", ticked, js_handler="(e) => emit(e.target.checked)")


class Choice:
    """A labelled drop-down: a native one, so that every keyboard and phone knows it."""

    def __init__(
        self, label: str, options: dict[str, str], on_change: Handler | None = None, value: str = ""
    ) -> None:
        self.value = value
        self._on_change = on_change
        with tag("div", classes="field"):
            named = tag("label", label, "field-label")
            with tag("select") as self.element:
                for key, text in options.items():
                    tag("option", text, value=key, selected=key == value)
            named.props["for"] = self.element.html_id
        self.element.on("change", self._chosen, js_handler="(e) => emit(e.target.value)")

    async def _chosen(self, event: Any) -> None:
        self.value = str(event.args)
        if self._on_change is not None:
            await self._on_change(self.value)


def focus(element: Element) -> None:
    """Move the keyboard to an element once it is there."""
    ui.run_javascript(f"setTimeout(() => getHtmlElement({element.id})?.focus(), 50)")


def say(words: str) -> None:
    """Tell a screen reader (and nobody else) what has happened."""
    ui.run_javascript(f"document.getElementById('said').textContent = {words!r}")
