"""The warden's HTTP side: thin, with one place that words errors (RFC 9457)."""

import asyncio
import contextlib
import hmac
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stack.components import ALIASES, SERVICES, closure
from stack.components import catalogue as all_components
from stack.deployment import Deployment, own_version
from stack.home import CHECKOUT, DATABASE, Home, write_atomically
from stack.process import DidNotStart
from stack.trouble import Trouble
from stack.warden import memory
from stack.warden.faults import Faults, NoSuchFault
from stack.warden.keeper import Keeper

LEARNERS = (*(name for name in SERVICES if name != "partner"), "migrate", "edge", "services/")
"""What does not start because of the code in the workspace, when it does not start."""


@dataclass
class Warden:
    """What the endpoints share."""

    home: Home
    keeper: Keeper
    faults: Faults
    leave: Callable[[], None]
    version: str

    async def status(self, *, weigh: bool = True) -> dict[str, Any]:
        """Return what runs, for people and programs; weighing all of it takes 50 ms."""
        units = self.keeper.units
        used = await asyncio.to_thread(memory.per_group_mb, self._pids()) if weigh else {}
        return {
            "warden": {
                "pid": os.getpid(),
                "memory_mb": used.get("warden", 0.0),
                "version": self.version,
            },
            "components": [
                {
                    "name": name,
                    "pid": unit.pid,
                    "port": self.home.port(name),
                    "state": str(unit.state),
                    "memory_mb": round(used.get(name, 0.0) + used.get(f"{name}.forks", 0.0), 1),
                    "restarts": unit.restarts,
                    **getattr(unit.component, "notes", dict)(),
                }
                for name, unit in sorted(units.items())
            ],
            "faults": self.faults.shown(),
            "services_root": str(self.keeper.deployment.services_root),
            "database": self.keeper.deployment.database,
            "scale": dict(self.keeper.deployment.scale),
            "code": self.keeper.code,
        }

    def _pids(self) -> dict[str, int]:
        units, forks = self.keeper.units, self.keeper.forks
        pids = {name: unit.pid for name, unit in units.items() if unit.pid}
        pids |= {f"{name}.forks": one.pid for name, one in forks.items() if one.pid}
        return pids | {"warden": os.getpid()}


def create_app(home: Home, leave: Callable[[], None]) -> Starlette:
    """Build the app; `leave` ends the process once the answer is on its way."""
    keeper = Keeper(home)
    warden = Warden(home, keeper, Faults(keeper), leave, own_version())

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        faults = warden.faults
        tasks = [asyncio.create_task(faults.run()), asyncio.create_task(faults.follow_proxy())]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await keeper.down()

    def endpoint(work: Callable[[Warden, Request], Awaitable[Any]]) -> Callable[..., Any]:
        async def answer(request: Request) -> Response:
            return await _guarded(warden, request, work)

        return answer

    routes = [Route(path, endpoint(work), methods=[verb]) for verb, path, work in _ENDPOINTS]
    return Starlette(routes=routes, lifespan=lifespan)


async def _guarded(
    warden: Warden, request: Request, work: Callable[[Warden, Request], Awaitable[Any]]
) -> Response:
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(token.encode(), warden.home.secret("warden-token").encode()):
        return problem(401, "The warden's token is missing or wrong.")
    try:
        return JSONResponse(await work(warden, request))
    except (DidNotStart, Trouble, ValueError, LookupError, OSError) as error:
        return _worded(error)


def _worded(error: Exception) -> JSONResponse:
    if isinstance(error, DidNotStart):
        status = 422 if error.name.startswith(LEARNERS) else 503
        return problem(status, f"{error.said}.", component=error.name, log_tail=error.log_tail)
    if isinstance(error, Trouble):
        return problem(400, error.said, try_next=error.try_next)
    if isinstance(error, ProcessLookupError):
        return problem(409, f"{error} is not running.")
    status = (
        404 if isinstance(error, LookupError) else 400 if isinstance(error, ValueError) else 504
    )
    return problem(status, f"{error or type(error).__name__}.")


