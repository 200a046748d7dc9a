"""A cached redirect of the shipped shortener, one process, beside a constant 302.

Both run alone on direct connections: neither the edge nor a fault proxy stands in between, because
the question is what our code costs. Metrics are on and traces are sampled as shipped.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg

from labs.bench import wrk
from labs.bench.rounds import Spread, ratios
from stack.components.service import Service
from stack.deployment import Deployment
from stack.home import CHECKOUT, LOOPBACK, Home
from stack.interpreter import plain_env, python
from stack.process import Child, Spec
from stack.readiness import http_ok, port_open
from stack.warden.client import Warden

CODE = "bench"
TARGET = "https://example.com/landing"
WARM_UP_S = 1.0
_ONE_LINK = """
WITH owner AS (
  INSERT INTO accounts (email, email_key, password_hash)
  VALUES ('bench@shortcircuit.example', 'bench@shortcircuit.example', '')
  ON CONFLICT (email_key) DO UPDATE SET email = excluded.email RETURNING id
)
INSERT INTO links (code, code_key, owner_id, url) SELECT $1, $1, id, $2 FROM owner
ON CONFLICT (code_key) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """Both sides, round by round."""

    ours: list[wrk.Round]
    constant: list[wrk.Round]

    @property
    def ratio(self) -> Spread:
        """Requests per second of ours over the constant's."""
        return Spread.of(ratios([r.rps for r in self.ours], [r.rps for r in self.constant]))

    @property
    def p99_ratio(self) -> Spread:
        """p99 of ours over the constant's."""
        return Spread.of(ratios([r.p99_ms for r in self.ours], [r.p99_ms for r in self.constant]))

    def as_dict(self) -> dict[str, Any]:
        """Everything that `--json` prints."""
        return {
            "ratio": round(self.ratio.median, 3),
            "p99_ratio": round(self.p99_ratio.median, 2),
            "rounds": len(self.ours),
            "connections": 32,
            "ratio_spread": self.ratio.as_dict(),
            "p99_ratio_spread": self.p99_ratio.as_dict(2),
            "redirect_rps": Spread.of([r.rps for r in self.ours]).as_dict(0),
            "constant_rps": Spread.of([r.rps for r in self.constant]).as_dict(0),
            "failed": sum(r.failed for r in (*self.ours, *self.constant)),
        }


def measure(home: Home, *, rounds: int, seconds: float) -> Answer:
    """Run the rounds: ours, constant, ours, constant ..."""
    wrk.need()
    Warden(home).up(("postgres", "redis", "sink", "shortener-a"), CHECKOUT)
    return asyncio.run(_measure(home, rounds, seconds))


async def _measure(home: Home, rounds: int, seconds: float) -> Answer:
    await _seed(home)
    async with _shortener(home) as ours, _constant(home) as yardstick:
        answer = Answer([], [])
        for url in (ours, yardstick):
            await asyncio.to_thread(wrk.load, url, seconds=WARM_UP_S)
        for _ in range(rounds):
            answer.ours.append(await asyncio.to_thread(wrk.load, ours, seconds=seconds))
            answer.constant.append(await asyncio.to_thread(wrk.load, yardstick, seconds=seconds))
        return answer


async def _seed(home: Home) -> None:
    connection = await asyncpg.connect(home.dsn())
    try:
        await connection.execute(_ONE_LINK, CODE, TARGET)
    finally:
        await connection.close()


@contextlib.asynccontextmanager
async def _shortener(home: Home) -> AsyncIterator[str]:
    """One shortener as deployed, but wired straight to its dependencies."""
    component = Service(home, Deployment(CHECKOUT), "shortener-a")
    port = home.port("bench-shortener")
    env = component.env() | {
        "SHORTENER_PORT": str(port),
        "SHORTENER_POSTGRES_DSN": home.dsn(),
        "SHORTENER_REDIS_URL": home.redis_url(),
        "SHORTENER_INSTANCE": "bench",
        "SHORTENER_DRAIN_NOTICE_S": "0",
    }
    spec = _spec(home, "bench-shortener", component.argv(), env, port, "/readyz")
    async with _running(spec):
        yield f"http://{LOOPBACK}:{port}/{CODE}"


@contextlib.asynccontextmanager
async def _constant(home: Home) -> AsyncIterator[str]:
    port = home.port("bench-constant")
    argv = (python(home), "-m", "labs.bench.constant", str(port))
    env = plain_env() | {"PYTHONPATH": str(CHECKOUT)}
    async with _running(_spec(home, "bench-constant", argv, env, port, "")):
        yield f"http://{LOOPBACK}:{port}/{CODE}"


def _spec(  # noqa: PLR0913, PLR0917 - one process, said completely
    home: Home, name: str, argv: tuple[str, ...], env: dict[str, str], port: int, path: str
) -> Spec:
    async def ready() -> bool:
        return await (http_ok(port, path) if path else port_open(port))

    return Spec(name, argv, home.log(name), env, CHECKOUT, ready, ready_within_s=20)


@contextlib.asynccontextmanager
async def _running(spec: Spec) -> AsyncIterator[None]:
    child = Child(spec)
    await child.start()
    try:
        await child.wait_ready()
        yield
    finally:
        await child.stop()
