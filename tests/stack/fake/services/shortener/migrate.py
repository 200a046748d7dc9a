"""Apply the numbered files, without any of the real one's care."""

import asyncio
import os
import pathlib

import asyncpg


async def main() -> None:
    connection = await asyncpg.connect(os.environ["SHORTENER_POSTGRES_DSN"])
    for path in sorted((pathlib.Path(__file__).parent / "migrations").glob("*.sql")):
        await connection.execute(path.read_text())
    await connection.close()


asyncio.run(main())
