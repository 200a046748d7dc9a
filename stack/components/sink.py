"""The span sink: takes traces from the services and writes them into the run."""

from pathlib import Path

from stack.components.component import Defaults
from stack.home import CHECKOUT
from stack.interpreter import python, python_env
from stack.readiness import port_open


class Sink(Defaults):
    """Services know the secret that sends spans, not the one that says where they go."""

    name = "sink"

    def argv(self) -> tuple[str, ...]:
        """Return the command."""
        send, control = self._secret_file("otlp-token"), self._secret_file("sink-control")
        files = ("--token-file", str(send), "--control-token-file", str(control))
        port, edge = str(self.home.port(self.name)), str(self.home.port("sink-edge"))
        program = (python(self.home), "-B", "-m", "stack.sink")
        return (*program, "--port", port, "--edge-port", edge, *files)

    def env(self) -> dict[str, str]:
        """Return an environment in which our own packages can be imported."""
        return python_env(self.home, CHECKOUT)

    async def ready(self) -> bool:
        """Whether it accepts connections."""
        return await port_open(self.home.port(self.name))

    def _secret_file(self, name: str) -> Path:
        self.home.secret(name)
        return self.home.path / "secrets" / name
