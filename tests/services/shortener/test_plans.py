"""What each request asks of PostgreSQL goes by an index, and never by a whole table."""

import json
from datetime import UTC, datetime

import pytest

from services.shortener.links import listing, stats, store

pytestmark = pytest.mark.integration
OWNER = 7


@pytest.fixture
async def links(sql):
    """Small, but large enough that the planner prefers an index where there is one."""
    await sql.execute(
        "INSERT INTO accounts (email, email_key, password_hash)"
        " SELECT n, n, 'x' FROM generate_series(1, 1000) AS n;"
        "INSERT INTO links (code, code_key, owner_id, url)"
        " SELECT 'c' || n, 'c' || n, 1 + n % 200, 'https://example.com/articles/' || n"
        "   FROM generate_series(1, 8000) AS n;"
        "INSERT INTO click_counts (link_id, hour, clicks)"
        " SELECT id, date_trunc('hour', now()) - h * interval '1 hour', 1"
        "   FROM links, generate_series(1, 24) AS h WHERE id <= 300;"
        "ANALYZE"
    )


async def nodes_of(sql, statement, *parameters) -> list[str]:
    """The plan's nodes that touch tables, such as `Index Scan using links_code_key`."""
    raw = await sql.fetchval(f"EXPLAIN (FORMAT JSON) {statement}", *parameters)
    found, waiting = [], [json.loads(raw)[0]["Plan"]]
    while waiting:
        node = waiting.pop(0)
        waiting += node.get("Plans", [])
        where = node.get("Index Name") or node.get("Relation Name")
        if where and node["Node Type"] != "ModifyTable":
            found.append(f"{node['Node Type']}: {where}")
        elif node["Node Type"] == "Sort":
            found.append("Sort")
    return found


@pytest.mark.parametrize("below", [2**63 - 1, 4_000])
async def test_a_page_of_a_list_goes_by_the_owners_index(links, sql, below):
    nodes = await nodes_of(sql, listing._PAGE, OWNER, below, 21)

    assert [n.split(": ")[1] for n in nodes if "Index" in n] == ["links_of_owner"]


async def test_a_search_reads_the_range_of_its_prefix_and_the_code(links, sql):
    terms = listing.search_terms("example.com/articles/77")

    nodes = await nodes_of(sql, listing._SEARCH, OWNER, 2**63 - 1, 21, *terms)

    assert sorted(n for n in nodes if "Index" in n) == [
        "Bitmap Index Scan: links_code_key",
        "Bitmap Index Scan: links_search",
    ]


@pytest.mark.parametrize("statement", [store._OWNED, store._OWNED_AND_LOCKED])
async def test_an_owners_link_is_found_by_its_code(links, sql, statement):
    nodes = await nodes_of(sql, statement, "c77", "c77", 78)

    assert [n for n in nodes if "links" in n] == ["Index Scan: links_code_key"]


async def test_a_change_goes_to_the_one_row(links, sql):
    nodes = await nodes_of(sql, store._CHANGE, 77, 1, "https://example.com/", None)

    assert nodes == ["Index Scan: links_pkey"]


@pytest.mark.parametrize("since", [None, datetime(2020, 1, 1, tzinfo=UTC)])
async def test_statistics_read_the_hours_of_one_link(links, sql, since):
    asked = (stats._TOTAL, 77) if since is None else (stats._HOURS, 77, since)

    nodes = await nodes_of(sql, *asked)

    assert {n.split(": ")[1] for n in nodes if "Index" in n} == {"click_counts_pkey"}
    assert not [n for n in nodes if n.startswith("Seq Scan")]
