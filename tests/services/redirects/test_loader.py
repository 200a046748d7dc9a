import json

import pytest
from prometheus_client import CollectorRegistry

from services.kit.bulkhead import Bulkhead, BulkheadFullError
from services.kit.postgres import Database, DatabaseUnavailable, PoolLimits
from services.shortener.redirects.entry import NO_ROW
from services.shortener.redirects.loader import LOAD, Loader
from services.shortener.redirects.metrics import RedirectMetrics

pytestmark = pytest.mark.integration


@pytest.fixture
async def links(sql):
    await sql.execute(
        "INSERT INTO accounts (email, email_key, password_hash) VALUES ('a', 'a', 'x');"
        "INSERT INTO links (code, code_key, owner_id, url) "
        "SELECT 'c' || n, 'c' || n, 1, 'https://example.com/' || n "
        "FROM generate_series(1, 20000) n;"
        "UPDATE links SET deleted_at = now(), version = 2 WHERE code = 'c7';"
        "ANALYZE links"
    )


@pytest.fixture
async def loader(dsn):
    registry = CollectorRegistry()
    database = Database(dsn, "test", registry, PoolLimits(size=2))
    await database.open()
    yield Loader(database, Bulkhead(2, queue=10, wait_s=1), RedirectMetrics(registry))
    await database.close()


async def test_the_read_is_one_look_into_the_unique_index(links, sql):
    raw = await sql.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {LOAD}", "c12345")

    plan = json.loads(raw)[0]["Plan"]
    assert plan["Node Type"] == "Index Scan"
    assert plan["Index Name"] == "links_code_key"
    assert "Plans" not in plan
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] <= 5


async def test_a_row_no_row_and_a_deleted_row_are_three_different_answers(links, loader):
    live, deleted, none = [await loader.load(key) for key in ("c5", "c7", "nothing")]

    assert (live.url, live.version) == ("https://example.com/5", 1)
    assert (deleted.url, deleted.version) == (None, 2)
    assert (none.url, none.version) == (NO_ROW.url, NO_ROW.version)
    assert live.load_s > 0


async def test_a_full_bulkhead_and_a_missing_database_are_errors_and_no_answers(loader):
    loader._bulkhead = Bulkhead(1, queue=0, wait_s=1)
    async with loader._bulkhead.place():
        with pytest.raises(BulkheadFullError):
            await loader.load("c5")

    await loader._database.close()
    with pytest.raises(DatabaseUnavailable):
        await loader.load("c5")
