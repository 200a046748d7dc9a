"""Accounts in PostgreSQL."""

from dataclasses import dataclass

import asyncpg

from services.kit.postgres import Database
from services.shortener.problems import EmailTaken


@dataclass(frozen=True, slots=True)
class Account:
    """Who may log in."""

    id: int
    email: str
    password_hash: str


def email_key(email: str) -> str:
    """The address as it is compared."""
    return email.strip().lower()


async def add(database: Database, email: str, password_hash: str) -> int:
    """Store a new account; the unique key decides, not a look beforehand."""
    async with database.connection() as connection:
        try:
            account_id: int = await connection.fetchval(
                "INSERT INTO accounts (email, email_key, password_hash) VALUES ($1, $2, $3)"
                " RETURNING id",
                email.strip(),
                email_key(email),
                password_hash,
            )
        except asyncpg.UniqueViolationError as error:
            raise EmailTaken from error
    return account_id


async def by_email(database: Database, email: str) -> Account | None:
    """The account of this address."""
    async with database.connection() as connection:
        row = await connection.fetchrow(
            "SELECT id, email, password_hash FROM accounts WHERE email_key = $1", email_key(email)
        )
    return Account(**row) if row else None


async def store_hash(database: Database, account_id: int, password_hash: str) -> None:
    """Replace a hash that was made at another cost."""
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE accounts SET password_hash = $2 WHERE id = $1", account_id, password_hash
        )