def problem(status: int, said: str, **more: Any) -> JSONResponse:
    """Return an RFC 9457 problem; `said` is for people."""
    body = {"type": "about:blank", "title": said, "status": status, "said": said} | more
    return JSONResponse(body, status, media_type="application/problem+json")


async def _status(warden: Warden, request: Request) -> Any:
    return await warden.status(weigh=request.query_params.get("weigh") != "no")


async def _up(warden: Warden, request: Request) -> Any:
    asked = await request.json()
    needs = [ALIASES.get(name, name) for name in asked.get("needs", ["edge"])]
    root = Path(asked.get("services_root") or CHECKOUT)
    if not (root / "services").is_dir():
        raise Trouble(f"There is no folder services/ in {root}.", "./lab reset --all")
    deployment = Deployment(
        services_root=root,
        scale={str(k): str(v) for k, v in (asked.get("scale") or {}).items()},
        database=asked.get("database") or DATABASE,
        kafka="kafka" in closure(needs, all_components(warden.home, Deployment())),
        skewed=warden.keeper.deployment.skewed | frozenset(asked.get("skewed") or ()),
    )
    _remember(warden.home, needs, deployment)
    to_be_reset = bool(asked.get("to_be_reset"))
    await warden.keeper.up(needs, deployment, to_be_reset=to_be_reset)
    return await warden.status(weigh=not to_be_reset)


def _remember(home: Home, needs: list[str], deployment: Deployment) -> None:
    """Write down what was asked for, so that `lab up` after a `down` brings back the same."""
    last = {
        "needs": needs,
        "services_root": str(deployment.services_root),
        "scale": dict(deployment.scale),
        "database": deployment.database,
    }
    write_atomically(home.run / "deployment.json", json.dumps(last))


async def _down(warden: Warden, _request: Request) -> Any:
    await warden.faults.leave()
    await warden.keeper.down()
    asyncio.get_running_loop().call_later(0.05, warden.leave)
    return {"down": True}


async def _reset(warden: Warden, request: Request) -> Any:
    asked = await request.json() if await request.body() else {}
    await warden.keeper.reset(asked.get("seed_sql") or "")
    return {"reset": True, "database": warden.keeper.deployment.database}


async def _add_fault(warden: Warden, request: Request) -> Any:
    asked = await request.json()
    entry = await warden.faults.add(asked.get("spec"), asked.get("for_s"))
    return {"id": entry.id, "deadline_s": entry.deadline_s}


async def _lift_all(warden: Warden, _request: Request) -> Any:
    await warden.faults.lift_all()
    return {"faults": warden.faults.shown()}


async def _lift(warden: Warden, request: Request) -> Any:
    await warden.faults.lift(request.path_params["id"])
    return {"faults": warden.faults.shown()}


async def _probe(warden: Warden, request: Request) -> Any:
    seen = await warden.faults.probe(request.path_params["id"])
    return {"on": seen.on, "seen": seen.seen}


async def _process(warden: Warden, request: Request) -> Any:
    name, verb = request.path_params["name"], request.path_params["verb"]
    try:
        unit = warden.keeper.unit(name)
    except KeyError:
        raise NoSuchFault(f"no component {name!r} is running") from None
    if verb == "pause":
        unit.pause()
    elif verb == "resume":
        unit.resume()
    elif verb == "kill":
        await unit.kill(hold=False)
    elif verb == "restart":
        await unit.restart()
    else:
        raise ValueError(f"{verb!r} is not one of pause, resume, kill, restart")
    return {"name": name, "state": str(unit.state)}


_ENDPOINTS: tuple[tuple[str, str, Callable[[Warden, Request], Awaitable[Any]]], ...] = (
    ("GET", "/status", _status),
    ("POST", "/up", _up),
    ("POST", "/down", _down),
    ("POST", "/reset", _reset),
    ("POST", "/faults", _add_fault),
    ("DELETE", "/faults", _lift_all),
    ("DELETE", "/faults/{id}", _lift),
    ("GET", "/faults/{id}/probe", _probe),
    ("POST", "/processes/{name}/{verb}", _process),
)
