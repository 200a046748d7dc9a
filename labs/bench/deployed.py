"""Services as deployed, one process each, wired straight to their servers.

Neither the edge nor a fault proxy stands in between, and the database is a scratch one: the
question of a benchmark is what our code costs.
"""

import contextlib
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass

import asyncpg
import httpx2

from stack.components.postgres import SUPERUSER
from stack.components.service import Service
from stack.deployment import Deployment
from stack.home import CHECKOUT, LOOPBACK, Home
from stack.interpreter import plain_env, python
from stack.process import Child, Spec
from stack.readiness import http_ok, port_open
from stack.trouble import Trouble
from stack.warden.client import Warden

DATABASE = "bench"
CODE = "bench"
TARGET = "https://example.com/landing"
_ONE_LINK = """
WITH owner AS (
  INSERT INTO accounts (email, email_key, password_hash)
  VALUES ('bench@shortcircuit.example', 'bench@shortcircuit.example', '') RETURNING id
)
INSERT INTO links (code, code_key, owner_id, url) SELECT $1, $1, id, $2 FROM owner
"""
_UNLIMITED = {
    "SHORTENER_API_BURST": "100000000",
    "SHORTENER_API_PER_MINUTE": "100000000",
    "SHORTENER_LINK_QUOTA": "100000000",
}


@contextlib.contextmanager
def servers(home: Home, *more: str) -> Iterator[None]:
    """PostgreSQL with an empty scratch database, an empty Redis, the sink; emptied again after."""
    warden = Warden(home)
    warden.up(("postgres", "redis", "sink", *more), CHECKOUT, {}, DATABASE)
    warden.reset()
    try:
        yield
    finally:
        warden.reset()


@contextlib.asynccontextmanager
async def database(home: Home, *, superuser: bool = False) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the benchmark's own to the scratch database."""
    role = SUPERUSER if superuser else "shortener"
    connection = await asyncpg.connect(home.dsn(database=DATABASE, role=role))
    try:
        yield connection
    finally:
        await connection.close()


async def lay_in_one_link(home: Home) -> None:
    """The link that every visit of a benchmark goes to."""
    async with database(home) as connection:
        await connection.execute(_ONE_LINK, CODE, TARGET)


@contextlib.asynccontextmanager
async def shortener(
    home: Home,
    name: str = "bench-shortener",
    changes: Mapping[str, str] | None = None,
    *,
    without: str = "",
) -> AsyncIterator[str]:
    """One shortener; its URL. `changes` are settings without their prefix; `without.py`."""
    wiring = {
        "REDIS_URL": home.redis_url(),
        "PARTNER_URL": "",  # a third party's speed is not ours
        "DRAIN_NOTICE_S": "0",
    }
    env = _env(home, "shortener-a", name, wiring | dict(changes or {}))
    program = ("labs.bench.without", without) if without else ("services.shortener",)
    argv = (python(home), "-B", "-m", *program)
    async with _running(home, name, argv, env, "/readyz") as url:
        yield url


@contextlib.asynccontextmanager
async def worker(home: Home, service: str, changes: Mapping[str, str]) -> AsyncIterator[str]:
    """The relay or analytics, straight on the broker; its URL."""
    name = f"bench-{service}"
    wiring = {"KAFKA_BOOTSTRAP": f"{LOOPBACK}:{home.port('kafka')}"}
    env = _env(home, service, name, wiring | dict(changes))
    argv = (python(home), "-B", "-m", f"services.{service}")
    async with _running(home, name, argv, env, "/livez") as url:
        yield url


@contextlib.asynccontextmanager
async def constant(home: Home) -> AsyncIterator[str]:
    """The yardstick of the redirect; its URL."""
    name = "bench-constant"
    argv = (python(home), "-m", "labs.bench.constant", str(home.port(name)))
    async with _running(home, name, argv, plain_env() | {"PYTHONPATH": str(CHECKOUT)}, "") as url:
        yield url


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may use the API."""

    id: int
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """What each request carries."""
        return {"Authorization": f"Bearer {self.token}"}


async def sign_up(home: Home, url: str) -> Account:
    """Register and log in."""
    email = f"bench-{secrets.token_hex(4)}@shortcircuit.example"
    who = {"email": email, "password": secrets.token_hex(12)}
    async with httpx2.AsyncClient(base_url=url, timeout=10) as http:
        await http.post("/api/v1/auth/register", json=who)
        answer = await http.post("/api/v1/auth/login", json=who)
    if answer.status_code != 200:
        raise Trouble(f"Logging in was answered with {answer.status_code}.", "./lab doctor")
    async with database(home) as connection:
        number = await connection.fetchval("SELECT id FROM accounts WHERE email = $1", email)
    return Account(number, answer.json()["access_token"])


def _env(home: Home, service: str, name: str, changes: Mapping[str, str]) -> dict[str, str]:
    """What the stack would tell this service, with our changes."""
    component = Service(home, Deployment(CHECKOUT), service)
    own = {
        "PORT": str(home.port(name)),
        "INSTANCE": name,
        "POSTGRES_DSN": home.dsn(database=DATABASE),
    }
    prefixed = {component.prefix + key: value for key, value in (own | dict(changes)).items()}
    unlimited = _UNLIMITED if component.service == "shortener" else {}
    return component.env() | unlimited | prefixed


@contextlib.asynccontextmanager
async def _running(
    home: Home, name: str, argv: tuple[str, ...], env: Mapping[str, str], path: str
) -> AsyncIterator[str]:
    port = home.port(name)

    async def ready() -> bool:
        return await (http_ok(port, path) if path else port_open(port))

    child = Child(Spec(name, argv, home.log(name), env, CHECKOUT, ready, ready_within_s=20))
    await child.start()
    try:
        await child.wait_ready()
        yield f"http://{LOOPBACK}:{port}"
    finally:
        await child.stop()
