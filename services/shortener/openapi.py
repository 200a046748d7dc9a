"""The OpenAPI document: FastAPI's, with our problems where it would put its own errors.

It also says which operations want an access token: those that may answer that there is none.
"""

from typing import Any

from fastapi import FastAPI

from services.kit.problems import MEDIA_TYPE, ProblemBody
from services.shortener.problems import Unauthorized

TOKEN = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


def declare_problems(app: FastAPI) -> None:
    """Make `app.openapi()` say what is really answered."""
    generated = app.openapi

    def with_problems() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generated()
            _drop_fastapis_errors(document)
            _name_the_token(document)
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


def _name_the_token(document: dict[str, Any]) -> None:
    """A client, and whoever tests us, learns from the document where to log in first."""
    document["components"]["securitySchemes"] = {"accessToken": TOKEN}
    for methods in document["paths"].values():
        for operation in methods.values():
            refused = operation["responses"].get("401", {}).get("content", {})
            if Unauthorized.__name__ in refused.get(MEDIA_TYPE, {}).get("examples", {}):
                operation["security"] = [{"accessToken": []}]
