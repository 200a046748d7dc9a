"""The methods of a path, for the `Allow` header of a 405.

RFC 9110, section 15.5.6: the header names every method the resource has. The router names those of
the first route that it finds at the path, and one path of ours may have several.
"""

import re

from fastapi import FastAPI

METHODS = ("get", "head", "post", "put", "patch", "delete", "options")


def allowed_at(app: FastAPI, path: str) -> str:
    """Return the methods that the app declares for a path, as `Allow` has them; empty if none."""
    declared = [
        operations
        for template, operations in app.openapi()["paths"].items()
        if re.fullmatch(_pattern(template), path)
    ]
    offered = {name for operations in declared for name in operations if name in METHODS}
    return ", ".join(name.upper() for name in METHODS if name in offered)


def _pattern(template: str) -> str:
    """`/links/{code}` matches one segment in the place of each name."""
    return re.sub(r"\\\{[^/]*?\\\}", "[^/]+", re.escape(template))
