"""Where am I? What `lab` alone says: the stack, the lab in hand, and the one next command."""

from typing import Any

from stack.home import Home
from stack.warden.client import Warden


def lines(home: Home) -> list[str]:
    """Return what to say, the next command last."""
    status = Warden(home).status()
    return [_stack(status), f"next: {_following(home, status)}"]


def _stack(status: dict[str, Any]) -> str:
    components = status["components"]
    if not components:
        return "The stack is down."
    unwell = [c["name"] for c in components if c["state"] != "ready"]
    memory_mb = sum(c["memory_mb"] for c in components)
    said = f"The stack is up: {len(components)} components, {memory_mb:.0f} MiB"
    faults = len(status["faults"])
    said += f", {faults} fault{'s' if faults > 1 else ''} on" if faults else ""
    return said + (f"; not ready: {', '.join(unwell)}." if unwell else ".")


def _following(home: Home, status: dict[str, Any]) -> str:
    if not status["components"]:
        return "./lab demo" if not home.workspace.exists() else "./lab up"
    return "./lab list"
