"""How everything else talks to the warden. Standard library only: `lab status` must be quick."""

import fcntl
import http.client
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from stack import runtime
from stack.deployment import own_version
from stack.home import LOOPBACK, Home
from stack.interpreter import plain_env, python
from stack.process import tail
from stack.trouble import Trouble

STARTS_WITHIN_S = 20.0
ANSWERS_WITHIN_S = 300.0
LEAVES_WITHIN_S = 10.0
DYING_S = 1.0  # how long the kernel may take to clear up after a warden that was killed


class DoesNotStart(Trouble):
    """Something in the workspace keeps a service from starting: the learner's to repair."""

    def __init__(self, said: str, component: str, log_tail: str) -> None:
        super().__init__(said, f"./lab logs {component}")
        self.component = component
        self.log_tail = log_tail


class NoSuch(Trouble):
    """There is no such fault or component."""


class Warden:
    """A handle on the warden of one home; `up` starts it when it is not there."""

    def __init__(self, home: Home | None = None) -> None:
        self.home = home or Home.find()

    def running(self) -> bool:
        """Whether there is one (it may still be starting)."""
        try:
            with (self.home.run / "warden.lock").open("r") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except OSError:
                    return True
        except FileNotFoundError:
            return False
        return False

    def status(self, *, weigh: bool = True) -> dict[str, Any]:
        """Return what runs; with no warden, nothing does. Not to weigh it is quicker."""
        down: dict[str, Any] = {
            "warden": None,
            "components": [],
            "faults": [],
            "services_root": "",
            "code": "",
        }
        if not self.running():
            return down
        try:
            return self._ask("GET", "/status" if weigh else "/status?weigh=no")
        except Trouble:
            if self._ends_within(DYING_S):  # it was killed while we asked
                return down
            raise

    def up(  # noqa: PLR0913 - each is a part of the deployment
        self,
        needs: list[str] | tuple[str, ...] = ("edge",),
        services_root: Path | str | None = None,
        scale: dict[str, Any] | None = None,
        database: str | None = None,
        skewed: list[str] | tuple[str, ...] = (),
        *,
        to_be_reset: bool = False,
    ) -> dict[str, Any]:
        """Make this deployment run and return the status once everything is ready.

        `skewed` names the processes whose clock a fault will move: started for it here, they need
        no restart in the middle of a timeline. `to_be_reset` says that `reset` follows: a database
        with other migrations is replaced at once, not migrated first, and nothing is weighed.

        DoesNotStart when a service of the workspace does not.
        """
        if "kafka" in needs:
            _choose_kafka(self.home)
        self._ensure()
        asked: dict[str, Any] = {"needs": list(needs), "scale": scale or {}, "database": database}
        asked["to_be_reset"] = to_be_reset
        if skewed:
            asked["skewed"] = list(skewed)
        if services_root is not None:
            asked["services_root"] = str(services_root)
        return self._ask("POST", "/up", asked)

    def down(self) -> None:
        """Stop everything, the warden included; harmless when it is down."""
        if not self.running():
            return
        self._ask("POST", "/down")
        if not self._ends_within(LEAVES_WITHIN_S):
            raise Trouble("The warden does not leave.", "./lab doctor")

    def _ends_within(self, patience_s: float) -> bool:
        """Wait for the warden to be gone; whether it is."""
        give_up_s = time.monotonic() + patience_s
        while self.running():
            if time.monotonic() > give_up_s:
                return False
            time.sleep(0.02)
        return True

    def reset(self, seed_sql: str = "") -> dict[str, Any]:
        """Give the services a fresh database and an empty Redis."""
        return self._ask("POST", "/reset", {"seed_sql": seed_sql})

    def add_fault(self, spec: dict[str, Any], for_s: float | None = None) -> str:
        """Turn a fault on and return its id."""
        return str(self._ask("POST", "/faults", {"spec": spec, "for_s": for_s})["id"])

    def lift(self, fault_id: str) -> None:
        """Turn a fault off."""
        self._ask("DELETE", f"/faults/{fault_id}")

    def lift_all(self) -> None:
        """Turn every fault off."""
        if self.running():
            self._ask("DELETE", "/faults")

    def probe(self, fault_id: str) -> dict[str, Any]:
        """Return {"on", "seen"}: whether a fault is really on, by measurement."""
        return self._ask("GET", f"/faults/{fault_id}/probe")

    def process(self, name: str, verb: str) -> dict[str, Any]:
        """Pause, resume, kill or restart a component."""
        return self._ask("POST", f"/processes/{name}/{verb}")

    def _ensure(self) -> None:
        """Have a warden of this very program that answers."""
        if self._answers():
            if self.status(weigh=False)["warden"].get("version") == own_version():
                return
            self.down()  # the program was changed (git pull): an old warden knows the old one
        self._start()

    def _start(self) -> None:
        """Start the warden, detached from this terminal, and wait until it answers."""
        self.home.make()
        log = self.home.log("warden")
        with log.open("ab") as output:
            since = output.tell()
            # A shell in between, so that it is nobody's child: it outlives this command.
            subprocess.run(  # noqa: S603 - our own command
                ("/bin/sh", "-c", '"$@" &', "warden", *_command(self.home)),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.home.path,
                env=_environment(self.home),
                start_new_session=True,
                check=True,
            )
        give_up_s = time.monotonic() + STARTS_WITHIN_S
        while not self._answers():
            if time.monotonic() > give_up_s:
                last = tail(log, 1, since) or "it said nothing"
                raise Trouble(f"The warden does not start: {last}", f"less {log}")
            time.sleep(0.03)

    def _answers(self) -> bool:
        if not self.running():
            return False
        try:
            self._ask("GET", "/status?weigh=no")
        except Trouble:
            return False
        return True

    def _ask(self, method: str, path: str, body: object | None = None) -> dict[str, Any]:
        if not self.running():
            raise Trouble("The stack is down.", "./lab up")
        port = self.home.port("warden")
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=ANSWERS_WITHIN_S)
        headers = {
            "Authorization": f"Bearer {self.home.secret('warden-token')}",
            "Content-Type": "application/json",
        }
        try:
            sent = None if body is None else json.dumps(body)
            connection.request(method, path, sent, headers)
            response = connection.getresponse()
            answer = _decoded(response.read())
        except (OSError, http.client.HTTPException) as error:
            raise Trouble(f"The warden does not answer ({error}).", "./lab restart") from error
        finally:
            connection.close()
        return _checked(response.status, answer)


