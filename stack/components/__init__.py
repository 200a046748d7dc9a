"""All that the stack can run, in one visible table. Adding one: a file here and a line below."""

from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec

from stack import runtime
from stack.components.component import Component
from stack.components.edge import Edge
from stack.components.postgres import Postgres
from stack.components.prometheus import Prometheus
from stack.components.proxy import Proxy
from stack.components.redis import Redis
from stack.components.service import Service
from stack.components.sink import Sink
from stack.deployment import Deployment
from stack.home import Home
from stack.trouble import Trouble

SERVICES = ("partner", "shortener-a", "shortener-b", "relay", "analytics")
ORDER = ("postgres", "redis", "kafka", "proxy", "sink", *SERVICES, "edge", "prometheus")
EVERYDAY = ("edge", "prometheus")
"""What `lab up` starts: everything that needs neither Java nor a download."""
ALIASES = {"haproxy": "edge", "shortener": "edge"}


def catalogue(home: Home, deployment: Deployment) -> dict[str, Component]:
    """Return every component there is, for this deployment."""
    if runtime.in_compose():
        of_compose = import_module("stack.compose.components")
        return dict(of_compose.catalogue(home, deployment, SERVICES))
    servers: list[Component] = [
        Postgres(home),
        Redis(home),
        Proxy(home),
        Sink(home),
        Prometheus(home),
        Edge(home, deployment),
    ]
    servers += [Service(home, deployment, instance) for instance in SERVICES]
    if find_spec("stack.components.kafka") is not None:
        servers.append(import_module("stack.components.kafka").Kafka(home))
    return {component.name: component for component in servers}


def closure(names: Iterable[str], components: dict[str, Component]) -> list[str]:
    """Return the named components and everything they need, dependencies first."""
    wanted: list[str] = []

    def add(name: str) -> None:
        name = ALIASES.get(name, name)
        if name not in components:
            there = ", ".join(sorted(components))
            raise Trouble(f"There is no component {name!r}; there are: {there}.", "./lab status")
        for needed in (*components[name].needs, *components[name].beside):
            add(needed)
        if name not in wanted:
            wanted.append(name)

    for name in names:
        add(name)
    return wanted
