"""Asks before something that cannot be taken back; Escape means no."""

from __future__ import annotations

import asyncio

from nicegui import ui

from labs.console.dom import button, tag


async def agreed(question: str, yes: str) -> bool:
    """Ask, and wait for the answer; the focus returns to where it was."""
    answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def given(value: bool) -> None:
        if not answer.done():
            answer.set_result(value)

    with ui.context.client.content, tag("dialog", aria_label=question) as dialog:
        tag("p", question)
        with tag("div", classes="row"):
            button(yes, lambda: given(True), "main")
            button("Rather not", lambda: given(False))
    dialog.on("close", lambda: given(False))
    dialog.on("cancel", lambda: given(False))
    ui.run_javascript(f"setTimeout(() => getHtmlElement({dialog.id}).showModal(), 60)")
    try:
        return await answer
    finally:
        ui.run_javascript(f"getHtmlElement({dialog.id}).close()")
        dialog.delete()
