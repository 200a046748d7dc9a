"""The timeline of one run: every fault and action at its second, each in a thread of its own.

A fault that takes long to put on does not delay the next one; whatever goes wrong is an event.
What is marked `after_load` waits for the load's last answer, and goes one after the other: books
that are read while somebody still writes into them say what no repair did.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from labs.engine.actions import Outside
from labs.engine.events import EventLog
from labs.engine.model import Action, Fault, Lab

PROBE_AFTER_S = 0.15
PROBE_EVERY_S = 1.0
NET_S = 3.0
JOIN_WITHIN_S = 15.0


class Faults(Protocol):
    """The warden's verbs on faults."""

    def add_fault(self, spec: dict[str, Any], for_s: float) -> str:
        """Put a fault on and return its id."""

    def lift(self, fault_id: str) -> None:
        """Take it off."""

    def probe(self, fault_id: str) -> dict[str, Any]:
        """Return {"on", "seen"}."""


Act = Callable[[Action], Any]


class Timeline:
    """Faults and actions, waiting for their second."""

    def __init__(self, lab: Lab, faults: Faults, act: Act, log: EventLog) -> None:
        self._lab = lab
        self._faults = faults
        self._act = act
        self._log = log
        self._over = threading.Event()
        self._answered = threading.Event()
        self._closing = threading.Thread(target=self._close, daemon=True)
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._t0 = 0.0

    def start(self, t0: float) -> None:
        """Begin; `t0` is the start of the timeline in epoch seconds."""
        self._t0 = t0
        for phase in self._lab.load:
            self._at(phase.start_s, self._note, "phase", phase.name)
        for fault in self._lab.fault:
            self._at(fault.at_s, self._put_on, fault)
        for action in self._lab.action:
            for turn in range(0 if action.after_load else action.times):
                at_s = action.at_s + turn * action.every_s
                self._at(at_s, self._do, action, at_s)
        self._closing.start()

    def all_answered(self) -> None:
        """The load is over, and nothing of it is under way: what is `after_load` may begin."""
        self._answered.set()

    def finish(self) -> None:
        """Wait for what is `after_load`; the load is over."""
        self.all_answered()
        self._closing.join(timeout=JOIN_WITHIN_S)

    def stop(self) -> None:
        """Let nothing more begin, and wait for what is under way."""
        self._over.set()
        self.all_answered()
        for thread in [*self._threads, self._closing]:
            thread.join(timeout=JOIN_WITHIN_S)

    def _at(self, at_s: float, do: Callable[..., None], *arguments: Any) -> None:
        def wait_and_do() -> None:
            if not self._until(at_s):
                do(*arguments)

        thread = threading.Thread(target=wait_and_do, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _close(self) -> None:
        self._answered.wait()
        for action in self._lab.action:
            if action.after_load:
                if self._until(action.at_s):
                    return
                self._do(action, self._now_s())

    def _until(self, at_s: float) -> bool:
        """Wait for a second of the timeline; True when the run was over before."""
        return self._over.wait(max(0.0, self._t0 + at_s - time.time()))

    def _note(self, kind: Any, name: str, says: str = "", **more: Any) -> None:
        with self._lock:
            self._log.write(kind, name, says, **more)

    def _put_on(self, fault: Fault) -> None:
        try:
            # The warden's deadline is the safety net, a little later than our own lifting.
            fault_id = self._faults.add_fault(fault.spec, fault.for_s + NET_S)
        except Exception as error:  # noqa: BLE001 - whatever it was, the run must be told
            self._note("note", fault.name, f"could not be put on: {error}")
            return
        self._note("fault_on", fault.name, spec=fault.spec)
        ends_s = fault.at_s + fault.for_s
        self._probe_until(fault, fault_id, ends_s - PROBE_AFTER_S)
        self._until(ends_s)
        try:
            self._faults.lift(fault_id)
        except Exception as error:  # noqa: BLE001 - the warden lifts it at its deadline anyway
            self._note("note", fault.name, f"was not lifted by hand: {error}")
        self._note("fault_off", fault.name)

    def _probe_until(self, fault: Fault, fault_id: str, last_s: float) -> None:
        """Ask now and then whether it is really on; at least once, however short it is."""
        net_s = self._now_s() + fault.for_s + NET_S / 2
        self._over.wait(min(PROBE_AFTER_S, fault.for_s / 3))
        while True:
            try:
                seen = self._faults.probe(fault_id)
            except Exception as error:  # noqa: BLE001 - a probe that cannot ask has not seen it on
                seen = {"on": False, "seen": str(error)}
            # We lift only after this; but what the warden's own deadline ended was not on.
            if self._now_s() < net_s:
                self._note("probe", fault.name, on=bool(seen["on"]), seen=str(seen["seen"]))
            if self._until(min(last_s, self._now_s() + PROBE_EVERY_S)):
                return
            if self._now_s() >= last_s:
                return

    def _now_s(self) -> float:
        return time.time() - self._t0

    def _do(self, action: Action, at_s: float) -> None:
        told: dict[str, Any] = {"late_s": round(max(0.0, self._now_s() - at_s), 3)}
        try:
            told["value"] = self._act(action)
        except Outside as error:
            self._note("problem", action.name, str(error))
        except Exception as error:  # noqa: BLE001 - claims that need it are then not measured
            told["error"] = f"{type(error).__name__}: {error}"
        self._note("action", action.name, str(told.get("error", "")), **told)
