"""The fault proxy: every connection of a service to a dependency passes through it."""

import asyncio
import json
import urllib.error
import urllib.request

from stack.components.component import Defaults
from stack.home import CHECKOUT, LOOPBACK, Home
from stack.interpreter import python, python_env
from stack.readiness import http_ok

CLIENTS: dict[str, tuple[str, ...]] = {
    "shortener-a": ("postgres", "redis", "partner", "kafka"),
    "shortener-b": ("postgres", "redis", "partner", "kafka"),
    "relay": ("postgres", "kafka"),
    "analytics": ("postgres", "kafka"),
}


class Proxy(Defaults):
    """Our own proxy, which speaks Toxiproxy's HTTP API."""

    name = "proxy"

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self.ports = (self.name, *routes())

    def argv(self) -> tuple[str, ...]:
        """Return the command."""
        port = str(self.home.port(self.name))
        return (python(self.home), "-B", "-m", "chaos.proxy", "--host", LOOPBACK, "--port", port)

    def env(self) -> dict[str, str]:
        """Return an environment in which our own packages can be imported."""
        return python_env(self.home, CHECKOUT)

    async def ready(self) -> bool:
        """Whether its HTTP API answers."""
        return await http_ok(self.home.port(self.name), "/version")

    async def settle(self) -> None:
        """Tell it all proxies: one per client and dependency."""
        document = [
            {
                "name": name,
                "listen": f"{LOOPBACK}:{self.home.port(name)}",
                "upstream": f"{LOOPBACK}:{self.home.port(upstream)}",
                "enabled": True,
            }
            for name, upstream in routes().items()
        ]
        await asyncio.to_thread(_post, f"{self.home.url(self.name)}/populate", document)


def routes() -> dict[str, str]:
    """Return proxy name -> the port name it leads to.

    A Kafka client is told by the broker where to connect next, so each client has a listener of
    its own (`kafka.relay`) that advertises that client's proxy.
    """
    return {
        f"{client}.{dependency}": f"kafka.{client}" if dependency == "kafka" else dependency
        for client, dependencies in CLIENTS.items()
        for dependency in dependencies
    }


def _post(url: str, document: object) -> None:
    body = json.dumps(document).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, body, headers)  # noqa: S310 - loopback, our own
    try:
        with urllib.request.urlopen(request, timeout=5):  # noqa: S310
            return
    except urllib.error.HTTPError as error:
        said = error.read().decode(errors="replace")[:300]
        raise RuntimeError(f"the fault proxy refused its proxies: {said}") from error
