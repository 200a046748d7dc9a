"""The end of a run: everything lifted, the guards asked, and the lab's own servers looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs.engine.books import Books
from labs.engine.events import EventLog
from labs.engine.probes import Probes
from labs.engine.sampler import Sampler
from stack.warden.client import Warden

SERVERS = ("postgres", "redis", "proxy", "sink", "kafka", "prometheus", "partner")


class Ending:
    """Writes what it finds as events; the verdict is somebody else's."""

    def __init__(self, warden: Warden, log: EventLog, code: str) -> None:
        self._warden = warden
        self._log = log
        self._code = code

    def ask(self, probes: Probes, books: Books) -> None:
        """Lift every fault, ask the guards, and ask every instance what it ran."""
        self._warden.lift_all()
        told, unmade = books.unmade()
        broken = [f"/{code} was acknowledged with 201 and does not exist" for code in unmade]
        self._log.write("guard", "links", asked=told, broken=broken[:5])
        found = probes.finish(books.hand_over(probes.email))
        if books.unread:
            self._log.write("note", "links", "the database could not be asked what there is")
        for guard, asked in found.asked.items():
            self._log.write("guard", guard, asked=asked, broken=found.broken[guard][:5])
        for name, code in probes.codes():
            self._log.write("instance", name, code=code, wanted=self._code)

    def look_at_sampler(self, sampler: Sampler) -> None:
        """A grader that saw nothing has nothing to say."""
        if sampler.error or not sampler.looks:
            self._problem(sampler.error or "the grader saw nothing of PostgreSQL.")

    def look_at_servers(self, before: Mapping[str, Any]) -> None:
        """A server of ours that fell over by itself is nobody's repair."""
        restarts = {c["name"]: c["restarts"] for c in before["components"]}
        for component in self._warden.status(weigh=False)["components"]:
            name = component["name"]
            if name in SERVERS and component["state"] != "ready":
                self._problem(f"{name} is {component['state']}.")
            elif name in SERVERS and component["restarts"] > restarts.get(name, 0):
                self._problem(f"{name} fell over in the middle of the run.")

    def _problem(self, says: str) -> None:
        self._log.write("problem", "stack", says)
