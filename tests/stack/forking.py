"""Forks for tests: what is run stands in a tree of its own."""

import asyncio
import sys

import pytest

from stack.process import Spec
from stack.walls import runs_as_stranger

FORKS = [
    pytest.mark.integration,
    # Not `possible()`: where it said no by mistake, all of this would be skipped, and nobody told.
    pytest.mark.skipif(
        sys.platform != "linux" or runs_as_stranger(), reason="forking needs Linux's namespaces"
    ),
]
WITHIN_S = 10.0


def spec(root, code, name="thing", **changes):
    (root / "services" / f"{name}.py").write_text(code)
    fields = {"argv": ("false",), "cwd": root, "module": f"services.{name}", "stop_within_s": 0.3}
    return Spec(**({"name": name, "log": root / f"{name}.log"} | fields | changes))


async def run(child):
    await child.start()
    async with asyncio.timeout(WITHIN_S):
        return await child.wait()
