"""The edge: HAProxy in front of the two shorteners."""

import re
from pathlib import Path
from string import Template

from stack import system
from stack.components.component import Defaults
from stack.deployment import Deployment
from stack.home import LOOPBACK, Home
from stack.readiness import http_get, http_ok
from stack.trouble import Trouble
from stack.walls import Walls

_SERVER_STATUS = re.compile(r"^haproxy_server_status\{([^}]*)\} ([0-9.]+)", re.MULTILINE)


class Edge(Defaults):
    """HAProxy with the configuration that is deployed with the services."""

    name = "edge"
    needs: tuple[str, ...] = ("shortener-a", "shortener-b")
    walls = Walls.UNPRIVILEGED
    ready_within_s = 10.0

    def __init__(self, home: Home, deployment: Deployment) -> None:
        super().__init__(home)
        self.ports = ("edge", "edge-metrics")
        self.template = deployment.services_root / "services" / "edge" / "haproxy.cfg.tmpl"

    def argv(self) -> tuple[str, ...]:
        """Return the server's command; -db keeps it in the foreground, one process."""
        server = system.find("haproxy")
        if server is None:
            raise Trouble("HAProxy is not installed.", "./lab setup")
        return (str(server), "-db", "-f", str(self._configuration()))

    async def prepare(self) -> None:
        """Fill in the ports."""
        await super().prepare()
        self._configuration().write_text(render(self.template, self._values()))

    async def ready(self) -> bool:
        """Whether a request comes through, and both shorteners are in the rotation."""
        if not await http_ok(self.home.port("edge"), "/readyz"):
            return False
        status, page = await http_get(self.home.port("edge-metrics"), "/metrics")
        return status != 200 or all_up(page)

    def _configuration(self) -> Path:
        return self.cwd() / "haproxy.cfg"

    def _values(self) -> dict[str, str]:
        return {
            "HOST": LOOPBACK,
            "BIND": LOOPBACK,
            "EDGE_PORT": str(self.home.port("edge")),
            "METRICS_PORT": str(self.home.port("edge-metrics")),
            "SHORTENER_A_PORT": str(self.home.port("shortener-a")),
            "SHORTENER_B_PORT": str(self.home.port("shortener-b")),
            "RUN_SECRET": self.home.secret("lab-run"),
            "SPANS_ADDRESS": f"{LOOPBACK}:{self.home.port('sink-edge')}",
        }


def render(template: Path, values: dict[str, str]) -> str:
    """Fill `${NAME}` in a template; HAProxy's own `%[...]` and quotes are left alone."""
    try:
        text = template.read_text()
    except FileNotFoundError as error:
        raise Trouble(f"{template} is missing.", f"./lab reset {template.name}") from error
    try:
        return Template(text).substitute(values)
    except (KeyError, ValueError) as error:
        known = ", ".join(sorted(values))
        raise Trouble(
            f"{template} has a placeholder that nobody fills: {error} (there are: {known}).",
            "./lab diff",
        ) from error


def all_up(page: str) -> bool:
    """Whether HAProxy's metrics page says UP of every server that it checks."""
    up = [float(value) for labels, value in _SERVER_STATUS.findall(page) if 'state="UP"' in labels]
    return all(value == 1 for value in up)
