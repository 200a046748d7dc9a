"""Links by the million, laid in by COPY: owners of a thousand links, an hour of clicks for each."""

from collections.abc import Iterator

import asyncpg

LINKS_PER_OWNER = 1_000
STATS_HOURS = 168
_OWNERS = """
INSERT INTO accounts (email, email_key, password_hash, links_used)
SELECT e, e, '', $2 FROM generate_series(1, $1::int) AS n,
       LATERAL (SELECT 'owner-' || n || '@shortcircuit.example' AS e) AS _
ON CONFLICT DO NOTHING
"""
_CLICKS = """
INSERT INTO click_counts (link_id, hour, clicks)
SELECT id, date_trunc('hour', now()), 1 FROM links WHERE owner_id <> $1
ON CONFLICT DO NOTHING
"""
_WEEK = """
INSERT INTO click_counts (link_id, hour, clicks)
SELECT id, date_trunc('hour', now()) - h * interval '1 hour', 1
  FROM links, generate_series(0, $2::int - 1) AS h WHERE owner_id = $1
ON CONFLICT DO NOTHING
"""


async def own_links(connection: asyncpg.Connection, owner_id: int) -> None:
    """A thousand links of one account, each with a week of clicks."""
    await _copy(connection, [(number, owner_id) for number in range(LINKS_PER_OWNER)])
    await connection.execute(_WEEK, owner_id, STATS_HOURS)


async def grow_to(connection: asyncpg.Connection, links: int, owner_id: int) -> None:
    """Add links of other people until there are so many; then what autovacuum would do."""
    there: int = await connection.fetchval("SELECT count(*) FROM links")
    await connection.execute(_OWNERS, links // LINKS_PER_OWNER, LINKS_PER_OWNER)
    owners = await connection.fetch(
        "SELECT id FROM accounts WHERE email LIKE 'owner-%' ORDER BY id"
    )
    ids = [row["id"] for row in owners]
    await _copy(connection, ((n, ids[n // LINKS_PER_OWNER]) for n in range(there, links)))
    # As a replica would: the foreign key has nothing to find out about rows that come from links.
    await connection.execute("SET session_replication_role = replica")
    await connection.execute(_CLICKS, owner_id)
    await connection.execute("RESET session_replication_role")
    for table in ("accounts", "links", "click_counts", "outbox"):
        await connection.execute(f"VACUUM ANALYZE {table}")


def code(number: int) -> str:
    """The code of a link that was laid in."""
    return f"bulk-{number:07}"


async def _copy(
    connection: asyncpg.Connection, numbered: "Iterator[tuple[int, int]] | list[tuple[int, int]]"
) -> None:
    await connection.copy_records_to_table(
        "links",
        columns=("code", "code_key", "owner_id", "url"),
        records=(
            (code(n), code(n), owner, f"https://example.com/articles/{n}") for n, owner in numbered
        ),
    )
