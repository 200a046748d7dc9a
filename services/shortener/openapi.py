"""The OpenAPI document: FastAPI's, with our problems where it would put its own errors."""

from typing import Any

from fastapi import FastAPI

from services.kit.problems import ProblemBody


def declare_problems(app: FastAPI) -> None:
    """Make `app.openapi()` say what is really answered."""
    generated = app.openapi

    def with_problems() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generated()
            _drop_fastapis_errors(document)
            document["components"]["schemas"]["ProblemBody"] = ProblemBody.model_json_schema()
        return generated()

    app.openapi = with_problems  # type: ignore[method-assign]  # FastAPI's own way to extend it


def _drop_fastapis_errors(document: dict[str, Any]) -> None:
    """FastAPI declares a 422 of its own shape wherever a route has a parameter."""
    for methods in document["paths"].values():
        for operation in methods.values():
            declared = operation["responses"].get("422", {}).get("content", {})
            if "application/json" in declared:
                del operation["responses"]["422"]
    for name in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(name, None)