def _decoded(text: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(text)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _checked(status: int, answer: dict[str, Any]) -> dict[str, Any]:
    if status < 400:
        return answer
    said = str(answer.get("said") or f"The warden answered {status}.")
    if status == 422:
        raise DoesNotStart(said, str(answer["component"]), str(answer.get("log_tail", "")))
    if status == 404:
        raise NoSuch(said, "./lab status")
    component = answer.get("component")
    following = f"./lab logs {component}" if component else "./lab doctor"
    raise Trouble(said, str(answer.get("try_next") or following))


def _command(home: Home) -> tuple[str, ...]:
    return (python(home), "-B", "-m", "stack.warden")


def _choose_kafka(home: Home) -> None:
    """Fetch the broker here, where the terminal's proxies and mirrors are known."""
    if runtime.in_compose():
        return
    from stack import kafka_choice  # noqa: PLC0415 - not before it is needed

    kafka_choice.ensure(home, lambda says: print(says, file=sys.stderr, flush=True))


def _environment(home: Home) -> dict[str, str]:
    """Return what the warden is told: nothing of the terminal it was started from."""
    here = {runtime.VARIABLE: runtime.COMPOSE} if runtime.in_compose() else {}
    return plain_env() | {
        **here,
        "LAB_HOME": str(home.path),
        "PYTHONPATH": str(home.checkout),
        "PYTHONUNBUFFERED": "1",
    }
