"""Health: "is this process alive?" and "should traffic come here?" are different questions.

`/livez` never looks at a dependency: restarting us does not repair a database. `/readyz` does. A
required check that fails takes this instance out of the rotation (503); a degraded one is only
reported, because we can serve without it.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.responses import Response

MEDIA_TYPE = "application/health+json"
CHECK_WITHIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Check:
    """One dependency: `ask` returns when it is well and raises when it is not."""

    name: str
    ask: Callable[[], Awaitable[object]]
    required: bool = True


@dataclass(slots=True)
class Health:
    """What this instance says about itself."""

    instance: str
    code: str
    checks: list[Check] = field(default_factory=list)
    draining: bool = False

    def live(self) -> Response:
        """Alive: the process answers at all."""
        return _answer(200, {"status": "pass", "instance": self.instance, "code": self.code})

    async def ready(self) -> Response:
        """Ready: every required dependency answers, and we are not on our way out."""
        if self.draining:
            return _answer(503, {"status": "fail", "instance": self.instance, "output": "draining"})
        results = await asyncio.gather(*(_outcome(check) for check in self.checks))
        failed = [c for c, error in zip(self.checks, results, strict=True) if error]
        status = "pass" if not failed else "fail" if any(c.required for c in failed) else "warn"
        detail = {
            check.name: {"status": "pass"} if error is None else {"status": "fail", "output": error}
            for check, error in zip(self.checks, results, strict=True)
        }
        body = {"status": status, "instance": self.instance, "code": self.code, "checks": detail}
        return _answer(503 if status == "fail" else 200, body)


async def _outcome(check: Check) -> str | None:
    try:
        async with asyncio.timeout(CHECK_WITHIN_S):
            await check.ask()
    except TimeoutError:
        return f"no answer within {CHECK_WITHIN_S:g} s"
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer to the question
        return type(error).__name__
    return None


def _answer(status: int, body: Mapping[str, object]) -> Response:
    return Response(
        json.dumps(body),
        status,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store"},
    )


def routes(health: Health, registry: CollectorRegistry) -> APIRouter:
    """`/livez`, `/readyz` and `/metrics`."""
    router = APIRouter(include_in_schema=False)

    @router.get("/livez")
    async def livez() -> Response:
        return health.live()

    @router.get("/readyz")
    async def readyz() -> Response:
        return await health.ready()

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return router
