"""docker-compose.yml as a reader sees it: its services, each with its comment and its lines."""

import re
from dataclasses import dataclass

from stack.home import CHECKOUT

FILE = CHECKOUT / "docker-compose.yml"
_SERVICE = re.compile(r"^  ([a-z][a-z-]*):$")


@dataclass
class Service:
    """One service: the comment above it, and the text below its name."""

    name: str
    comment: str
    text: str

    def value(self, key: str) -> str:
        """Return what stands behind a key of the service, empty when there is none."""
        found = re.search(rf"^    {key}: (.+)$", self.text, re.MULTILINE)
        return found[1] if found else ""


def services() -> dict[str, Service]:
    """Read the services, in their order."""
    text = FILE.read_text()
    body = text[text.index("\nservices:\n") : text.index("\nvolumes:\n")]
    found: dict[str, Service] = {}
    comment: list[str] = []
    current = None
    for line in body.splitlines()[2:]:
        named = _SERVICE.match(line)
        if line.startswith("  #"):
            comment.append(line.strip("# "))
        elif named:
            current = found[named[1]] = Service(named[1], " ".join(comment), "")
            comment = []
        elif current:
            current.text += line + "\n"
    return found
