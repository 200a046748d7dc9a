"""The operations of the OpenAPI document, and a request for each that its schema accepts."""

from dataclasses import dataclass
from typing import Any

SAMPLES = {
    "url": "https://example.org/changed", "alias": None, "expires_at": None,
    "email": "somebody@example.com", "password": "correct horse", "refresh_token": "x" * 43,
}  # fmt: skip


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    parameters: tuple[dict[str, Any], ...]
    fields: tuple[str, ...]
    protected: bool
    statuses: frozenset[int]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    def parameters_in(self, place: str) -> list[str]:
        return [one["name"] for one in self.parameters if one["in"] == place]

    def body(self, **changes: Any) -> dict[str, Any] | None:
        """A body of this operation; None when it takes none. A new field needs a sample here."""
        if not self.fields:
            return None
        given = {name: SAMPLES[name] for name in self.fields} | changes
        return {name: value for name, value in given.items() if value is not None}

    def target(self, code: str) -> str:
        """The path with every parameter filled in."""
        path = self.path
        for name in self.parameters_in("path"):
            path = path.replace("{" + name + "}", code)
        return path


def operations(document: dict[str, Any]) -> list[Operation]:
    return [
        _operation(method.upper(), path, operation, document)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def _operation(method: str, path: str, operation: dict[str, Any], document: dict[str, Any]):
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    reference = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    schemas = document["components"]["schemas"]
    return Operation(
        method,
        path,
        tuple(operation.get("parameters", ())),
        tuple(schemas[reference]["properties"]) if reference else (),
        bool(operation.get("security")),
        frozenset(int(status) for status in operation["responses"]),
    )
