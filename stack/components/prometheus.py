"""Prometheus: one scrape a second, because a fault lasts seconds."""

import json

from stack import system
from stack.components.component import Defaults
from stack.home import CHECKOUT, LOOPBACK, Home, write_atomically
from stack.readiness import http_ok
from stack.trouble import Trouble
from stack.walls import Walls

RULES = CHECKOUT / "dashboards" / "rules"
_CONFIGURATION = """# Written by the lab before each start; edits are lost.
global:
  scrape_interval: 1s
  scrape_timeout: 900ms
  evaluation_interval: 1s
rule_files: [{rules}]
scrape_configs:
  - job_name: lab
    file_sd_configs:
      - files: [{targets}]
        refresh_interval: 5s
"""


class Prometheus(Defaults):
    """The metrics of everything that runs, kept for a few hours."""

    name = "prometheus"
    walls = Walls.UNPRIVILEGED
    ready_within_s = 20.0

    def argv(self) -> tuple[str, ...]:
        """Return the server's command."""
        server = system.find("prometheus")
        if server is None:
            raise Trouble("Prometheus is not installed.", "./lab setup")
        return (
            str(server),
            f"--config.file={self.cwd() / 'prometheus.yml'}",
            f"--storage.tsdb.path={self.cwd() / 'tsdb'}",
            "--storage.tsdb.retention.time=6h",
            "--storage.tsdb.retention.size=256MB",
            f"--web.listen-address={LOOPBACK}:{self.home.port(self.name)}",
            "--log.level=warn",
        )

    def env(self) -> dict[str, str]:
        """Keep the Go runtime small: it would take both cores and grow lazily."""
        return super().env() | {"GOMAXPROCS": "1", "GOGC": "60"}

    async def prepare(self) -> None:
        """Write the configuration; the targets are a file of their own that it watches."""
        await super().prepare()
        targets = self.cwd() / "targets.json"
        if not targets.exists():
            targets.write_text("[]")
        text = _CONFIGURATION.format(
            targets=json.dumps(str(targets)), rules=json.dumps(str(self.cwd() / "rules-*.yml"))
        )
        (self.cwd() / "prometheus.yml").write_text(text)
        # Copies: the checkout may lie where an unprivileged server cannot look.
        for rules in RULES.glob("*.yml"):
            if not rules.name.endswith(".test.yml"):
                (self.cwd() / f"rules-{rules.name}").write_text(rules.read_text())

    async def ready(self) -> bool:
        """Whether it answers queries."""
        return await http_ok(self.home.port(self.name), "/-/ready")


def watch(home: Home, instances: dict[str, str]) -> None:
    """Tell Prometheus what to scrape: instance name to port name. It notices by itself."""
    groups = [
        {
            "targets": [f"{LOOPBACK}:{home.port(port)}"],
            "labels": {
                "instance": instance,
                "service": instance.removesuffix("-a").removesuffix("-b"),
            },
        }
        for instance, port in sorted(instances.items())
    ]
    text = json.dumps(groups, indent=1)
    path = home.data("prometheus") / "targets.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        write_atomically(path, text)
