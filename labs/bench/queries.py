"""What requests cost the database, at ten thousand, a hundred thousand and a million links.

Counted by PostgreSQL itself (pg_stat_statements): statements and pages, not time. A page is 8 KiB,
found in memory or not. The plans are the generic ones, asked of the very statements that were sent.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx2

from labs.bench import deployed, many_links
from labs.bench.statements import Route, Statement, growth, is_session, parameters, shape_of
from stack.home import Home

SIZES = (10_000, 100_000, 1_000_000)
REQUESTS = 50
_COUNTED = """
SELECT query, calls, shared_blks_hit + shared_blks_read AS blocks
  FROM pg_stat_statements
 WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND userid = 'shortener'::regrole
   AND toplevel  -- what a foreign key looks up is counted in the statement that made it
 ORDER BY calls DESC, query
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """Each kind of request at each size."""

    sizes: tuple[int, ...]
    routes: dict[str, list[Route]]

    def as_dict(self) -> dict[str, Any]:
        """Everything that `--json` prints; `ratio` is the growth of the kind that grows most."""
        return {
            "ratio": round(max(growth(of_sizes) for of_sizes in self.routes.values()), 2),
            "links": list(self.sizes),
            "requests_counted": REQUESTS,
            "routes": {
                name: {
                    "growth": round(growth(of_sizes), 2),
                    "whole_tables": sorted({t for r in of_sizes for t in r.whole_tables}),
                    "at": {
                        str(links): route.as_dict()
                        for links, route in zip(self.sizes, of_sizes, strict=True)
                    },
                }
                for name, of_sizes in self.routes.items()
            },
        }

    def lines(self) -> Iterator[str]:
        """Say the same to a person."""
        yield "request              statements   pages at " + ", ".join(
            f"{n:,}" for n in self.sizes
        )
        for name, routes in self.routes.items():
            pages = "  ".join(f"{route.blocks_per_request:>6.1f}" for route in routes)
            yield f"{name:<20} {routes[-1].statements_per_request:>10.2f}   {pages}"
            for statement in routes[-1].statements:
                yield f"    {', '.join(statement.shape) or statement.name}"


Send = Callable[[httpx2.AsyncClient, int], Any]


def measure(home: Home, *, sizes: tuple[int, ...], tell: Callable[[str], None]) -> Answer:
    """Fill a scratch database in steps, and count at each."""
    with deployed.servers(home):
        return asyncio.run(_measure(home, sizes, tell))


async def _measure(home: Home, sizes: tuple[int, ...], tell: Callable[[str], None]) -> Answer:
    answer = Answer(sizes, {name: [] for name in _KINDS})
    async with (
        deployed.shortener(home) as url,
        deployed.database(home, superuser=True) as connection,
    ):
        account = await deployed.sign_up(home, url)
        await many_links.own_links(connection, account.id)
        fresh = itertools.count(many_links.LINKS_PER_OWNER)  # visited once: nothing is cached
        for links in sizes:
            await many_links.grow_to(connection, links, account.id)
            tell(f"{links:,} links are in")
            async with _client(url, account) as http:
                for name, send in _KINDS.items():
                    route = await _counted(connection, http, send, fresh)
                    answer.routes[name].append(route)
    return answer


@asynccontextmanager
async def _client(url: str, account: deployed.Account) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=url, headers=account.headers, timeout=30) as http:
        yield http


async def _counted(
    connection: asyncpg.Connection, http: httpx2.AsyncClient, send: Send, fresh: Iterator[int]
) -> Route:
    await send(http, next(fresh))  # what a connection looks up once is not what a request costs
    await connection.execute("SELECT pg_stat_statements_reset()")
    for number in itertools.islice(fresh, REQUESTS):
        answer = await send(http, number)
        if answer.status_code >= 400:
            answer.raise_for_status()
    rows = await connection.fetch(_COUNTED)
    return Route(
        REQUESTS,
        tuple(
            [
                Statement(text, calls, blocks, await _shape(connection, text))
                for text, calls, blocks in rows
                if not is_session(text)
            ]
        ),
    )


async def _shape(connection: asyncpg.Connection, text: str) -> tuple[str, ...]:
    """The plan for parameters that nobody knows yet: what the service's connections settle on."""
    async with connection.transaction():
        await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        await connection.execute(f"PREPARE of_bench AS {text}")
        nulls = ", ".join(["NULL"] * parameters(text))
        execute = f"EXECUTE of_bench ({nulls})" if nulls else "EXECUTE of_bench"
        [row] = await connection.fetch(f"EXPLAIN (FORMAT JSON) {execute}")
        await connection.execute("DEALLOCATE of_bench")
    return shape_of(json.loads(row[0])[0]["Plan"])


async def _visit(http: httpx2.AsyncClient, number: int) -> httpx2.Response:
    return await http.get(f"/{many_links.code(number)}")


async def _create(http: httpx2.AsyncClient, number: int) -> httpx2.Response:
    return await http.post("/api/v1/links", json={"url": f"https://example.com/new/{number}"})


async def _list(http: httpx2.AsyncClient, _number: int) -> httpx2.Response:
    return await http.get("/api/v1/links")


async def _search(http: httpx2.AsyncClient, number: int) -> httpx2.Response:
    owned = number % many_links.LINKS_PER_OWNER
    return await http.get("/api/v1/links", params={"q": f"example.com/articles/{owned}"})


async def _stats(http: httpx2.AsyncClient, number: int) -> httpx2.Response:
    owned = many_links.code(number % many_links.LINKS_PER_OWNER)
    return await http.get(f"/api/v1/links/{owned}/stats")


_KINDS: dict[str, Send] = {
    "redirect, uncached": _visit,
    "list": _list,
    "search": _search,
    "stats": _stats,
    "create": _create,  # last: before it, the owner's links are old ones, below everybody else's
}
