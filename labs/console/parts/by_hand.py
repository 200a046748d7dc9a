"""Faults and load by hand: what is on, what could be, and a spike."""

from __future__ import annotations

from typing import Any

from chaos.words import described
from labs.commands.chaos_words import Possible, possible
from labs.console.dom import Choice, Field, button, heading, tag, words
from labs.console.frame import Frame, refused
from labs.console.hub import Hub
from labs.console.jobs import Job, Jobs
from loadtests.by_hand import BY_HAND
from stack.trouble import Trouble

FOR_S, RPS, SECONDS = "30", "300", "20"
TARGETS = {"proxy": "shortener-*.redis", "process": "shortener-a", "table": "links"}
EXAMPLES = {
    "latency": "300",
    "delay": "300",
    "rate": "10",
    "average_size": "64",
    "bytes": "1000",
    "offset_s": "60",
    "delay_ms": "2000",
}


def by_hand(frame: Frame, hub: Hub) -> None:
    """Show the faults that are on, and a form for another one."""
    with tag("section", classes="card", aria_labelledby="faults"):
        heading(2, "Faults", id="faults")
        on = tag("div")
        form = _FaultForm(hub)

    def draw() -> None:
        on.clear()
        with on:
            _on(hub, form)

    frame.follow(lambda: [fault["id"] for fault in hub.seen.stack["faults"]], draw)


def _on(hub: Hub, form: _FaultForm) -> None:
    faults = hub.seen.stack["faults"]
    if not faults:
        tag("p", "No fault is on.", "soft")
        return
    with tag("ul", classes="ticks"):
        for fault in faults:
            with tag("li", classes="now"):
                tag("span", f"{fault['id']}: {described(fault['spec'])} ", "on")
                _lift(form, fault["id"])
    del hub


def _lift(form: _FaultForm, fault_id: str) -> None:
    button(f"Lift {fault_id}", lambda: form.run("chaos", "remove", fault_id, "--json"), "small")


class _FaultForm:
    """Which fault, on what, how strongly and for how long."""

    def __init__(self, hub: Hub) -> None:
        self._jobs: Jobs = hub.asides
        self._known = {one.name: one for one in possible()}
        self._chosen = self._known["latency"]
        with tag("div", classes="stack"):
            names = {name: name for name in self._known}
            Choice("Fault", names, self._choose, self._chosen.name)
            self._says = words("p", self._chosen.says, "soft small")
            self._place = tag("div", classes="row end")
            with tag("div", classes="row"):
                button("Turn it on", self._add, "spark")
            self._told = tag("div", role="status", aria_live="polite")
        self._lay_out()

    async def _choose(self, name: str) -> None:
        self._chosen = self._known[name]
        self._lay_out()

    def _lay_out(self) -> None:
        one: Possible = self._chosen
        self._says.text = one.says
        self._place.clear()
        with self._place:
            self._target = (
                Field(f"Which {one.target}", value=TARGETS.get(one.target, "*"))
                if one.target
                else None
            )
            self._settings = {
                name: Field(name.replace("_", " "), value=EXAMPLES.get(name, _shown(value)))
                for name, value in one.settings.items()
            }
            self._for_s = Field("Seconds", "number", value=FOR_S, min=1, max=900)

    async def _add(self) -> None:
        words = ["chaos", "add", self._chosen.name]
        words += [self._target.value] if self._target and self._target.value else []
        for name, field in self._settings.items():
            words += [f"--{name}={field.value}"] if field.value else []
        await self.run(*words, "--for", self._for_s.value or FOR_S, "--json")

    async def run(self, *words: str) -> None:
        """Run a verb of `lab chaos`, and say what came of it."""
        _say(self._told, await _outcome(self._jobs, words), _fault_told)


def spike(frame: Frame, hub: Hub) -> None:
    """Offer a load by hand."""
    with tag("section", classes="card stack", aria_labelledby="spike"):
        heading(2, "Spike", id="spike")
        tag("p", "Visit a link very often, and see what becomes of it.", "soft")
        with tag("div", classes="row end"):
            shape = Choice("Shape", {name: name for name in BY_HAND}, value="spike")
            rps = Field("Requests a second", "number", value=RPS, min=1)
            seconds = Field("Seconds", "number", value=SECONDS, min=2)
            pressed = button("Send it", lambda: _send(hub, (shape, rps, seconds), told), "spark")
        told = tag("div", role="status", aria_live="polite")

    def draw() -> None:
        pressed.props["disabled"] = hub.job is not None

    frame.follow(lambda: hub.job is None, draw)


async def _send(hub: Hub, fields: tuple[Choice, Field, Field], told: Any) -> None:
    shape, rps, seconds = (field.value for field in fields)
    told.clear()
    with told:
        tag("p", f"{rps} a second for {seconds} s ...", "soft")
    words = ("spike", f"--shape={shape}", f"--rps={rps}", f"--seconds={seconds}", "--json")
    _say(told, await _outcome(hub.jobs, words), _spike_told)


async def _outcome(jobs: Jobs, words: tuple[str, ...] | list[str]) -> Job | Trouble:
    try:
        job = await jobs.run(*words)
    except Trouble as busy:
        return busy
    return job.trouble or job


def _say(told: Any, outcome: Job | Trouble, words: Any) -> None:
    told.clear()
    with told:
        if isinstance(outcome, Trouble):
            refused(outcome)
        elif isinstance(outcome.answer, dict):
            for line in words(outcome.answer):
                tag("p", line, "num")


def _fault_told(answer: dict[str, Any]) -> list[str]:
    if "probe" not in answer:
        return [f"Off: {', '.join(answer.get('removed', [])) or 'nothing was on'}."]
    seen = answer["probe"]
    state = "is on" if seen["on"] else "was not seen to be on"
    return [f"{answer['id']} {state}: {seen['seen']}"]


def _spike_told(answer: dict[str, Any]) -> list[str]:
    failed = ", ".join(f"{count} × {what}" for what, count in answer["errors"].items())
    return [
        f"{answer['planned']} asked, {answer['good']} served well; failed: {failed or 'none'}.",
        f"p50 {_ms(answer['p50_ms'])}, p99 {_ms(answer['p99_ms'])}, from the planned moment.",
    ]


def _ms(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.0f} ms"


def _shown(value: Any) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
