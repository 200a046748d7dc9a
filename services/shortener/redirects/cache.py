"""Cache-aside in Redis, with versions: an older answer never replaces a newer one.

The race it closes: a reader selects a row, then an edit commits and updates the cache, then the
slow reader stores what it had read. With a plain SET the old destination stays until the TTL. Here
Redis compares versions and refuses.

Every value says whose it is, and is believed only by whoever asked for that: should a network ever
lose a piece of the stream, replies move up by one, and a visitor must not be sent elsewhere.
"""

from services.kit.redis_link import RedisLink, RedisReplyError, RedisUnavailableError, Script
from services.shortener.redirects.entry import Entry

PREFIX = "link:"

# Equal versions may replace each other: that only renews the TTL. A value that cannot be read is
# replaced. Redis numbers are doubles, exact up to 2^53 edits of one link.
_SET_UNLESS_OLDER = Script("""
local held = redis.call('GET', KEYS[1])
if held then
  local readable, entry = pcall(cjson.decode, held)
  if readable and type(entry) == 'table' and (tonumber(entry.version) or 0) > tonumber(ARGV[1]) then
    return held
  end
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return false
""")


class EntryCache:
    """Entries by `code_key`. Whatever is wrong with Redis, a look is then just a miss."""

    def __init__(self, redis: RedisLink) -> None:
        self._redis = redis

    async def get(self, key: str) -> Entry | None:
        """The entry, or None: not there, not readable, or Redis does not answer in time."""
        try:
            raw = await self._own(key)
        except (RedisUnavailableError, RedisReplyError):
            return None
        return None if raw is None else Entry.decoded(raw)

    async def put(self, key: str, entry: Entry, keep_s: float) -> Entry | None:
        """Store unless a newer version is there; what is there now, or None: nobody knows."""
        keep_ms = max(1, int(keep_s * 1000))
        try:
            newer = await self._redis.run(
                _SET_UNLESS_OLDER, [PREFIX + key], [entry.version, entry.encoded(key), keep_ms]
            )
        except (RedisUnavailableError, RedisReplyError):
            return None
        return entry if newer is None else Entry.decoded(newer)

    @property
    def connected(self) -> bool:
        """Whether there is a Redis to ask, slow as it may be."""
        return self._redis.connected

    @property
    def life(self) -> int:
        """Changes when Redis may have been replaced by an empty one, which compares nothing."""
        return self._redis.connections

    async def _own(self, key: str) -> bytes | None:
        raw = await self._redis.get(PREFIX + key)
        if raw is not None and not raw.startswith(b'{"key":"%s",' % key.encode()):
            self._redis.distrust()
            raise RedisUnavailableError("this is somebody else's reply")
        return raw
