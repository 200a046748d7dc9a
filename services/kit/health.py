"""Health: "is this process alive?" and "should traffic come here?" are different questions.

`/livez` never looks at a dependency: restarting us does not repair a database. `/readyz` does. An
instance joins the rotation when every required dependency has answered it once. Losing one later
is reported and not acted upon: all instances share it, so all would leave together, and with them
everything that is still served without it. Only leaving (draining) takes a ready instance out.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.responses import Response

MEDIA_TYPE = "application/health+json"
CHECK_WITHIN_S = 1.0
RECHECK_AFTER_S = 10.0  # probes come twice a second, from everyone: they are no load of their own


@dataclass(frozen=True, slots=True)
class Check:
    """One dependency: `ask` returns when it is well and raises when it is not.

    Nobody joins the rotation without what is required; without the rest we can serve.
    """

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
    joined: bool = False
    _outcomes: list[str | None] = field(default_factory=list)
    _asked_at_s: float = float("-inf")

    def live(self) -> Response:
        """Alive: the process answers at all."""
        return _answer(200, {"status": "pass", "instance": self.instance, "code": self.code})

    async def ready(self) -> Response:
        """Ready: we have seen what we need, and are not on our way out."""
        if self.draining:
            return _answer(503, {"status": "fail", "instance": self.instance, "output": "draining"})
        results = dict(zip(self.checks, await self._asked(time.monotonic()), strict=True))
        missing = any(error and check.required for check, error in results.items())
        self.joined = self.joined or not missing
        status = "fail" if not self.joined else "warn" if any(results.values()) else "pass"
        detail = {
            check.name: {"status": "fail", "output": error} if error else {"status": "pass"}
            for check, error in results.items()
        }
        body = {"status": status, "instance": self.instance, "code": self.code, "checks": detail}
        return _answer(503 if status == "fail" else 200, body)

    async def _asked(self, now_s: float) -> list[str | None]:
        """Ask every dependency; once joined, only now and then."""
        if not self.joined or now_s - self._asked_at_s >= RECHECK_AFTER_S:
            self._asked_at_s = now_s
            self._outcomes = await asyncio.gather(*(_outcome(check) for check in self.checks))
        return self._outcomes


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
