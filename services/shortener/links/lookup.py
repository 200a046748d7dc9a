"""From a visitor's code to its link: the statement behind every redirect that no cache answers."""

from services.kit.postgres import Database
from services.shortener.links.codes import lookup_keys
from services.shortener.links.model import Link

# An equality on the unique index, twice at most. A generated code wins over an alias that differs
# from it in case only.
_FIND = """
SELECT id, code, code_key, owner_id, url, version, created_at, expires_at, deleted_at
  FROM links WHERE code_key IN ($1, $2)
 ORDER BY code_key <> $1 LIMIT 1"""


async def find(database: Database, code: str) -> Link | None:
    """The link of this code, expired and deleted ones too: what to answer is decided elsewhere."""
    keys = lookup_keys(code)
    if not keys:
        return None
    async with database.connection() as connection:
        row = await connection.fetchrow(_FIND, keys[0], keys[-1])
    return Link.from_row(row) if row else None
