import asyncio

import asyncpg
import pytest

from services.shortener.migrate import Migration, MigrationChanged, migrate, read

pytestmark = pytest.mark.integration


async def test_every_file_is_applied_once(empty_dsn):
    names = [m.name for m in read()]

    assert await migrate(empty_dsn, read()) == names == sorted(names)
    assert await migrate(empty_dsn, read()) == []


async def test_five_migrators_together_apply_each_file_once(empty_dsn):
    applied = await asyncio.gather(*(migrate(empty_dsn, read()) for _ in range(5)))

    assert sorted(name for names in applied for name in names) == [m.name for m in read()]


async def test_a_file_that_was_applied_must_not_change(empty_dsn):
    await migrate(empty_dsn, [Migration("001.sql", "CREATE TABLE t (n int)")])

    with pytest.raises(MigrationChanged, match=r"001\.sql"):
        await migrate(empty_dsn, [Migration("001.sql", "CREATE TABLE t (n bigint)")])


async def test_a_file_that_fails_leaves_nothing_behind(empty_dsn, postgres_server):
    broken = Migration("001.sql", "CREATE TABLE t (n int); SELECT 1 / 0")

    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(empty_dsn, [broken])

    assert await migrate(empty_dsn, [Migration("001.sql", "CREATE TABLE t (n int)")]) == ["001.sql"]
