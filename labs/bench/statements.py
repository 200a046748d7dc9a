"""Statements as PostgreSQL counted them, and the shape of their plans. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# What opens and closes a transaction, hands a connection back clean, or asks whether it still
# stands: no tables are read.
_SESSION = re.compile(
    r"^\s*(BEGIN|START|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET|RESET|CLOSE|UNLISTEN|LISTEN|DISCARD"
    r"|SELECT pg_advisory_unlock_all|SELECT 1$)\b",
    re.IGNORECASE,
)
_PARAMETER = re.compile(r"\$(\d+)")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a route, over all requests of the measurement."""

    text: str
    calls: int
    blocks: int
    shape: tuple[str, ...] = ()

    @property
    def blocks_per_call(self) -> float:
        """Pages of 8 KiB that one call touched, in memory or not."""
        return self.blocks / self.calls

    @property
    def name(self) -> str:
        """What it is, in one line."""
        words = " ".join(self.text.split())
        return words if len(words) <= 60 else words[:57] + "..."


@dataclass(frozen=True, slots=True)
class Route:
    """What one kind of request cost the database."""

    requests: int
    statements: tuple[Statement, ...]

    @property
    def statements_per_request(self) -> float:
        """Statements that have a plan; opening and closing a transaction is not counted."""
        return sum(s.calls for s in self.statements) / self.requests

    @property
    def blocks_per_request(self) -> float:
        """Pages that one request touched."""
        return sum(s.blocks for s in self.statements) / self.requests

    @property
    def whole_tables(self) -> list[str]:
        """The scans that read a table from end to end."""
        return [node for s in self.statements for node in s.shape if node.startswith("Seq Scan")]

    def as_dict(self) -> dict[str, Any]:
        """Rounded, for JSON."""
        return {
            "statements_per_request": round(self.statements_per_request, 2),
            "blocks_per_request": round(self.blocks_per_request, 1),
            "statements": [
                {
                    "statement": s.name,
                    "calls": s.calls,
                    "blocks_per_call": round(s.blocks_per_call, 1),
                    "plan": list(s.shape),
                }
                for s in self.statements
            ],
        }


def growth(of_sizes: Sequence[Route]) -> float:
    """Pages per request at the largest size over those at the smallest: 1 is flat."""
    return of_sizes[-1].blocks_per_request / of_sizes[0].blocks_per_request


def is_session(text: str) -> bool:
    """Whether this only opens, closes or cleans."""
    return _SESSION.match(text) is not None


def parameters(text: str) -> int:
    """How many parameters a statement has."""
    return max((int(number) for number in _PARAMETER.findall(text)), default=0)


def shape_of(plan: Mapping[str, Any]) -> tuple[str, ...]:
    """The nodes of a plan that read or write tables: `Index Scan using links_code_key`."""
    return tuple(_tables(plan))


def _tables(node: Mapping[str, Any]) -> Iterator[str]:
    kind = str(node["Node Type"])
    if kind == "ModifyTable":
        yield f"{node['Operation']} on {node['Relation Name']}"
    elif "Index Name" in node:
        yield f"{kind} using {node['Index Name']}"
    elif "Relation Name" in node:
        yield f"{kind} on {node['Relation Name']}"
    for below in node.get("Plans", ()):
        yield from _tables(below)
