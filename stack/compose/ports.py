"""The ports in the pod: in compose they are fixed, because the compose file names them too."""

import json

from stack.components.kafka import CONTROLLER, LISTENERS
from stack.components.proxy import routes
from stack.home import Home, write_atomically

SERVERS = {
    "edge": 8080,
    "edge-metrics": 8404,
    "prometheus": 9090,
    "postgres": 5432,
    "redis": 6379,
    "kafka": 9092,
    CONTROLLER: 9093,
    "proxy": 8474,
    "collector": 4318,
    "sink": 4328,
    "sink-edge": 4329,
    "warden": 7070,
    "shortener-a": 8001,
    "shortener-b": 8002,
    "partner": 8003,
    "relay": 8004,
    "analytics": 8005,
}
_KAFKA_FROM, _ROUTES_FROM = 9094, 15000


def fixed() -> dict[str, int]:
    """Return every port there is: servers, Kafka's listeners, and the fault proxy's routes."""
    listeners = {name: _KAFKA_FROM + n for n, name in enumerate(sorted(LISTENERS.values()))}
    proxied = {name: _ROUTES_FROM + n for n, name in enumerate(sorted(routes()))}
    return SERVERS | listeners | proxied


def write(home: Home) -> None:
    """Make them the ports of this home."""
    write_atomically(home.make().path / "ports.json", json.dumps(fixed(), indent=1) + "\n")
