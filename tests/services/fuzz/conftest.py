import pytest
from fuzzed import shortener_process


@pytest.fixture
def http(dsn, redis_server):
    """A client of a shortener process that is this test's own."""
    with shortener_process(dsn, redis_server.url) as client:
        yield client
