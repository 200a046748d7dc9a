"""A shortener in this process, over real PostgreSQL and Redis, and a client for it."""

import contextlib
import itertools

import httpx2
import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.shortener.app import create_app, create_front, create_service
from services.shortener.settings import ShortenerSettings

SECRET = "a secret of at least thirty-two bytes"
BASE_URL = "http://sho.rt"
_numbers = itertools.count(1)


def settings_for(dsn: str, redis_url: str, **changes) -> ShortenerSettings:
    given = {
        "instance": "shortener-a",
        "postgres_dsn": dsn,
        "redis_url": redis_url,
        "public_base_url": BASE_URL,
        "jwt_secret": SECRET,
        "trace_ratio": 0,
        # Cheap hashes and wide limits: the tests that are about those set their own.
        "password_time_cost": 1,
        "password_memory_kib": 64,
        "login_burst": 1000,
        "address_burst": 1000,
        "api_burst": 1000,
        "limiter_timeout_s": 0.5,
        "redis_timeout_s": 0.5,
    }
    return ShortenerSettings(**(given | changes))


class Client:
    """Talks to one app as one user."""

    def __init__(self, app, service) -> None:
        self.app = app
        self.service = service
        self.http = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(create_front(app), raise_app_exceptions=False),
            base_url=BASE_URL,
        )
        self.token: str | None = None

    async def request(self, method, path, *, headers=None, **options):
        named = {"authorization": f"Bearer {self.token}"} if self.token else {}
        return await self.http.request(method, path, headers=named | (headers or {}), **options)

    async def get(self, path, **options):
        return await self.request("GET", path, **options)

    async def post(self, path, json=None, **options):
        return await self.request("POST", path, json=json, **options)

    async def patch(self, path, json=None, **options):
        return await self.request("PATCH", path, json=json, **options)

    async def delete(self, path, **options):
        return await self.request("DELETE", path, **options)

    async def sign_up(self, email=None, password="correct horse") -> dict:
        who = {"email": email or f"user{next(_numbers)}@example.com", "password": password}
        assert (await self.post("/api/v1/auth/register", who)).status_code == 201
        answer = await self.post("/api/v1/auth/login", who)
        assert answer.status_code == 200, answer.text
        self.token = answer.json()["access_token"]
        return answer.json()

    async def create(self, url="https://example.com/", **fields):
        return await self.post("/api/v1/links", {"url": url} | fields)

    def another(self) -> "Client":
        """The same app, somebody else."""
        return Client(self.app, self.service)

    def metric(self, name, **labels) -> float:
        return self.service.registry.get_sample_value(name, labels) or 0.0


@contextlib.asynccontextmanager
async def running_app(settings, exporter=None):
    service = create_service(settings, exporter)
    app = create_app(settings, service)
    async with lifespan(app):
        client = Client(app, service)
        try:
            yield client
        finally:
            await client.http.aclose()


@contextlib.asynccontextmanager
async def lifespan(app):
    """What a server does around an app: ASGI's lifespan protocol, without the server."""
    import asyncio  # noqa: PLC0415

    to_app, from_app = asyncio.Queue(), asyncio.Queue()
    task = asyncio.create_task(app({"type": "lifespan", "state": {}}, to_app.get, from_app.put))
    for word in ("startup", "shutdown"):
        await to_app.put({"type": f"lifespan.{word}"})
        answer = await from_app.get()
        assert answer["type"] == f"lifespan.{word}.complete", answer
        if word == "startup":
            try:
                yield
            except BaseException:
                await to_app.put({"type": "lifespan.shutdown"})
                await task
                raise
    await task


@pytest.fixture
async def shortener(dsn, redis_server):
    async with running_app(settings_for(dsn, redis_server.url)) as client:
        yield client


@pytest.fixture
async def user(shortener):
    """A client that is logged in."""
    await shortener.sign_up()
    return shortener


@pytest.fixture
def spans():
    return InMemorySpanExporter()
