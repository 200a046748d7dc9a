import json

import asyncpg
import pytest

from services.relay import outbox

pytestmark = pytest.mark.integration


async def fill(sql: asyncpg.Connection, published: int) -> None:
    await sql.execute(
        "INSERT INTO outbox (key, type, payload, published_at)"
        " SELECT 'k' || n, 'link.created', '{}', now() FROM generate_series(1, $1) n",
        published,
    )
    await sql.execute(
        "INSERT INTO outbox (key, type, payload)"
        " SELECT 'w' || n, 'link.created', '{}' FROM generate_series(1, 500) n"
    )
    await sql.execute("VACUUM ANALYZE outbox")


async def plan(sql: asyncpg.Connection, statement: str, argument: int) -> dict:
    text = statement.replace("$1", str(argument))
    answer = await sql.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {text}")
    return json.loads(answer)[0]["Plan"]


def nodes(of: dict) -> list[dict]:
    return [of, *(inner for child in of.get("Plans", ()) for inner in nodes(child))]


@pytest.mark.parametrize("statement", [outbox._OLDEST, outbox._LAG])
async def test_what_was_published_costs_nothing(sql: asyncpg.Connection, statement: str) -> None:
    """Fifty thousand published rows in front of what waits, and no more pages are read."""
    await fill(sql, published=0)
    few = await plan(sql, statement, 500)
    await sql.execute("TRUNCATE outbox")
    await fill(sql, published=50_000)

    many = await plan(sql, statement, 500)

    indexes = {node["Index Name"] for node in nodes(many) if "Index Name" in node}
    assert indexes == {"outbox_unpublished"}
    assert many["Shared Hit Blocks"] <= few["Shared Hit Blocks"] + 20
