"""What the clients were told, and so what may be true now. Pure.

An answer that never came leaves two possibilities open, and both stay open until a later change is
acknowledged: a request that sits in a paused process can still be carried out after we looked. A
change against version n + 1 that succeeds rules out every one that was sent against version n.

The words are Jepsen's: an operation is ok, failed, or *info* (nobody knows).
"""

from __future__ import annotations

from dataclasses import dataclass, field

GONE = "(deleted)"


@dataclass(slots=True)
class KnownLink:
    """One link whose creation was acknowledged, and what it may lead to."""

    code: str
    owner: str
    may_be: set[str]
    ever: set[str]
    etag: str

    def attempted(self, value: str) -> None:
        """Note that a change to `value` is under way: whoever looks may see it from now on."""
        self.ever.add(value)
        self.may_be.add(value)

    def acknowledged(self, value: str, etag: str = "") -> None:
        """Note that a change to `value` succeeded."""
        self.may_be = {value}
        self.etag = etag

    def refused(self, value: str, before: set[str]) -> None:
        """Note that a change was refused for certain: it was not carried out."""
        self.may_be = before | (self.may_be - {value})


@dataclass(slots=True)
class Memory:
    """Everything that the clients of one schedule know."""

    links: dict[str, KnownLink] = field(default_factory=dict)
    redirected: int = 0  # GETs that were answered with a redirect
    unanswered: int = 0  # GETs whose answer was lost: counted or not, both are right
    acknowledged: int = 0
    uncertain: int = 0
    refused: int = 0
    complaints: list[str] = field(default_factory=list)

    def created(self, code: str, owner: str, url: str, etag: str) -> KnownLink:
        """Note a link whose creation was acknowledged."""
        if code in self.links:
            self.complain(f"the code {code} was given out twice")
        self.links[code] = KnownLink(code, owner, {url}, {url}, etag)
        return self.links[code]

    def visited(self, link: KnownLink, status: int, location: str) -> None:
        """Judge an answer to a visitor while faults may be on: errors are fine, lies are not."""
        if status == 302:
            self.redirected += 1
            if location not in link.ever:
                self.complain(f"/{link.code} led to {location}, which it never was")
        elif status in (404, 410) and GONE not in link.ever:
            self.complain(f"/{link.code} answered {status}, and nobody had deleted it")

    def complain(self, sentence: str) -> None:
        """Keep a violation that was seen while the load ran (the first fifty are enough)."""
        if len(self.complaints) < 50:
            self.complaints.append(sentence)
