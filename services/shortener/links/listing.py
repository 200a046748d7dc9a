"""The owner's links, newest first, page by page.

A page starts below the last id of the one before (keyset): the hundredth costs what the first
does, and a link created meanwhile shifts nothing.
"""

from dataclasses import dataclass

from services.kit.postgres import Database
from services.shortener.links import codes, cursor
from services.shortener.links.model import Link

_PAGE = """
SELECT id, code, code_key, owner_id, url, version, created_at, expires_at, deleted_at
  FROM links
 WHERE owner_id = $1 AND deleted_at IS NULL AND id < $2
 ORDER BY id DESC LIMIT $3"""

# The start of the address is a range of the index; LIKE with a parameter might not be.
_SEARCH = """
SELECT id, code, code_key, owner_id, url, version, created_at, expires_at, deleted_at
  FROM links
 WHERE owner_id = $1 AND deleted_at IS NULL AND id < $2
   AND (search_key BETWEEN $4 AND $5 OR code_key IN ($6, $7))
 ORDER BY id DESC LIMIT $3"""

_LAST_CHARACTER = "\U0010ffff"
_SEARCH_KEY_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Page:
    """Some links, and the cursor to go on with if there are more."""

    links: list[Link]
    next_cursor: str | None


async def page(
    database: Database, owner_id: int, limit: int, after: str | None, q: str | None
) -> Page:
    """One page. `q` is a whole code, or how an address starts (`example.com/news`)."""
    below = cursor.decode(after)
    asked = limit + 1  # one more than shown tells whether there is a next page
    async with database.connection() as connection:
        if q:
            rows = await connection.fetch(_SEARCH, owner_id, below, asked, *search_terms(q))
        else:
            rows = await connection.fetch(_PAGE, owner_id, below, asked)
    links = [Link.from_row(row) for row in rows]
    more = len(links) > limit
    return Page(links[:limit], cursor.encode(links[limit - 1].id) if more else None)


def search_terms(q: str) -> tuple[str, str, str, str]:
    """The range of `search_key` and the code keys that `q` stands for."""
    text = q.strip()
    address = text.lower().partition("://")[2] or text.lower()
    prefix = address[:_SEARCH_KEY_LENGTH]
    keys = codes.lookup_keys(text) or ("",)
    return prefix, prefix + _LAST_CHARACTER, keys[0], keys[-1]
