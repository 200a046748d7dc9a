from postgres_server import dsn, empty_dsn, postgres_server, sql
from redis_server import redis_server
from shortener_app import shortener, spans, user

__all__ = [
    "dsn",
    "empty_dsn",
    "postgres_server",
    "redis_server",
    "shortener",
    "spans",
    "sql",
    "user",
]
