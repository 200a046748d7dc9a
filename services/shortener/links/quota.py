"""The quota of links per account, exact however many requests race for the last place.

Look and insert as two steps would let every request through that looked before the others
inserted. Here looking and counting are one statement: the row of the account is locked by it until
the caller's transaction ends, and who comes second sees what the first one left.
"""

import asyncpg

from services.shortener.problems import QuotaExceeded


async def take_place(connection: asyncpg.Connection, account_id: int, quota: int) -> None:
    """Count one more link in the caller's transaction.

    Raises:
        QuotaExceeded: The account owns `quota` links.
    """
    counted = await connection.fetchval(
        "UPDATE accounts SET links_used = links_used + 1"
        " WHERE id = $1 AND links_used < $2 RETURNING links_used",
        account_id,
        quota,
    )
    if counted is None:
        raise QuotaExceeded(f"An account holds {quota} links at most; delete one first.")


async def give_back(connection: asyncpg.Connection, account_id: int) -> None:
    """Count one link less in the caller's transaction."""
    await connection.execute(
        "UPDATE accounts SET links_used = links_used - 1 WHERE id = $1", account_id
    )
