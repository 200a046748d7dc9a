"""The end of a design round: a strong answer beside what was said; ticks are kept at once."""

from __future__ import annotations

import time
from collections.abc import Sequence

from labs.console.dom import Ticks, button, heading, tag
from labs.console.hub import Hub
from labs.engine.design_round import DesignRound
from labs.loop.design import keeping, playing
from labs.loop.design.contents import Content, Step
from labs.loop.design.own_figures import Own


def points(hub: Hub, content: Content, played: DesignRound) -> None:
    """Show every step with its points, and the way to the end."""
    tag("p", "The clock has stopped. Tick what you said; be honest, nobody else sees it.", "lead")
    own = keeping.figures(hub.session, content)
    with tag("div", classes="half"):
        for step in content.step:
            _step(hub, content, played, step, own[step.id])
    button("End the round and make its page", lambda: _end(hub, content), "main")


def _step(hub: Hub, content: Content, played: DesignRound, step: Step, own: Sequence[Own]) -> None:
    def ticked() -> None:
        said = sorted(ticks.chosen)
        keeping.change(hub.session, content, lambda one: playing.tick(one, step, said))

    with tag("section", classes="card stack", aria_labelledby=f"points-{step.id}"):
        heading(2, step.title, id=f"points-{step.id}")
        lines = played.lines.get(step.id, ())
        if lines:
            with tag("ul", classes="lines", aria_label="What you said"):
                for line in lines:
                    tag("li", line)
        else:
            tag("p", "You typed nothing here.", "soft small")
        chosen = played.ticked.get(step.id, ())
        ticks = Ticks("Which of these did you say?", step.point, chosen, ticked)
        if own:
            tag("h3", "Your own figures")
            with tag("ul", classes="small"):
                for figure in own:
                    tag("li", f"{figure.about}: {figure.says}", "" if figure.measured else "soft")
        tag("p", f"They like to ask next: “{step.next}”", "soft")


def _end(hub: Hub, content: Content) -> None:
    keeping.change(hub.session, content, lambda one: playing.end(one, content, time.time()))
    keeping.write_page(hub.session, content)
    hub.changed()
