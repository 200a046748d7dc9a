"""`up` with its progress shown: what is ready, and what is being waited for."""

import threading
import time
from typing import Any

from labs import screen
from stack.trouble import Trouble
from stack.warden.client import Warden

LOOK_EVERY_S = 0.25
QUIET_FOR_S = 5.0


class Watched:
    """Asks the warden to come up in one thread and tells in the other how far it is."""

    def __init__(self, warden: Warden, *, quiet: bool = False) -> None:
        self.warden = warden
        self.quiet = quiet
        self._answer: dict[str, Any] = {}
        self._error: BaseException | None = None
        self._ready: set[str] = set()
        self._told_s = 0.0

    def up(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Return the status once everything is ready; raise what kept it from that."""
        thread = threading.Thread(target=self._work, args=(wanted,), daemon=True)
        thread.start()
        thread.join(LOOK_EVERY_S)
        if thread.is_alive() and not self.quiet:
            self._tell(thread)
        while thread.is_alive():
            thread.join(LOOK_EVERY_S)
        if self._error:
            raise self._error
        return self._answer

    def _work(self, wanted: dict[str, Any]) -> None:
        try:
            self._answer = self.warden.up(**wanted)
        except BaseException as error:  # noqa: BLE001 - raised again in the main thread
            self._error = error

    def _tell(self, thread: threading.Thread) -> None:
        console = screen.console()
        started_s = time.monotonic()
        if not screen.may_animate():
            while thread.is_alive():
                self._tell_new(started_s)
                thread.join(LOOK_EVERY_S)
            return
        with console.status("starting", spinner="line") as line:
            while thread.is_alive():
                waiting, ready = self._look()
                line.update(f"{len(ready)} ready; waiting for {', '.join(waiting) or 'the rest'}")
                thread.join(LOOK_EVERY_S)

    def _tell_new(self, started_s: float) -> None:
        waiting, ready = self._look()
        new = [name for name in ready if name not in self._ready]
        self._ready |= set(new)
        seconds = time.monotonic() - started_s + LOOK_EVERY_S
        said = f"ready: {', '.join(new)}" if new else f"waiting for {', '.join(waiting) or 'it'}"
        if new or seconds - self._told_s > QUIET_FOR_S:
            self._told_s = seconds
            screen.console().print(f"{seconds:4.1f} s  {said}", markup=False)

    def _look(self) -> tuple[list[str], list[str]]:
        try:
            parts = self.warden.status()["components"]
        except Trouble:
            return [], []
        ready = [part["name"] for part in parts if part["state"] == "ready"]
        return [part["name"] for part in parts if part["state"] == "starting"], ready
