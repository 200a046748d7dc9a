"""A service of a few routes, to try the kit on."""

import contextlib

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic_settings import SettingsConfigDict

from services.kit.problems import Problem
from services.kit.service import Service, new_service
from services.kit.settings import ServiceSettings
from services.kit.telemetry import span, traceparent


class DemoSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="DEMO_", frozen=True, extra="forbid")


class OutOfTea(Problem):
    type, title, status = "/problems/out-of-tea", "There is no tea", 409


class Order(BaseModel):
    cups: int


def demo(exporter=None, **settings) -> tuple[Service, FastAPI]:
    service = new_service("demo", DemoSettings(instance="demo-a", **settings), exporter)

    @contextlib.asynccontextmanager
    async def nothing():
        yield

    app = service.app(nothing, title="Demo", docs=True)

    @app.post("/orders")
    async def order(order: Order):
        with span("brew", cups__count=order.cups):
            if order.cups > 3:
                raise OutOfTea("Three cups at most.", cups_left=3)
        return {"traceparent": traceparent()}

    @app.get("/teas/{name}")
    async def tea(name: str):
        if name == "broken":
            raise RuntimeError("a secret of the inside")
        return name

    return service, app
